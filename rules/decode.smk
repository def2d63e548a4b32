"""Decoding: the texts or languages that a model recognises in a corpus."""

from resound.workflow.decode import Decoding

decoding = Decoding(PROJECT)


rule decode:
    """Decode every item of a corpus with a pretrained or fine-tuned model."""
    input:
        unpack(decoding.input),
    output:
        predictions="results/runs/{experiment}/{seed}/predictions.csv",
        provenance="results/runs/{experiment}/{seed}/provenance.json",
    log:
        "results/logs/decode/{experiment}/{seed}.log",
    benchmark:
        "results/benchmarks/decode/{experiment}/{seed}.tsv"
    wildcard_constraints:
        experiment=one_of(CONFIG.recognitions()),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(8000),
        runtime=scaled(240, per_mb=0.5),
        gpu=1,
    params:
        code=CODE.script("decode"),
        config=decoding.settings,
    message:
        "Decode {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/decode.py"
