"""Evaluation: figures from saved predictions."""


include: "common/evaluate.smk"


rule evaluate:
    input:
        unpack(index_of),
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
    output:
        metrics="results/runs/{experiment}/{seed}/metrics.json",
    log:
        "results/logs/evaluate/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of([*CONFIG.classifications(), *IDENTIFYING]),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("evaluate").threads
    resources:
        **needs("evaluate"),
    params:
        code=code_version("scripts/evaluate.py"),
        config=evaluate_config,
    message:
        "Judging {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/evaluate.py"


rule compare:
    input:
        unpack(compare_input),
    output:
        comparison="results/runs/{experiment}/{seed}/comparison.json",
    log:
        "results/logs/compare/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(VARIANTS),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("compare").threads
    resources:
        **needs("compare"),
    params:
        code=code_version("scripts/compare_variants.py"),
        config=compare_config,
    message:
        "Comparing {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/compare_variants.py"


rule submit:
    input:
        unpack(index_of),
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
    output:
        submission="results/runs/{experiment}/{seed}/submission.csv",
    log:
        "results/logs/submit/{experiment}/{seed}.log",
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("submit").threads
    resources:
        **needs("submit"),
    params:
        code=code_version("scripts/write_submission.py"),
        config=stage_config(),
    message:
        "Writing the submission of {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/write_submission.py"


rule score:
    input:
        unpack(index_of),
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
    output:
        metrics="results/runs/{experiment}/{seed}/metrics.json",
    log:
        "results/logs/score/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(asked("transcribe translate")),
    conda:
        "../envs/resound.yaml"
    threads: CONFIG.resources_of("score").threads
    resources:
        **needs("score"),
    params:
        code=code_version("scripts/evaluate_text.py"),
        config=score_config,
    message:
        "Judging {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/evaluate_text.py"
