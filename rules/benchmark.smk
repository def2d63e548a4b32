"""Benchmarks of feature extraction: its cost in several ways, alone on the machine."""

from resound.workflow.benchmark import Benchmarks

benchmarks = Benchmarks(PROJECT)


rule benchmark_extraction:
    """Time the extraction of the same clips in several ways."""
    input:
        unpack(benchmarks.input),
    output:
        metrics="results/extraction_benchmarks/{benchmark}.json",
    log:
        "results/logs/benchmark_extraction/{benchmark}.log",
    conda:
        "../envs/resound.yaml"
    # All cores, so that nothing else runs meanwhile; a cluster has no such number.
    threads: workflow.resource_settings.cores or 8
    resources:
        mem_mb=scaled(4000),
        runtime=scaled(120),
    params:
        code=benchmarks.code,
        config=benchmarks.settings,
    message:
        "Benchmark {wildcards.benchmark}"
    script:
        "../scripts/benchmark_extraction.py"


rule plot_benchmark:
    """Plot the clips per second of each way of extraction."""
    input:
        metrics="results/extraction_benchmarks/{benchmark}.json",
    output:
        figure=report(
            "results/extraction_benchmarks/{benchmark}.svg",
            caption="captions/benchmark.rst",
            category="{benchmark}",
            labels={"figure": "extraction benchmark"},
        ),
    log:
        "results/logs/plot_benchmark/{benchmark}.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("plot_benchmark"),
        config=no_settings,
    message:
        "Plot the benchmark {wildcards.benchmark}"
    script:
        "../scripts/plot_benchmark.py"
