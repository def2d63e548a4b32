"""Timings: what extraction costs by one way and another, alone on the machine."""


include: "common/timing.smk"


rule timing:
    input:
        unpack(timing_input),
    output:
        figures="results/timings/{timing}.json",
    log:
        "results/logs/timing/{timing}.log",
    conda:
        "../envs/resound.yaml"
    threads: timing_threads
    resources:
        **needs("timing"),
    params:
        code=timing_code,
        config=timing_config,
    message:
        "Timing {wildcards.timing}"
    script:
        "../scripts/benchmark_extraction.py"


rule plot_timing:
    input:
        figures="results/timings/{timing}.json",
    output:
        figure=report(
            "results/timings/{timing}.svg",
            caption="captions/timing.rst",
            category="{timing}",
            labels={"figure": "timing"},
        ),
    log:
        "results/logs/plot_timing/{timing}.log",
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("plot_timing").threads
    resources:
        **needs("plot_timing"),
    params:
        code=code_version("scripts/plot_benchmark.py"),
        config=stage_config(),
    message:
        "Drawing {wildcards.timing}"
    script:
        "../scripts/plot_benchmark.py"
