"""Checks that classifications and recognitions have in common."""

from collections.abc import Iterator, Mapping
from typing import Any

from resound.config.checks import classifications, corpora, recognitions
from resound.config.checks.mistakes import Mistake, no_such
from resound.config.experiments import Classification, Recognition
from resound.config.schema import Config


def contradictions(experiment: Classification | Recognition) -> Iterator[Mistake]:
    """Yield settings of a model that contradict each other."""
    if problem := experiment.model.problem():
        yield ("model",), problem


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Yield names that nothing has; if there are none, what does not fit together."""
    experiment = config.experiments[name]
    unknown = list(_unknown(config, experiment))
    yield from unknown or misfits(config, experiment)


def misfits(config: Config, experiment: Classification | Recognition) -> Iterator[Mistake]:
    """Yield what does not fit together in an experiment whose names all exist."""
    corpus, by = config.corpora[experiment.corpus], config.splits[experiment.split].group_by
    if by and by not in corpora.fields(corpus):
        yield (
            ("split",),
            f"'{experiment.split}' keeps each {by} on one side, but the path pattern of corpus"
            f" '{experiment.corpus}' has no {{{by}}}",
        )
    if isinstance(experiment, Recognition):
        yield from recognitions.misfits(config, experiment)
    else:
        yield from classifications.misfits(config, experiment)


def _unknown(config: Config, experiment: Classification | Recognition) -> Iterator[Mistake]:
    named: list[tuple[tuple[str, ...], str, str | None, Mapping[str, Any], str]] = [
        (("corpus",), "corpus", experiment.corpus, config.corpora, "corpora"),
        (("features",), "features", experiment.features, config.features, "features"),
        (("split",), "split", experiment.split, config.splits, "splits"),
    ]
    if isinstance(experiment, Recognition):
        base, known = experiment.baseline, config.recognitions()
        named.append((("baseline",), "recognition", base, known, "experiments"))
    else:
        base, others = experiment.variant_of, config.classifications()
        named.append((("variant_of",), "classification", base, others, "experiments"))
    pretrained = getattr(experiment.model, "pretrained", None)
    models = config.pretrained
    named.append((("model", "pretrained"), "pretrained", pretrained, models, "pretrained"))
    for key, what, name, known_names, section in named:
        if name is not None and name not in known_names:
            yield key, no_such(what, name, known_names, section)
