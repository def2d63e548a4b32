"""Configuration and what the rules ask of it: typed settings, versions of code, input lists."""

from dataclasses import asdict
from pathlib import Path

from snakemake.exceptions import WorkflowError

from scripts.lib.checkout import put_on_path
from scripts.lib.config.load import load
from scripts.lib.config.problems import place
from scripts.lib.errors import UserError
from scripts.lib.sources import find_source
from scripts.lib.staleness import code_version, stage_config

put_on_path()


# Files given on the command line overlay the one that the Snakefile names.
OVERLAYS = list(workflow.overwrite_configfiles)
CONFIG_FILES = [
    file for file in workflow.configfiles if file not in OVERLAYS
] + OVERLAYS
try:
    CONFIG = load(config, CONFIG_FILES)
except UserError as error:
    raise WorkflowError(str(error)) from None
EXPERIMENTS = CONFIG.selected()
TIMINGS = CONFIG.selected_timings()
CORPORA = sorted({entry.corpus for entry in [*EXPERIMENTS.values(), *TIMINGS.values()]})
# How work is spread is no setting of a stage: scripts read it here, and nothing is stale by it.
config["pool"] = CONFIG.pool


wildcard_constraints:
    corpus="[a-z0-9_]+",
    features="[a-z0-9_]+",
    split="[a-z0-9_]+",
    experiment="[a-z0-9_]+",
    timing="[a-z0-9_]+",
    seed="[0-9]+",


def source_of(corpus):
    """The kind, place and version of a corpus' recordings; a demo's version is its code."""
    settings = CONFIG.corpora[corpus]
    if CONFIG.data == "demo":
        return "demo", settings.demo, "demo"
    given = [entry for source in settings.sources for entry in asdict(source).items()]
    candidates = [(kind, path) for kind, path in given if path]
    memo = Path(f"results/corpora/{corpus}.digests.json")
    try:
        beside = settings.alignment and settings.alignment.path
        found = find_source(candidates, settings.layout, memo, beside)
    except UserError as error:
        where = place(("corpora", corpus, "sources"), CONFIG_FILES)
        raise WorkflowError(f"{where}: {error}") from None
    return found.kind, found.path, found.version


# Known before any job begins: what is missing is said at once.
SOURCES = {corpus: source_of(corpus) for corpus in CORPORA}


def download_code(wildcards):
    kind, source, _ = SOURCES[wildcards.corpus]
    if kind != "demo":
        return code_version("scripts/download.py")
    made_by = [f"scripts/lib/demo/{source.kind}.py", "scripts/lib/demo/speak.py"]
    return code_version("scripts/download.py", *made_by)


def download_config(wildcards):
    kind, source, _ = SOURCES[wildcards.corpus]
    return stage_config(**{kind: source})


def index_config(wildcards):
    corpus = CONFIG.corpora[wildcards.corpus]
    used = "layout exclude strangers labels min_seconds cut_seconds max_rejected"
    used += " alignment frame_ms"
    return stage_config(**{key: getattr(corpus, key) for key in used.split()})


def extract_code(wildcards):
    kind = CONFIG.features[wildcards.features].kind
    return code_version("scripts/extract.py", f"scripts/lib/features/{kind}.py")


def extract_config(wildcards):
    return stage_config(recipe=CONFIG.features[wildcards.features])


def align_config(wildcards):
    recipe = CONFIG.features[wildcards.features]
    alignment = CONFIG.corpora[wildcards.corpus].alignment
    return stage_config(alignment=alignment, hop_s=recipe.hop / recipe.rate_hz)


def utterance_input(wildcards):
    needed = train_input(wildcards)
    return {name: needed[name] for name in ("index", "summary", "matrix", "offsets")}


def utterance_config(wildcards):
    recipe = CONFIG.features[CONFIG.experiments[wildcards.experiment].features]
    return stage_config(hop_s=recipe.hop / recipe.rate_hz)


def timing_input(wildcards):
    corpus = CONFIG.timings[wildcards.timing].corpus
    return {
        "index": f"results/corpora/{corpus}.csv",
        "summary": f"results/corpora/{corpus}.json",
    }


def timing_code(wildcards):
    kind = CONFIG.features[CONFIG.timings[wildcards.timing].features].kind
    return code_version("scripts/timing.py", f"scripts/lib/features/{kind}.py")


def timing_config(wildcards):
    timing = CONFIG.timings[wildcards.timing]
    recipe = CONFIG.features[timing.features]
    return stage_config(recipe=recipe, clips=timing.clips, repeats=timing.repeats)


def split_config(wildcards):
    split = CONFIG.splits[wildcards.split]
    lists = [
        Path(file) for file in (split.files or {}).values() if Path(file).is_file()
    ]
    return stage_config(split=split, lists=[file.read_text() for file in lists])


def train_input(wildcards):
    """What an experiment learns from: its corpus' index, its split, its features."""
    experiment = CONFIG.experiments[wildcards.experiment]
    corpus = experiment.corpus
    features = f"results/features/{corpus}/{experiment.features}"
    needed = {
        "index": f"results/corpora/{corpus}.csv",
        "summary": f"results/corpora/{corpus}.json",
        "parts": f"results/splits/{corpus}/{experiment.split}.csv",
        "matrix": f"{features}/matrix.npy",
        "offsets": f"{features}/offsets.npy",
    }
    if has_frame_labels(wildcards.experiment):
        needed["labels"] = f"{features}/labels.npy"
    return needed


def has_frame_labels(experiment):
    corpus = CONFIG.experiments[experiment].corpus
    return CONFIG.corpora[corpus].alignment is not None


def train_code(wildcards):
    kind = CONFIG.experiments[wildcards.experiment].model.kind
    return code_version("scripts/train.py", f"scripts/lib/models/{kind}.py")


def train_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    train = CONFIG.training_of(experiment)
    return stage_config(input=experiment.input, model=experiment.model, train=train)


def train_threads(wildcards):
    return CONFIG.experiments[wildcards.experiment].train.threads


def train_gpus(wildcards):
    return int(CONFIG.experiments[wildcards.experiment].model.gpu)


def evaluate_config(wildcards):
    alignment = CONFIG.corpora[
        CONFIG.experiments[wildcards.experiment].corpus
    ].alignment
    by = split_of(wildcards.experiment).by
    return stage_config(by=by, silence=alignment and alignment.silence)


def plot_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    return stage_config(
        data=CONFIG.data,
        per_class=experiment.reported and experiment.reported.per_class,
        reported_items=CONFIG.corpora[experiment.corpus].reported_items,
    )


def index_of(wildcards):
    """The index and summary of an experiment's corpus."""
    corpus = CONFIG.experiments[wildcards.experiment].corpus
    return {
        "index": f"results/corpora/{corpus}.csv",
        "summary": f"results/corpora/{corpus}.json",
    }


def split_of(experiment):
    return CONFIG.splits[CONFIG.experiments[experiment].split]


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
    files = ["metrics.json", "history.csv", "predictions.csv", "provenance.json"]
    files += [f"plots/{name}.svg" for name in ("curves", "confusion", "classes")]
    indexes = expand(
        "results/corpora/{corpus}.{file}",
        corpus=CORPORA,
        file=["csv", "rejected.csv", "json"],
    )
    strangers = [name for name in EXPERIMENTS if split_of(name).open_set]
    spoken = [name for name in EXPERIMENTS if has_frame_labels(name)]
    unlabelled = [
        name
        for name in EXPERIMENTS
        if "unlabelled" in (split_of(name).partitions or {})
    ]
    timings = expand(
        "results/timings/{timing}.{file}", timing=TIMINGS, file=["json", "svg"]
    )
    return (
        [path for file in files for path in runs(file)]
        + runs("plots/open_set.svg", strangers)
        + runs("plots/utterance.svg", spoken)
        + runs("submission.csv", unlabelled)
        + timings
        + indexes
    )


def report_config():
    """The settings that the report shows."""
    experiments = {
        name: {
            **asdict(experiment),
            "train": CONFIG.training_of(experiment),
            "recipe": CONFIG.features[experiment.features],
            "protocol": split_of(name),
        }
        for name, experiment in EXPERIMENTS.items()
    }
    shown = ("title", "licence", "reported_items")
    corpora = {
        name: {key: getattr(CONFIG.corpora[name], key) for key in shown}
        for name in CORPORA
    }
    # As a list, for the report keeps the order of the configuration.
    order = list(experiments)
    return stage_config(
        data=CONFIG.data,
        seeds=CONFIG.seeds,
        order=order,
        experiments=experiments,
        timings=TIMINGS,
        corpora=corpora,
    )
