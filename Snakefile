"""resound: speech and audio experiments, from recordings to one report."""

from snakemake.utils import min_version

min_version("9.0")


configfile: "config.yaml"


include: "rules/common/config.smk"
include: "rules/download.smk"
include: "rules/index.smk"
include: "rules/features.smk"
include: "rules/timing.smk"
include: "rules/study.smk"
include: "rules/split.smk"
include: "rules/train.smk"
include: "rules/recognise.smk"
include: "rules/evaluate.smk"
include: "rules/plot.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        "results/report.html",
        "results/corpora.md",
