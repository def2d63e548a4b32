"""Evaluation: metrics of saved predictions."""

from resound.workflow.evaluate import Evaluation

evaluation = Evaluation(PROJECT)


rule evaluate:
    """Compute the metrics of predicted classes."""
    input:
        unpack(evaluation.index),
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
    output:
        metrics="results/runs/{experiment}/{seed}/metrics.json",
    log:
        "results/logs/evaluate/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(evaluation.with_classes),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500, per_mb=10),
        runtime=scaled(10),
    params:
        code=CODE.script("evaluate"),
        config=evaluation.settings,
    message:
        "Evaluate {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/evaluate.py"


rule evaluate_text:
    """Compute the metrics of predicted texts."""
    input:
        unpack(evaluation.index),
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
    output:
        metrics="results/runs/{experiment}/{seed}/metrics.json",
    log:
        "results/logs/evaluate_text/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(evaluation.with_texts),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500, per_mb=10),
        runtime=scaled(10),
    params:
        code=CODE.script("evaluate_text"),
        config=evaluation.text_settings,
    message:
        "Evaluate {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/evaluate_text.py"


rule compare_variants:
    """Compare an experiment with the one that it is a variant of, item by item."""
    input:
        unpack(evaluation.pair),
    output:
        comparison="results/runs/{experiment}/{seed}/comparison.json",
    log:
        "results/logs/compare_variants/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(evaluation.variants),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(500, per_mb=10),
        runtime=scaled(10),
    params:
        code=CODE.script("compare_variants"),
        config=evaluation.pair_settings,
    message:
        "Compare {wildcards.experiment} with what it varies, seed {wildcards.seed}"
    script:
        "../scripts/compare_variants.py"


rule write_submission:
    """Write the predictions of items without labels as a course takes them."""
    input:
        unpack(evaluation.index),
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
    output:
        submission="results/runs/{experiment}/{seed}/submission.csv",
    log:
        "results/logs/write_submission/{experiment}/{seed}.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000, per_mb=10),
        runtime=scaled(10),
    params:
        code=CODE.script("write_submission"),
        config=no_settings,
    message:
        "Write the submission of {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/write_submission.py"
