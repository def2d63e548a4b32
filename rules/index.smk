"""The index of a corpus: each recording read once and told; everything below trusts it."""


include: "common/index.smk"


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
    threads: CONFIG.resources_of("index").threads
    resources:
        **needs("index"),
    params:
        code=code_version("scripts/index_corpus.py"),
        config=index_config,
    message:
        "Reading every recording of {wildcards.corpus}"
    script:
        "../scripts/index_corpus.py"


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
    threads: CONFIG.resources_of("catalogue").threads
    resources:
        **needs("catalogue"),
    params:
        code=code_version("scripts/list_corpora.py"),
        config=catalogue_config(),
    message:
        "Listing the corpora"
    script:
        "../scripts/list_corpora.py"
