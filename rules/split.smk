"""Splits: which item trains, validates and tests."""


include: "common/split.smk"


rule split:
    input:
        index="results/corpora/{corpus}.csv",
        summary="results/corpora/{corpus}.json",
    output:
        parts="results/splits/{corpus}/{split}.csv",
    log:
        "results/logs/split/{corpus}/{split}.log",
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("split").threads
    resources:
        **needs("split"),
    params:
        code=code_version("scripts/split.py"),
        config=split_config,
    message:
        "Splitting {wildcards.corpus} by {wildcards.split}"
    script:
        "../scripts/split.py"
