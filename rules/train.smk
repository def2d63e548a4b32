"""Training: one model, one seed. What tells classes predicts every item at once."""


include: "common/train.smk"


rule train:
    input:
        unpack(train_input),
    output:
        model="results/runs/{experiment}/{seed}/model.safetensors",
        history="results/runs/{experiment}/{seed}/history.csv",
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
        provenance="results/runs/{experiment}/{seed}/provenance.json",
    log:
        "results/logs/train/{experiment}/{seed}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{seed}.tsv"
    wildcard_constraints:
        experiment=one_of(n for n in CONFIG.classifications() if n not in ENCODERS),
    conda:
        "../envs/resound.yaml"
    threads: train_threads
    resources:
        **needs("train", gpu=train_gpus),
    params:
        code=train_code,
        config=train_config,
    message:
        "Training {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/train.py"


use rule train as train_encoder with:
    output:
        model="results/runs/{experiment}/{seed}/model.json",
        history="results/runs/{experiment}/{seed}/history.csv",
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
        provenance="results/runs/{experiment}/{seed}/provenance.json",
    log:
        "results/logs/train_encoder/{experiment}/{seed}.log",
    benchmark:
        "results/benchmarks/train_encoder/{experiment}/{seed}.tsv"
    wildcard_constraints:
        experiment=one_of(ENCODERS),
    resources:
        **needs("train_encoder"),


rule finetune:
    input:
        unpack(finetune_input),
    output:
        model="results/runs/{experiment}/{seed}/model/model.safetensors",
        history="results/runs/{experiment}/{seed}/history.csv",
        training="results/runs/{experiment}/{seed}/training.json",
    log:
        "results/logs/finetune/{experiment}/{seed}.log",
    benchmark:
        "results/benchmarks/finetune/{experiment}/{seed}.tsv"
    wildcard_constraints:
        experiment=one_of(TUNED),
    conda:
        "../envs/resound.yaml"
    threads: train_threads
    resources:
        **needs("finetune"),
    params:
        code=code_version("scripts/finetune.py"),
        config=finetune_config,
    message:
        "Fine-tuning {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/finetune.py"
