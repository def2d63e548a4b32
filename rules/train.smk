"""Training: one model with one seed."""

from resound.workflow.train import Training

training = Training(PROJECT)


rule train:
    """Train a classifier and predict every item with it."""
    input:
        unpack(training.input),
    output:
        model="results/runs/{experiment}/{seed}/model/model.json",
        history="results/runs/{experiment}/{seed}/history.csv",
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
        provenance="results/runs/{experiment}/{seed}/provenance.json",
    log:
        "results/logs/train/{experiment}/{seed}.log",
    benchmark:
        "results/benchmarks/train/{experiment}/{seed}.tsv"
    wildcard_constraints:
        experiment=one_of(CONFIG.classifications()),
    conda:
        "../envs/resound.yaml"
    threads: training.threads
    resources:
        # All models but pretrained encoders hold their examples in memory.
        mem_mb=training.by_model(encoder=scaled(16000), other=scaled(4000, per_mb=3)),
        runtime=training.by_model(
            encoder=scaled(480, per_mb=0.5), other=scaled(240, per_mb=0.5)
        ),
        gpu=training.gpu,
    params:
        code=training.code,
        config=training.settings,
    message:
        "Train {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/train.py"


rule finetune:
    """Fine-tune a pretrained speech recognition model."""
    input:
        unpack(training.input),
    output:
        model="results/runs/{experiment}/{seed}/model/model.safetensors",
        history="results/runs/{experiment}/{seed}/history.csv",
        training="results/runs/{experiment}/{seed}/training.json",
    log:
        "results/logs/finetune/{experiment}/{seed}.log",
    benchmark:
        "results/benchmarks/finetune/{experiment}/{seed}.tsv"
    wildcard_constraints:
        experiment=one_of(PROJECT.tuned),
    conda:
        "../envs/resound.yaml"
    threads: training.threads
    resources:
        mem_mb=scaled(16000),
        runtime=scaled(480, per_mb=0.5),
        gpu=1,
    params:
        code=CODE.script("finetune"),
        config=training.finetune_settings,
    message:
        "Fine-tune {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/finetune.py"
