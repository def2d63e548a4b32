"""Studies: what the reports state in prose, computed."""


include: "common/study.smk"


rule study:
    input:
        unpack(study_input),
    output:
        findings="results/studies/{study}.json",
    log:
        "results/logs/study/{study}.log",
    benchmark:
        "results/benchmarks/study/{study}.tsv"
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("study").threads
    resources:
        **needs("study"),
    params:
        code=study_code,
        config=study_config,
    message:
        "Studying {wildcards.study}"
    script:
        "../scripts/study.py"


rule plot_study:
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
    threads: CONFIG.resources_of("plot_study").threads
    resources:
        **needs("plot_study"),
    params:
        code=code_version("scripts/plot_study.py"),
        config=stage_config(),
    message:
        "Drawing {wildcards.study}"
    script:
        "../scripts/plot_study.py"
