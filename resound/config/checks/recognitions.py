"""Checks of recognitions."""

from collections.abc import Iterator

from resound.config.checks import corpora
from resound.config.checks.mistakes import Mistake
from resound.config.checks.splits import no_validation
from resound.config.experiments import Recognition
from resound.config.schema import Config


def misfits(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    """What does not fit together in a recognition whose names are all known."""
    yield from _of_material(config, experiment)
    yield from _of_task(config, experiment)
    yield from _of_tuning(config, experiment)


def _of_material(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    """Corpus, split and features."""
    split, configuration = config.splits[experiment.split], config.features[experiment.features]
    if config.corpora[experiment.corpus].pairs:
        yield ("corpus",), f"'{experiment.corpus}' holds texts, and a whisper hears recordings"
    if split.open_set or split.folds:
        yield ("split",), "has folds, which only classifications know: name another"
    if split.oversample or split.exclude_classes:
        yield (
            ("split",),
            "leaves out or copies items by class: drop `exclude_classes` and `oversample`",
        )
    if configuration.kind != "whisper":
        yield (
            ("features",),
            f"a whisper takes features of kind `whisper`, not `{configuration.kind}`",
        )


def _of_task(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    """Whether the corpus says what a task is judged by."""
    corpus, decode = config.corpora[experiment.corpus], experiment.decode
    if decode.task == "identify":
        if "label" not in corpora.fields(corpus):
            yield ("corpus",), f"'{experiment.corpus}' has no {{label}}, which is the language"
        if decode.language or experiment.train:
            yield ("decode",), "to identify languages needs no `language` and no `train`"
    elif not corpus.transcripts:
        yield ("corpus",), f"'{experiment.corpus}' has no `transcripts` to compare with"
    elif decode.task == "translate" and not corpus.transcripts.translation:
        yield ("corpus",), f"`transcripts` of '{experiment.corpus}' name no `translation`"


def _of_tuning(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    model, split = experiment.model, config.splits[experiment.split]
    if experiment.train:
        if not experiment.decode.language:
            yield ("decode", "language"), "fine-tuning needs the language that is spoken"
        if problem := no_validation(experiment.split, split):
            yield ("train",), problem
    elif model.adapters or model.freeze != "nothing":
        yield ("model",), "nothing is tuned without `train`: drop `adapters` and `freeze`"
