"""Recordings and pretrained models: downloaded, used where they are, or made for the demo."""

import sys

from resound.workflow.download import Downloads
from resound.workflow.downloads_table import downloads_table

downloads = Downloads(PROJECT, is_main_process=workflow.is_main_process)

# A cluster's nodes may have no network: what needs one runs where Snakemake does.
NEEDS_NETWORK = CONFIG.data == "real"


rule download_corpus:
    """Download a corpus, point at the user's recordings, or make a demo corpus."""
    input:
        downloads.check_source,
    output:
        manifest="data/{corpus}/source.json",
    log:
        "results/logs/download_corpus/{corpus}.log",
    benchmark:
        "results/benchmarks/download_corpus/{corpus}.tsv"
    # Jobs that use many cores start first.
    priority: 2
    localrule: NEEDS_NETWORK
    conda:
        "../envs/resound.yaml"
    threads: 8
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(600),
    params:
        code=downloads.corpus_code,
        config=downloads.corpus_settings,
        version=downloads.corpus_version,
    message:
        "Get the recordings of {wildcards.corpus}"
    script:
        "../scripts/download_corpus.py"


rule download_model:
    """Download a pretrained model, point at the user's copy, or train a demo model."""
    output:
        manifest="data/models/{model}/source.json",
    log:
        "results/logs/download_model/{model}.log",
    benchmark:
        "results/benchmarks/download_model/{model}.tsv"
    # A long job on one core: it starts before others that leave cores free.
    priority: 1
    localrule: NEEDS_NETWORK
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(120),
    params:
        code=downloads.model_code,
        config=downloads.model_settings,
    message:
        "Get the model {wildcards.model}"
    script:
        "../scripts/download_model.py"


rule download:
    """Get all that the selected experiments need, and compute nothing."""
    input:
        expand("data/{corpus}/source.json", corpus=PROJECT.corpora),
        expand("data/models/{model}/source.json", model=PROJECT.models),
    localrule: True


onstart:
    if "download" in workflow.dag_settings.targets:
        print(
            downloads_table(CONFIG, PROJECT.corpora, PROJECT.models),
            file=sys.stderr,
        )
