"""Where recordings and pretrained models come from, and what makes their demo models."""

@cache
def source_of(corpus):
    """The kind, place and version of a corpus' recordings; a demo's version is its code."""
    settings = CONFIG.corpora[corpus]
    if CONFIG.data == "demo":
        return "demo", settings.demo, "demo"
    remotes = [source for source in settings.sources if isinstance(source, Remote)]
    local = [source for source in settings.sources if source not in remotes]
    candidates = [entry for source in local for entry in asdict(source).items()]
    memo = Path(f"results/corpora/{corpus}.digests.json")
    try:
        beside = settings.alignment and settings.alignment.path
        tables = settings.transcripts.files if settings.transcripts else []
        if settings.pairs:
            tables = list(settings.pairs.files.values())
        found = find_source(candidates, settings.path_pattern, memo, remotes, beside, tables)
    except UserError as error:
        where = place(("corpora", corpus, "sources"), CONFIG_FILES)
        raise WorkflowError(f"{where}: {error}") from None
    return found.kind, found.place, found.version


# Known before any job begins: what is missing is said at once. Jobs on nodes, which read this file
# anew, do not look at every recording again.
if workflow.is_main_process:
    for corpus in CORPORA:
        source_of(corpus)


def bring_code(wildcards):
    kind, source, _ = source_of(wildcards.corpus)
    if kind != "demo":
        return code_version("scripts/download_corpus.py")
    made_by = [f"resound/demo/corpora/{source.kind}.py", "resound/demo/synthesis/espeak.py"]
    return code_version("scripts/download_corpus.py", *made_by)


def bring_config(wildcards):
    kind, source, _ = source_of(wildcards.corpus)
    return stage_config(**{kind: source})


def model_code(wildcards):
    used = ["scripts/download_model.py"]
    if wildcards.model in CONFIG.demo_models:
        kind = CONFIG.demo_models[wildcards.model].kind
        used += [f"resound/demo/models/{kind}.py", "resound/demo/synthesis/espeak.py"]
    return code_version(*used)


def model_config(wildcards):
    if wildcards.model in CONFIG.demo_models:
        demo_model = CONFIG.demo_models[wildcards.model]
        features = getattr(demo_model, "features", None)
        return stage_config(
            demo_model=demo_model, configuration=features and CONFIG.feature_configuration(features)
        )
    return stage_config(pretrained=CONFIG.pretrained[wildcards.model])


def source_of_model(pretrained):
    """What says where a pretrained model, or its demo model, lies."""
    return f"data/models/{CONFIG.model_at_hand(pretrained)}/source.json"


def models_used():
    """The pretrained models, or their demo models, that the selected experiments need."""
    named = [getattr(e.model, "pretrained", None) for e in EXPERIMENTS.values()]
    named += [CONFIG.pretrained_of(entry.features) for entry in EXPERIMENTS.values()]
    return sorted({CONFIG.model_at_hand(name) for name in named if name})
