"""Indexes of corpora: one row per usable recording, which all later stages rely on."""

from resound.workflow.corpora import Corpora

corpora = Corpora(PROJECT)


rule index_corpus:
    """Read every recording of a corpus once, and list the usable and the rejected ones."""
    input:
        manifest="data/{corpus}/source.json",
    output:
        index="results/corpora/{corpus}.csv",
        rejected="results/corpora/{corpus}.rejected.csv",
        summary="results/corpora/{corpus}.json",
    log:
        "results/logs/index_corpus/{corpus}.log",
    benchmark:
        "results/benchmarks/index_corpus/{corpus}.tsv"
    priority: 2
    conda:
        "../envs/resound.yaml"
    # Each worker of the pool holds a minute of audio.
    threads: 8
    resources:
        mem_mb=scaled(2000),
        runtime=scaled(60),
    params:
        code=corpora.index_code,
        config=corpora.index_settings,
    message:
        "Index {wildcards.corpus}"
    script:
        "../scripts/index_corpus.py"


rule list_corpora:
    """List the corpora in use: where they come from, their size, licence and citation."""
    input:
        manifests=expand("data/{corpus}/source.json", corpus=PROJECT.corpora),
        summaries=expand("results/corpora/{corpus}.json", corpus=PROJECT.corpora),
    output:
        list="results/corpora.md",
    log:
        "results/logs/list_corpora.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("list_corpora"),
        config=corpora.list_settings,
    message:
        "List the corpora"
    script:
        "../scripts/list_corpora.py"
