"""Studies: computations behind the claims of the reports."""

from resound.workflow.study import Studies

studies = Studies(PROJECT)


rule study:
    """Compute the findings of a study."""
    input:
        unpack(studies.input),
    output:
        findings="results/studies/{study}.json",
    log:
        "results/logs/study/{study}.log",
    benchmark:
        "results/benchmarks/study/{study}.tsv"
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=studies.by_model(encoder=scaled(16000), other=scaled(4000, per_mb=3)),
        runtime=studies.by_model(encoder=scaled(960), other=scaled(240)),
        gpu=studies.gpu,
    params:
        code=studies.code,
        config=studies.settings,
    message:
        "Study {wildcards.study}"
    script:
        "../scripts/study.py"


rule plot_study:
    """Plot the findings of a study."""
    input:
        findings="results/studies/{study}.json",
    output:
        figure=report(
            "results/studies/{study}.svg",
            caption="captions/study.rst",
            category="{study}",
            labels={"figure": "study"},
        ),
    log:
        "results/logs/plot_study/{study}.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("plot_study"),
        config=no_settings,
    message:
        "Plot the study {wildcards.study}"
    script:
        "../scripts/plot_study.py"
