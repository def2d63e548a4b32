"""Figures of a run, drawn from its metrics and history alone."""


include: "common/plot.smk"


rule plot:
    input:
        unpack(index_of),
        metrics="results/runs/{experiment}/{seed}/metrics.json",
        history="results/runs/{experiment}/{seed}/history.csv",
    output:
        curves=report(
            "results/runs/{experiment}/{seed}/plots/curves.svg",
            caption="captions/curves.rst",
            category="{experiment}",
            labels={"seed": "{seed}", "figure": "learning curves"},
        ),
        confusion=report(
            "results/runs/{experiment}/{seed}/plots/confusion.svg",
            caption="captions/confusion.rst",
            category="{experiment}",
            labels={"seed": "{seed}", "figure": "confusion matrix"},
        ),
        classes=report(
            "results/runs/{experiment}/{seed}/plots/classes.svg",
            caption="captions/classes.rst",
            category="{experiment}",
            labels={"seed": "{seed}", "figure": "classes"},
        ),
    log:
        "results/logs/plot/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(CONFIG.classifications()),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("plot").threads
    resources:
        **needs("plot"),
    params:
        code=code_version("scripts/plot.py"),
        config=plot_config,
    message:
        "Drawing {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot.py"


rule plot_open_set:
    input:
        metrics="results/runs/{experiment}/{seed}/metrics.json",
    output:
        figure=report(
            "results/runs/{experiment}/{seed}/plots/open_set.svg",
            caption="captions/open_set.rst",
            category="{experiment}",
            labels={"seed": "{seed}", "figure": "unknown"},
        ),
    log:
        "results/logs/plot_open_set/{experiment}/{seed}.log",
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("plot_open_set").threads
    resources:
        **needs("plot_open_set"),
    params:
        code=code_version("scripts/plot_open_set.py"),
        config=stage_config(),
    message:
        "Drawing the unknown of {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot_open_set.py"


rule plot_utterance:
    input:
        unpack(utterance_input),
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
    output:
        figure=report(
            "results/runs/{experiment}/{seed}/plots/utterance.svg",
            caption="captions/utterance.rst",
            category="{experiment}",
            labels={"seed": "{seed}", "figure": "an utterance"},
        ),
    log:
        "results/logs/plot_utterance/{experiment}/{seed}.log",
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("plot_utterance").threads
    resources:
        **needs("plot_utterance"),
    params:
        code=code_version("scripts/plot_utterance.py"),
        config=utterance_config,
    message:
        "Drawing an utterance of {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot_utterance.py"


rule plot_text:
    input:
        history="results/runs/{experiment}/{seed}/history.csv",
    output:
        figure=report(
            "results/runs/{experiment}/{seed}/plots/curves.svg",
            caption="captions/text_curves.rst",
            category="{experiment}",
            labels={"seed": "{seed}", "figure": "learning curves"},
        ),
    log:
        "results/logs/plot_text/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(TUNED),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("plot_text").threads
    resources:
        **needs("plot_text"),
    params:
        code=code_version("scripts/plot_text.py"),
        config=stage_config(),
    message:
        "Drawing {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot_text.py"


rule plot_languages:
    input:
        metrics="results/runs/{experiment}/{seed}/metrics.json",
    output:
        confusion=report(
            "results/runs/{experiment}/{seed}/plots/confusion.svg",
            caption="captions/confusion.rst",
            category="{experiment}",
            labels={"seed": "{seed}", "figure": "confusion matrix"},
        ),
        classes=report(
            "results/runs/{experiment}/{seed}/plots/classes.svg",
            caption="captions/classes.rst",
            category="{experiment}",
            labels={"seed": "{seed}", "figure": "classes"},
        ),
    log:
        "results/logs/plot_languages/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(IDENTIFYING),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("plot_languages").threads
    resources:
        **needs("plot_languages"),
    params:
        code=code_version("scripts/plot_languages.py"),
        config=stage_config(),
    message:
        "Drawing {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot_languages.py"
