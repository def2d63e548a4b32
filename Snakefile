"""resound: speech and audio experiments, from recordings to one report."""

import os

from snakemake.utils import min_version

min_version("9.0")

# With `--directory`, or as a module, the configuration of this checkout is read all the same.
if os.path.exists("config.yaml"):

    configfile: "config.yaml"


include: "rules/common.smk"
include: "rules/download.smk"
include: "rules/corpora.smk"
include: "rules/features.smk"
include: "rules/split.smk"
include: "rules/train.smk"
include: "rules/decode.smk"
include: "rules/predict.smk"
include: "rules/transcribe.smk"
include: "rules/evaluate.smk"
include: "rules/export.smk"
include: "rules/plot.smk"
include: "rules/study.smk"
include: "rules/benchmark.smk"
include: "rules/report.smk"


rule all:
    """Build the report and the list of corpora."""
    default_target: True
    input:
        "results/report.html",
        "results/corpora.md",
