"""Plots of a run, from its metrics and history alone."""

from resound.workflow.plot import Plots

plots = Plots(PROJECT)


rule plot:
    """Plot the learning curves, the confusion matrix and the classes of a classifier."""
    input:
        unpack(evaluation.index),
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
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("plot"),
        config=plots.settings,
    message:
        "Plot {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot.py"


rule plot_open_set:
    """Plot how often a classifier takes unknown classes for known ones."""
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
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("plot_open_set"),
        config=no_settings,
    message:
        "Plot the open set of {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot_open_set.py"


rule plot_utterance:
    """Plot an utterance with its true and predicted frame labels."""
    input:
        unpack(plots.utterance_input),
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
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(10),
    params:
        code=CODE.script("plot_utterance"),
        config=plots.utterance_settings,
    message:
        "Plot an utterance of {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot_utterance.py"


rule plot_text:
    """Plot the learning curves of fine-tuned speech recognition."""
    input:
        unpack(evaluation.index),
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
        experiment=one_of(PROJECT.tuned),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("plot_text"),
        config=plots.text_settings,
    message:
        "Plot {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot_text.py"


rule plot_languages:
    """Plot the confusion matrix and the classes of language identification."""
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
        experiment=one_of(PROJECT.identifications),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        code=CODE.script("plot_languages"),
        config=no_settings,
    message:
        "Plot {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/plot_languages.py"
