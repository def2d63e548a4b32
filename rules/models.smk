"""Pretrained models: brought here, or a small stand-in trained on the spot."""


rule provide:
    output:
        manifest="data/models/{model}/source.json",
    log:
        "results/logs/provide/{model}.log",
    benchmark:
        "results/benchmarks/provide/{model}.tsv"
    # Long, on one core: it goes first among those that leave cores to others.
    priority: 1
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=model_code,
        config=model_config,
    message:
        "Bringing the model {wildcards.model}"
    script:
        "../scripts/provide.py"
