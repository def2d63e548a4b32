"""Configuration and what the rules ask of it: typed settings, versions of code, input lists."""

import sys
from dataclasses import asdict, fields
from pathlib import Path

from snakemake.exceptions import WorkflowError

from scripts.lib.checkout import put_on_path
from scripts.lib.config.downloads import downloads_table
from scripts.lib.config.load import load
from scripts.lib.config.model import Classification, Recognition
from scripts.lib.config.problems import place
from scripts.lib.downloads.remote import Remote
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
CLASSIFIED = {n: e for n, e in CONFIG.classifications().items() if n in EXPERIMENTS}
RECOGNISED = {n: e for n, e in CONFIG.recognitions().items() if n in EXPERIMENTS}
TIMINGS = CONFIG.selected_timings()
STUDIES = CONFIG.selected_studies()
USED = [*EXPERIMENTS.values(), *TIMINGS.values()]
USED += [data for study in STUDIES for data in CONFIG.data_of(study)]
CORPORA = sorted({entry.corpus for entry in USED})
# How work is spread is no setting of a stage: scripts read it here, and nothing is stale by it.
config["pool"] = CONFIG.pool
config["gpus_per_device"] = CONFIG.gpus_per_device


wildcard_constraints:
    corpus="[a-z0-9_]+",
    features="[a-z0-9_]+",
    split="[a-z0-9_]+",
    experiment="[a-z0-9_]+",
    timing="[a-z0-9_]+",
    study="[a-z0-9_]+",
    seed="[0-9]+",
    model="[a-z0-9_]+",
    transcript="[^/]+",


def one_of(names):
    """A wildcard's pattern that only some experiments match, where two rules make like files."""
    return "|".join(names) or "no_such_experiment"


def asked(task, names=CONFIG.recognitions()):
    """The recognitions that are asked to do this, or one of these."""
    return [
        name for name in names if CONFIG.experiments[name].decode.task in task.split()
    ]


TUNED = [name for name, e in CONFIG.recognitions().items() if e.train]
# Experiments whose own model begins as a pretrained one, and recipes that are not of recordings.
ENCODERS = [n for n, e in CONFIG.classifications().items() if e.model.kind == "encoder"]
OF_TEXTS = [n for n, r in CONFIG.features.items() if r.kind in ("tokens", "characters")]
ENCODED = [n for n, r in CONFIG.features.items() if r.kind == "hidden"]
EXTRACTED = [n for n in CONFIG.features if n not in [*OF_TEXTS, *ENCODED]]
VARIANTS = [n for n, e in CONFIG.classifications().items() if e.variant_of]


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
        found = find_source(candidates, settings.layout, memo, remotes, beside, tables)
    except UserError as error:
        where = place(("corpora", corpus, "sources"), CONFIG_FILES)
        raise WorkflowError(f"{where}: {error}") from None
    return found.kind, found.place, found.version


# Known before any job begins: what is missing is said at once.
SOURCES = {corpus: source_of(corpus) for corpus in CORPORA}


def bring_code(wildcards):
    kind, source, _ = SOURCES[wildcards.corpus]
    if kind != "demo":
        return code_version("scripts/bring.py")
    made_by = [f"scripts/lib/demo/{source.kind}.py", "scripts/lib/demo/speak.py"]
    return code_version("scripts/bring.py", *made_by)


def bring_config(wildcards):
    kind, source, _ = SOURCES[wildcards.corpus]
    return stage_config(**{kind: source})


def index_config(wildcards):
    corpus = CONFIG.corpora[wildcards.corpus]
    used = "layout exclude strangers labels min_seconds cut_seconds max_rejected"
    used += " alignment frame_ms transcripts max_seconds cut_longer names pairs"
    return stage_config(**{key: getattr(corpus, key) for key in used.split()})


def extract_code(wildcards):
    kind = CONFIG.features[wildcards.features].kind
    return code_version("scripts/extract.py", f"scripts/lib/features/{kind}.py")


def extract_config(wildcards):
    return stage_config(recipe=CONFIG.recipe(wildcards.features))


def tokenise_input(wildcards):
    """The index and, for tokens, the model whose tokenizer cuts them."""
    needed = {"index": f"results/corpora/{wildcards.corpus}.csv"}
    pretrained = CONFIG.pretrained_of(wildcards.features)
    return needed | ({"source": source_of_model(pretrained)} if pretrained else {})


def tokenise_code(wildcards):
    kind = CONFIG.features[wildcards.features].kind
    return code_version("scripts/tokenise.py", f"scripts/lib/features/{kind}.py")


def encode_input(wildcards):
    """The features that an encoder is given, and where it lies."""
    recipe = CONFIG.features[wildcards.features]
    given = f"results/features/{wildcards.corpus}/{recipe.of}"
    return {
        "source": source_of_model(recipe.pretrained),
        "matrix": f"{given}/matrix.npy",
        "offsets": f"{given}/offsets.npy",
    }


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
    recipe = CONFIG.recipe(timing.features)
    return stage_config(recipe=recipe, clips=timing.clips, repeats=timing.repeats)


def study_input(wildcards):
    """What a study works on: of each corpus, features and split the files of a Material."""
    needed = {"index": [], "summary": [], "parts": [], "matrix": [], "offsets": []}
    for data in CONFIG.data_of(wildcards.study):
        features = f"results/features/{data.corpus}/{data.features}"
        needed["index"].append(f"results/corpora/{data.corpus}.csv")
        needed["summary"].append(f"results/corpora/{data.corpus}.json")
        needed["parts"].append(f"results/splits/{data.corpus}/{data.split}.csv")
        needed["matrix"].append(f"{features}/matrix.npy")
        needed["offsets"].append(f"{features}/offsets.npy")
    return {name: files for name, files in needed.items() if files}


def study_code(wildcards):
    used = [f"scripts/lib/studies/{CONFIG.studies[wildcards.study].kind}.py"]
    if experiment := CONFIG.experiment_of(wildcards.study):
        used.append(f"scripts/lib/models/{experiment['model'].kind}.py")
    return code_version("scripts/study.py", *used)


def study_config(wildcards):
    experiment = CONFIG.experiment_of(wildcards.study)
    return stage_config(
        study=CONFIG.studies[wildcards.study],
        data=[asdict(data) for data in CONFIG.data_of(wildcards.study)],
        **({"experiment": experiment} if experiment else {}),
    )


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
    if wildcards.experiment in ENCODERS:
        needed["source"] = source_of_model(experiment.model.pretrained)
    return needed


def has_frame_labels(experiment):
    corpus = CONFIG.experiments[experiment].corpus
    return CONFIG.corpora[corpus].alignment is not None


def model_code(wildcards):
    used = ["scripts/provide.py"]
    if wildcards.model in CONFIG.stand_ins:
        kind = CONFIG.stand_ins[wildcards.model].kind
        used += [f"scripts/lib/demo/tiny_{kind}.py", "scripts/lib/demo/speak.py"]
    return code_version(*used)


def model_config(wildcards):
    if wildcards.model in CONFIG.stand_ins:
        stand_in = CONFIG.stand_ins[wildcards.model]
        features = getattr(stand_in, "features", None)
        return stage_config(
            stand_in=stand_in, recipe=features and CONFIG.recipe(features)
        )
    return stage_config(pretrained=CONFIG.pretrained[wildcards.model])


def source_of_model(pretrained):
    """What says where a pretrained model, or its stand-in, lies."""
    return f"data/models/{CONFIG.model_at_hand(pretrained)}/source.json"


def models_used():
    """The pretrained models, or their stand-ins, that the selected experiments need."""
    named = [getattr(e.model, "pretrained", None) for e in EXPERIMENTS.values()]
    named += [CONFIG.pretrained_of(entry.features) for entry in EXPERIMENTS.values()]
    return sorted({CONFIG.model_at_hand(name) for name in named if name})


def finetune_input(wildcards):
    """What a model is tuned on, and the model as it came."""
    experiment = CONFIG.experiments[wildcards.experiment]
    source = source_of_model(experiment.model.pretrained)
    return {**train_input(wildcards), "source": source}


def recognise_input(wildcards):
    """What a model is asked about, and the model: as it came, or as it was tuned."""
    if wildcards.experiment not in TUNED:
        return finetune_input(wildcards)
    run = f"results/runs/{wildcards.experiment}/{wildcards.seed}"
    tuned = f"{run}/model/model.safetensors"
    return {
        **train_input(wildcards),
        "tuned": tuned,
        "training": f"{run}/training.json",
    }


def finetune_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    return stage_config(
        recipe=CONFIG.recipe(experiment.features),
        model=experiment.model,
        decode=experiment.decode,
        train=CONFIG.training_of(experiment),
    )


def finetune_threads(wildcards):
    return CONFIG.experiments[wildcards.experiment].train.threads


def recognise_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    recipe = CONFIG.recipe(experiment.features)
    return stage_config(recipe=recipe, decode=experiment.decode)


def score_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    return stage_config(
        task=experiment.decode.task,
        normaliser=experiment.normaliser,
        by=split_of(wildcards.experiment).by,
    )


def transcribe_input(wildcards):
    """The recording, and the model that is to hear it: tuned, or as it came."""
    if not CONFIG.audio:
        raise WorkflowError("say which recording: --config audio=<file>")
    name, needed = CONFIG.transcriber, {"audio": CONFIG.audio}
    if name in TUNED:
        tuned = f"results/runs/{name}/{CONFIG.seeds[0]}/model/model.safetensors"
        return {**needed, "tuned": tuned}
    if name in CONFIG.experiments:
        name = CONFIG.experiments[name].model.pretrained
    return {**needed, "source": source_of_model(name)}


def train_code(wildcards):
    kind = CONFIG.experiments[wildcards.experiment].model.kind
    return code_version("scripts/train.py", f"scripts/lib/models/{kind}.py")


def train_config(wildcards):
    experiment = CONFIG.experiments[wildcards.experiment]
    return stage_config(
        input=experiment.input,
        model=experiment.model,
        train=CONFIG.training_of(experiment),
        without=split_of(wildcards.experiment).without,
    )


def train_threads(wildcards):
    return CONFIG.experiments[wildcards.experiment].train.threads


def train_gpus(wildcards):
    return int(CONFIG.experiments[wildcards.experiment].model.gpu)


def evaluate_config(wildcards):
    alignment = CONFIG.corpora[
        CONFIG.experiments[wildcards.experiment].corpus
    ].alignment
    by = split_of(wildcards.experiment).by
    return stage_config(
        by=by,
        silence=alignment and alignment.silence,
        probabilities=wildcards.experiment in asked("identify"),
        without=split_of(wildcards.experiment).without,
        vote=getattr(CONFIG.experiments[wildcards.experiment], "vote", False),
    )


def compare_input(wildcards):
    """The predictions of an experiment and of the one that it is a variant of."""
    names = {
        "predictions": wildcards.experiment,
        "others": CONFIG.experiments[wildcards.experiment].variant_of,
    }
    return {
        key: f"results/runs/{name}/{wildcards.seed}/predictions.csv"
        for key, name in names.items()
    }


def compare_config(wildcards):
    return stage_config(other=CONFIG.experiments[wildcards.experiment].variant_of)


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
    files = ["metrics.json", "predictions.csv", "provenance.json"]
    drawn = [f"plots/{name}.svg" for name in ("curves", "confusion", "classes")]
    needed = [path for file in files for path in runs(file)]
    needed += [
        path for file in [*drawn, "history.csv"] for path in runs(file, CLASSIFIED)
    ]
    strangers = [name for name in CLASSIFIED if split_of(name).open_set]
    spoken = [name for name in CLASSIFIED if has_frame_labels(name)]
    unlabelled = [
        name for name in CLASSIFIED if "unlabelled" in (split_of(name).partitions or {})
    ]
    tuned = [name for name in RECOGNISED if name in TUNED]
    needed += runs("plots/open_set.svg", strangers)
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


def catalogue_config():
    """What `results/corpora.md` tells of each corpus beside what was found in it."""
    shown = ("title", "licence", "citation")
    return stage_config(
        corpora={
            name: {key: getattr(CONFIG.corpora[name], key) for key in shown}
            for name in CORPORA
        },
    )


def report_config():
    """The settings that the report shows."""
    experiments = {
        name: {
            **asdict(experiment),
            "train": CONFIG.training_of(experiment),
            "recipe": CONFIG.recipe(experiment.features),
            "protocol": split_of(name),
        }
        for name, experiment in EXPERIMENTS.items()
    }
    shown = ("title", "licence", "citation", "reported_items")
    # What is not in every form of experiment is None in the others.
    every = [
        field.name for form in (Classification, Recognition) for field in fields(form)
    ]
    experiments = {
        name: {**dict.fromkeys(every), **told} for name, told in experiments.items()
    }
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
        studies=list(STUDIES),
        corpora=corpora,
    )
