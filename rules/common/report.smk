"""What the report reads and shows."""


def runs(file, experiments=EXPERIMENTS):
    """`file` of every selected experiment (or of some) and seed."""
    return expand(
        "results/runs/{experiment}/{seed}/{file}",
        experiment=experiments,
        seed=CONFIG.seeds,
        file=file,
    )


def report_input():
    """All that the report reads."""
    files = ["metrics.json", "predictions.csv", "provenance.json"]
    drawn = [f"plots/{name}.svg" for name in ("curves", "confusion", "classes")]
    needed = [path for file in files for path in runs(file)]
    needed += [
        path for file in [*drawn, "history.csv"] for path in runs(file, CLASSIFIED)
    ]
    unknown = [name for name in CLASSIFIED if split_of(name).open_set]
    spoken = [name for name in CLASSIFIED if has_frame_labels(name)]
    unlabelled = [
        name for name in CLASSIFIED if "unlabelled" in (split_of(name).partitions or {})
    ]
    tuned = [name for name in RECOGNISED if name in TUNED]
    needed += runs("plots/open_set.svg", unknown)
    needed += runs("plots/utterance.svg", spoken)
    needed += runs("submission.csv", unlabelled)
    needed += runs("history.csv", tuned) + runs("plots/curves.svg", tuned)
    for figure in ("confusion", "classes"):
        needed += runs(f"plots/{figure}.svg", asked("identify", RECOGNISED))
    first = CONFIG.seeds[0]
    needed += [
        f"results/runs/{name}/{first}/comparison.json"
        for name, experiment in CLASSIFIED.items()
        if experiment.variant_of in CLASSIFIED
    ]
    divided = {(e.corpus, e.split) for e in EXPERIMENTS.values()}
    needed += [
        f"results/splits/{corpus}/{split}.csv" for corpus, split in sorted(divided)
    ]
    needed += expand(
        "results/timings/{timing}.{file}", timing=TIMINGS, file=["json", "svg"]
    )
    needed += expand(
        "results/studies/{study}.{file}", study=STUDIES, file=["json", "svg"]
    )
    return needed + expand(
        "results/corpora/{corpus}.{file}",
        corpus=CORPORA,
        file=["csv", "rejected.csv", "json"],
    )


def report_config():
    """The settings that the report shows."""
    # What is not in every form of experiment is None in the others.
    every = [
        field.name for form in (Classification, Recognition) for field in fields(form)
    ]
    experiments = {
        name: {
            **dict.fromkeys(every),
            **asdict(experiment),
            "train": CONFIG.training_of(experiment),
            "configuration": CONFIG.feature_configuration(experiment.features),
            "protocol": split_of(name),
        }
        for name, experiment in EXPERIMENTS.items()
    }
    return stage_config(
        data=CONFIG.data,
        seeds=CONFIG.seeds,
        # As a list, for the report keeps the order of the configuration.
        order=list(experiments),
        experiments=experiments,
        timings=TIMINGS,
        studies=list(STUDIES),
        corpora=told_of_corpora("title", "licence", "citation", "reported_items"),
    )
