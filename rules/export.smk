"""Trained models as folders of their own: with a model card, and in open formats."""

from resound.workflow.export import Exporting

exporting = Exporting(PROJECT)


rule export_model:
    """Write a model with its model card, for others to use."""
    input:
        unpack(exporting.input),
    output:
        folder=directory("results/models/{experiment}/{seed}"),
    log:
        "results/logs/export_model/{experiment}/{seed}.log",
    wildcard_constraints:
        experiment=one_of(exporting.experiments),
    conda:
        "../envs/resound.yaml"
    threads: 1
    resources:
        mem_mb=scaled(8000),
        runtime=scaled(30),
    params:
        code=CODE.script("export_model"),
        config=exporting.settings,
        run=exporting.run,
    message:
        "Write the model of {wildcards.experiment}, seed {wildcards.seed}"
    script:
        "../scripts/export_model.py"
