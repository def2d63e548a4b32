"""What a run's figures are drawn from."""


def utterance_input(wildcards):
    needed = train_input(wildcards)
    return {name: needed[name] for name in ("index", "summary", "matrix", "offsets")}


def utterance_config(wildcards):
    configuration = CONFIG.features[CONFIG.experiments[wildcards.experiment].features]
    return stage_config(hop_s=configuration.hop / configuration.rate_hz)


def plot_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    return stage_config(
        data=CONFIG.data,
        per_class=experiment.reported and experiment.reported.per_class,
        reported_items=CONFIG.corpora[experiment.corpus].reported_items,
    )
