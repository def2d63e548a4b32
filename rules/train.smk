"""Training: one model, one seed, and its prediction for every item."""


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
    conda:
        "../envs/resound.yaml"
    threads: train_threads
    resources:
        mem_mb=4000,
        runtime=240,
        gpu=train_gpus,
    params:
        code=train_code,
        config=train_config,
    message:
        "Training {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/train.py"
