"""What figures depend on."""


def score_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    return stage_config(
        task=experiment.decode.task,
        normaliser=experiment.normaliser,
        group_by=split_of(wildcards.experiment).group_by,
    )


def evaluate_config(wildcards):
    alignment = CONFIG.corpora[
        CONFIG.experiments[wildcards.experiment].corpus
    ].alignment
    by = split_of(wildcards.experiment).group_by
    return stage_config(
        group_by=by,
        silence=alignment and alignment.silence,
        probabilities=wildcards.experiment in IDENTIFYING,
        exclude_classes=split_of(wildcards.experiment).exclude_classes,
        vote=getattr(CONFIG.experiments[wildcards.experiment], "vote", False),
    )


def compare_input(wildcards):
    """The predictions of an experiment and of the one that it is a variant of."""
    names = {
        "predictions": wildcards.experiment,
        "baseline": CONFIG.experiments[wildcards.experiment].variant_of,
    }
    return {
        key: f"results/runs/{name}/{wildcards.seed}/predictions.csv"
        for key, name in names.items()
    }


def compare_config(wildcards):
    return stage_config(variant_of=CONFIG.experiments[wildcards.experiment].variant_of)
