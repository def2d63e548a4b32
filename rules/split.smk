"""Splits: which items are for training, validation and test."""

from resound.workflow.split import Splits

splits = Splits(PROJECT)


rule split:
    """Divide the items of a corpus into parts."""
    input:
        index="results/corpora/{corpus}.csv",
        summary="results/corpora/{corpus}.json",
    output:
        split="results/splits/{corpus}/{split}.csv",
    log:
        "results/logs/split/{corpus}/{split}.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("split"),
        config=splits.settings,
    message:
        "Split {wildcards.corpus}: {wildcards.split}"
    script:
        "../scripts/split.py"
