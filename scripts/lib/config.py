"""The typed configuration: what `config.yaml` may say, and what it means.

`load` turns Snakemake's merged configuration into a `Config`, or raises a `UserError` that
lists every mistake with its file, line and key. `schema` is the JSON schema that editors use.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from scripts.lib import config_problems
from scripts.lib.demo import digits
from scripts.lib.errors import UserError, nearest
from scripts.lib.features import logmel, mfcc
from scripts.lib.inputs import Input
from scripts.lib.layout import Layout
from scripts.lib.models import cnn, perceptron
from scripts.lib.pool import Pool
from scripts.lib.settings import Natural, Positive, Share, settings
from scripts.lib.splits import Split
from scripts.lib.training import Training

# A new kind of demo corpus, of features or of model is one module, and its name here.
Demo = digits.Settings
Recipe = Annotated[mfcc.Settings | logmel.Settings, Field(discriminator="kind")]
Model = Annotated[perceptron.Settings | cnn.Settings, Field(discriminator="kind")]

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


@settings
class Source:
    """Where a corpus' recordings come from: exactly one of these."""

    folder: str | None = None
    """A folder of recordings, used where it lies; never written to."""
    archive: str | None = None
    """A zip or tar archive of recordings, unpacked into `data/`."""


@settings
class Corpus:
    """A set of recordings: where they come from and how their paths read."""

    title: str
    """The name that the report shows."""
    layout: Annotated[str, Field(min_length=1)]
    """How paths read below the source, such as `data/{speaker}/{label}_{speaker}_{take}.wav`.

    `{label}` is the class, `{speaker}` and `{group}` are what a split can keep apart; other
    names only describe the path. `{name:2}` stands for just two characters. A name that comes
    twice must read the same twice.
    """
    sources: list[Source] = field(default_factory=list)
    """Where the real recordings may be (`data: real`): the first of these that is there is used."""
    demo: Demo | None = None
    """The stand-in that is made on the spot (`data: demo`)."""
    labels: list[str] | None = None
    """The classes in their order; left out, those found, sorted."""
    licence: str = "not stated"
    """The licence of the real recordings."""
    min_seconds: Annotated[float, Field(ge=0)] = 0.1
    """Shorter clips are set aside."""
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share of clips that may be set aside before the run stops."""
    reported_items: Positive | None = None
    """How many items the corpus of the reported figures had: with another number of items,
    or on demo data, the report makes no comparison."""


@settings
class Reported:
    """The figures that a source report gives for an experiment, as fractions."""

    source: str
    """Where the figures stand."""
    test_accuracy: Share | None = None
    train_accuracy: Share | None = None
    per_class: list[Annotated[float, Field(ge=0, le=1)]] | None = None
    """Recall of each class, in the order of the labels."""
    note: str = ""


@settings
class Experiment:
    """One model on one corpus: features, split, input, model, training."""

    corpus: str
    features: str
    split: str
    input: Input
    model: Model
    train: Training
    reported: Reported | None = None
    """What the source report measured."""
    twin: str | None = None
    """The same model under an honest protocol; the report shows it beside this one."""
    note: str = ""
    """What a reader of the report should know about it."""


@settings
class Config:
    """Everything that a run depends on."""

    data: Literal["demo", "real"] = "demo"
    """`demo` makes each corpus' stand-in on the spot, `real` uses each corpus' source."""
    select: list[str] = field(default_factory=lambda: ["*"])
    """Experiments by name; `*` and `?` match as in a shell."""
    seeds: Annotated[list[Natural], Field(min_length=1)] = field(default_factory=lambda: [42])
    """Each experiment is trained once for each of these."""
    pool: Pool = "process"
    """How indexing, extraction and demo synthesis spread over cores."""
    corpora: dict[Name, Corpus]
    features: dict[Name, Recipe]
    splits: dict[Name, Split]
    experiments: dict[Name, Experiment]

    def selected(self) -> dict[str, Experiment]:
        """The experiments that `select` names, in the order of the configuration."""
        return {
            name: experiment
            for name, experiment in self.experiments.items()
            if any(fnmatchcase(name, pattern) for pattern in self.select)
        }

    def training_of(self, experiment: Experiment) -> Training:
        """How an experiment is trained on the data at hand."""
        train = experiment.train
        demo = train.demo_epochs if self.data == "demo" else None
        return replace(train, epochs=demo or train.epochs, demo_epochs=None)


def load(merged: Mapping[str, Any], files: Sequence[str | Path]) -> Config:
    """Validate Snakemake's merged configuration, read from `files`.

    Raises UserError with a line for each mistake: unknown keys, wrong types, names that nothing
    has, and combinations that cannot work.
    """
    problems = config_problems.duplicate_keys(files)
    try:
        # As JSON: there, strict validation takes a mapping for a dataclass.
        config = _adapter().validate_json(json.dumps(merged, default=str))
    except ValidationError as error:
        problems += [_in_words(mistake, files) for mistake in error.errors()]
        raise UserError("\n".join(problems)) from None
    problems += [f"{config_problems.place(key, files)}: {what}" for key, what in _checks(config)]
    if problems:
        raise UserError("\n".join(problems))
    return config


def schema() -> dict[str, Any]:
    """The JSON schema of the configuration, for editors."""
    return _adapter().json_schema()


@cache
def _adapter() -> TypeAdapter[Config]:
    return TypeAdapter(Config)


def _checks(config: Config) -> Iterator[tuple[config_problems.Key, str]]:
    """What types cannot say: each mistake as the key where it stands and what is wrong."""
    for pattern in config.select:
        if not any(fnmatchcase(name, pattern) for name in config.experiments):
            yield ("select",), f"'{pattern}' is no experiment{nearest(pattern, config.experiments)}"
    for name, corpus in config.corpora.items():
        yield from _corpus_checks(("corpora", name), corpus)
    for name, recipe in config.features.items():
        if problem := recipe.problem():
            yield ("features", name), problem
    for name, split in config.splits.items():
        if problem := split.problem():
            yield ("splits", name), problem
    for name, experiment in config.experiments.items():
        key = ("experiments", name)
        unknown = list(_unknown_names(config, experiment))
        yield from (((*key, part), problem) for part, problem in unknown)
        if not unknown:
            yield from (((*key, *at), what) for at, what in _experiment_checks(config, experiment))
    for name in {experiment.corpus for experiment in config.selected().values()}:
        if name in config.corpora:
            yield from _availability(config, name)


def _corpus_checks(
    key: config_problems.Key, corpus: Corpus
) -> Iterator[tuple[config_problems.Key, str]]:
    try:
        Layout(corpus.layout)
    except UserError as error:
        yield (*key, "layout"), str(error)
    for n, source in enumerate(corpus.sources):
        if (source.folder is None) == (source.archive is None):
            yield (*key, "sources", n), "needs one of `folder` and `archive`, and only one"


def _availability(config: Config, name: str) -> Iterator[tuple[config_problems.Key, str]]:
    corpus, key = config.corpora[name], ("corpora", name)
    if config.data == "demo" and not corpus.demo:
        yield key, "has no `demo`: with `data: demo` say `select`, or use `data: real`"
    if config.data == "real" and not corpus.sources:
        yield key, "has no `sources`: say where the recordings are, `sources: [{folder: ...}]`"


def _unknown_names(config: Config, experiment: Experiment) -> Iterator[tuple[str, str]]:
    named: list[tuple[str, str | None, Mapping[str, Any]]] = [
        ("corpus", experiment.corpus, config.corpora),
        ("features", experiment.features, config.features),
        ("split", experiment.split, config.splits),
        ("twin", experiment.twin, config.experiments),
    ]
    for key, value, known in named:
        if value is not None and value not in known:
            what = "experiment" if key == "twin" else key
            yield key, f"there is no {what} '{value}'{nearest(value, known)}"


def _experiment_checks(
    config: Config, experiment: Experiment
) -> Iterator[tuple[config_problems.Key, str]]:
    model, train, corpus = experiment.model, experiment.train, config.corpora[experiment.corpus]
    recipe, split = config.features[experiment.features], config.splits[experiment.split]
    arrange = experiment.input.arrange
    if arrange not in model.inputs:
        yield ("input", "arrange"), f"a {model.kind} takes {' or '.join(model.inputs)}"
    if recipe.pooled != (arrange == "pooled"):
        fit = "`pooled`" if recipe.pooled else "another than `pooled`"
        yield ("input", "arrange"), f"features '{experiment.features}' need {fit}"
    if train.optimizer not in model.optimizers:
        yield ("train", "optimizer"), f"a {model.kind} learns by {' or '.join(model.optimizers)}"
    if train.batch_size not in model.batch_sizes:
        yield ("train", "batch_size"), f"a {model.kind} learns one sample a step: say 1"
    if problem := model.problem():
        yield ("model",), problem
    if train.keep == "best_validation" and not split.validation:
        yield ("train", "keep"), f"split '{experiment.split}' has no `validation` part to choose by"
    if split.by and f"{{{split.by}" not in corpus.layout:
        yield (
            ("split",),
            f"'{experiment.split}' keeps each {split.by} on one side, but the layout of corpus"
            f" '{experiment.corpus}' has no {{{split.by}}}",
        )
    if recipe.least_seconds > corpus.min_seconds:
        yield (
            ("features",),
            f"'{experiment.features}' needs clips of {recipe.least_seconds:.3f} s; say so:"
            f" `corpora.{experiment.corpus}.min_seconds`",
        )


def _in_words(mistake: Any, files: Sequence[str | Path]) -> str:
    key, known = _walk(mistake["loc"])
    return f"{config_problems.place(key, files)}: {config_problems.in_words(mistake, known)}"


def _walk(location: Sequence[str | int]) -> tuple[config_problems.Key, list[str]]:
    """The key that pydantic's `location` stands for, and the keys known where it ends.

    pydantic names the branch it took through a union; the schema tells such a step from a key.
    """
    whole = schema()
    node, key = _resolved(whole, whole), list[str | int]()
    known = list(node["properties"])
    for step in location:
        mapping = node.get("discriminator", {}).get("mapping", {})
        if step in mapping:
            node = _resolved(whole, {"$ref": mapping[step]})
        elif "properties" in node:
            node = _resolved(whole, node["properties"].get(step, {}))
            key.append(step)
        elif "additionalProperties" in node or "patternProperties" in node:
            inner = node.get("additionalProperties") or next(
                iter(node["patternProperties"].values())
            )
            node = _resolved(whole, inner)
            key.append(step)
        elif "items" in node:
            node = _resolved(whole, node["items"])
            key.append(step)
        if "properties" in node:
            known = list(node["properties"])
    return tuple(key), known


def _resolved(whole: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """A schema node itself, behind references and `or null`."""
    for option in node.get("anyOf", []):
        if "$ref" in option or "items" in option:
            return _resolved(whole, option)
    if "$ref" in node:
        return _resolved(whole, whole["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return dict(node)


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
