"""Predictions of trained classifiers for any recordings or texts."""

from resound.workflow.predict import Predicting

predicting = Predicting(PROJECT)


rule predict:
    """Predict with a trained classifier: --config audio=<file, folder or list> model=<experiment>."""
    input:
        unpack(predicting.input),
    output:
        predictions="results/predictions/{prediction}.csv",
    log:
        "results/logs/predict/{prediction}.log",
    conda:
        "../envs/resound.yaml"
    threads: 8
    resources:
        mem_mb=scaled(4000),
        runtime=scaled(240),
        gpu=predicting.gpu,
    params:
        code=predicting.code,
        run=predicting.run,
        version=predicting.version,
    message:
        "Predict {input.source}"
    script:
        "../scripts/predict.py"


rule write_textgrids:
    """Write predicted segments as one Praat TextGrid per recording."""
    input:
        predictions="results/predictions/{prediction}.csv",
    output:
        folder=directory("results/predictions/{prediction}_textgrids"),
    log:
        "results/logs/write_textgrids/{prediction}.log",
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(10),
    params:
        code=CODE.script("write_textgrids"),
    message:
        "Write TextGrids of {wildcards.prediction}"
    script:
        "../scripts/write_textgrids.py"
