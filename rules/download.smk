"""Recordings: brought here (or pointed at), then indexed. Everything below trusts the index."""


rule download:
    output:
        manifest="data/{corpus}/source.json",
    log:
        "results/logs/download/{corpus}.log",
    benchmark:
        "results/benchmarks/download/{corpus}.tsv"
    # These take all cores, and all else waits for them.
    priority: 2
    conda:
        "../envs/resound.yaml"
    threads: 8
    resources:
        mem_mb=1000,
        runtime=60,
    params:
        code=download_code,
        config=download_config,
        version=lambda wildcards: SOURCES[wildcards.corpus][2],
    message:
        "Bringing the recordings of {wildcards.corpus}"
    script:
        "../scripts/download.py"


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
