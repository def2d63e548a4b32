"""What comes from elsewhere: recordings and pretrained models, brought here, pointed at, or made."""


include: "common/download.smk"


rule bring:
    output:
        manifest="data/{corpus}/source.json",
    log:
        "results/logs/bring/{corpus}.log",
    benchmark:
        "results/benchmarks/bring/{corpus}.tsv"
    # What takes many cores goes first.
    priority: 2
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("bring").threads
    resources:
        **needs("bring"),
    params:
        code=bring_code,
        config=bring_config,
        version=lambda wildcards: source_of(wildcards.corpus)[2],
    message:
        "Bringing the recordings of {wildcards.corpus}"
    script:
        "../scripts/download_corpus.py"


rule provide:
    output:
        manifest="data/models/{model}/source.json",
    log:
        "results/logs/provide/{model}.log",
    benchmark:
        "results/benchmarks/provide/{model}.tsv"
    # Long, on one core: it goes first among those that leave cores to others.
    priority: 1
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("provide").threads
    resources:
        **needs("provide"),
    params:
        code=model_code,
        config=model_config,
    message:
        "Bringing the model {wildcards.model}"
    script:
        "../scripts/download_model.py"


# `snakemake download` brings all that the selected experiments need, and computes nothing.
rule download:
    input:
        expand("data/{corpus}/source.json", corpus=CORPORA),
        expand("data/models/{model}/source.json", model=models_used()),


if CONFIG.data == "real":

    # What reaches for the network runs where the user is: nodes of a cluster may have none.
    localrules:
        bring,
        provide,
        download,


onstart:
    if "download" in workflow.dag_settings.targets:
        print(downloads_table(CONFIG, CORPORA, models_used()), file=sys.stderr)
