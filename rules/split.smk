"""Splits: which items are for training, validation and test, and figures of them."""

from resound.workflow.split import Splits

splits = Splits(PROJECT)


rule split:
    """Divide the items of a corpus into parts."""
    input:
        index="results/corpora/{corpus}.csv",
        rejected="results/corpora/{corpus}.rejected.csv",
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


rule plot_splits:
    """Plot the items, speakers, durations and texts of each corpus by the parts of its splits."""
    input:
        unpack(splits.plot_input),
    output:
        figures=splits.figures,
    log:
        "results/logs/plot_splits.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000, per_mb=10),
        runtime=scaled(30),
    params:
        code=CODE.script("plot_splits"),
        config=splits.plot_settings,
    message:
        "Plot the splits"
    script:
        "../scripts/plot_splits.py"
