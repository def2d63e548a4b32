"""Checks of recognitions."""

from collections.abc import Iterator

from resound.config.checks import corpora
from resound.config.checks.mistakes import Mistake
from resound.config.checks.splits import no_validation
from resound.config.experiments import Recognition
from resound.config.schema import Config


def misfits(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    """Yield what does not fit together in a recognition whose names all exist."""
    yield from _of_data(config, experiment)
    yield from _of_task(config, experiment)
    yield from _of_tuning(config, experiment)


def _of_data(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    """Yield why a recognition cannot use its corpus, split or features."""
    split, configuration = config.splits[experiment.split], config.features[experiment.features]
    if config.corpora[experiment.corpus].pairs:
        yield ("corpus",), f"'{experiment.corpus}' has texts, and a whisper takes recordings"
    if split.open_set or split.folds:
        yield ("split",), "has folds, which are for classifications: name another"
    if split.oversample or split.exclude_classes:
        yield (
            ("split",),
            "excludes or copies items by class: drop `exclude_classes` and `oversample`",
        )
    if configuration.kind != "whisper":
        yield (
            ("features",),
            f"a whisper takes features of kind `whisper`, not `{configuration.kind}`",
        )


def _of_task(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    """Yield why the corpus has no reference for the task."""
    corpus, decode = config.corpora[experiment.corpus], experiment.decode
    if decode.task == "identify":
        if "label" not in corpora.fields(corpus):
            yield ("corpus",), f"'{experiment.corpus}' has no {{label}}, which is the language"
        if decode.language or experiment.train:
            yield ("decode",), "`task: identify` takes no `language` and no `train`: drop them"
    elif not corpus.transcripts or not corpus.transcripts.text:
        yield (
            ("corpus",),
            f"'{experiment.corpus}' has no `transcripts` with a `text` to compare with",
        )
    elif decode.task == "translate" and not corpus.transcripts.translation:
        yield ("corpus",), f"`transcripts` of '{experiment.corpus}' name no `translation` column"
    else:
        yield from _of_length(config, experiment)


def _of_length(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    """Yield why recordings may be longer than the model takes, while their texts are whole."""
    corpus, configuration = config.corpora[experiment.corpus], config.features[experiment.features]
    if configuration.kind != "whisper":
        return
    window = configuration.window_s
    if corpus.max_seconds is None or corpus.max_seconds > window:
        yield (
            ("corpus",),
            f"'{experiment.corpus}' may have recordings of more than {window} s, which the model"
            f" does not take whole: set its `max_seconds` to {window} or less, which rejects them,"
            " and `truncate: true` to keep their beginnings with the whole text",
        )


def _of_tuning(config: Config, experiment: Recognition) -> Iterator[Mistake]:
    """Yield why the model cannot be fine-tuned in this way."""
    model, split = experiment.model, config.splits[experiment.split]
    if experiment.train:
        if not experiment.decode.language:
            yield ("decode", "language"), "fine-tuning needs the language that is spoken"
        if problem := no_validation(experiment.split, split):
            yield ("train",), problem
    elif model.adapters or model.freeze != "nothing":
        yield ("model",), "nothing is fine-tuned without `train`: drop `adapters` and `freeze`"
