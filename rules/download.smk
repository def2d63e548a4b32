"""Recordings: brought here (or pointed at), then indexed. Everything below trusts the index."""


rule bring:
    output:
        manifest="data/{corpus}/source.json",
    log:
        "results/logs/bring/{corpus}.log",
    benchmark:
        "results/benchmarks/bring/{corpus}.tsv"
    # These take all cores, and all else waits for them.
    priority: 2
    conda:
        "../envs/resound.yaml"
    threads: 8
    resources:
        mem_mb=1000,
        runtime=600,
    params:
        code=bring_code,
        config=bring_config,
        version=lambda wildcards: SOURCES[wildcards.corpus][2],
    message:
        "Bringing the recordings of {wildcards.corpus}"
    script:
        "../scripts/bring.py"


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


rule index:
    input:
        manifest="data/{corpus}/source.json",
    output:
        index="results/corpora/{corpus}.csv",
        rejected="results/corpora/{corpus}.rejected.csv",
        summary="results/corpora/{corpus}.json",
    log:
        "results/logs/index/{corpus}.log",
    benchmark:
        "results/benchmarks/index/{corpus}.tsv"
    priority: 2
    conda:
        "../envs/resound.yaml"
    threads: 8
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=code_version("scripts/index.py"),
        config=index_config,
    message:
        "Reading every recording of {wildcards.corpus}"
    script:
        "../scripts/index.py"


rule catalogue:
    input:
        manifests=expand("data/{corpus}/source.json", corpus=CORPORA),
        summaries=expand("results/corpora/{corpus}.json", corpus=CORPORA),
    output:
        list="results/corpora.md",
    log:
        "results/logs/catalogue.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code_version("scripts/catalogue.py"),
        config=catalogue_config(),
    message:
        "Listing the corpora"
    script:
        "../scripts/catalogue.py"
