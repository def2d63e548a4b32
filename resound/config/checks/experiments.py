"""Checks of what classifications and recognitions have in common."""

from collections.abc import Iterator, Mapping
from typing import Any

from resound.config.checks import classifications, corpora, recognitions
from resound.config.checks.mistakes import Mistake, no_such
from resound.config.experiments import Classification, Recognition
from resound.config.schema import Config


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Whether what an experiment names is there, and all of it fits together."""
    experiment = config.experiments[name]
    if experiment.twin == name:
        yield ("twin",), "an experiment is not its own twin: name another, or none"
    unknown = list(_unknown(config, experiment))
    yield from unknown or misfits(config, experiment)


def misfits(config: Config, experiment: Classification | Recognition) -> Iterator[Mistake]:
    """What does not fit together in an experiment whose names are all known."""
    corpus, by = config.corpora[experiment.corpus], config.splits[experiment.split].group_by
    if by and by not in corpora.fields(corpus):
        yield (
            ("split",),
            f"'{experiment.split}' keeps each {by} on one side, but the path pattern of corpus"
            f" '{experiment.corpus}' has no {{{by}}}",
        )
    if problem := experiment.model.problem():
        yield ("model",), problem
    if isinstance(experiment, Recognition):
        yield from recognitions.misfits(config, experiment)
    else:
        yield from classifications.misfits(config, experiment)


def _unknown(config: Config, experiment: Classification | Recognition) -> Iterator[Mistake]:
    named: list[tuple[tuple[str, ...], str, str | None, Mapping[str, Any]]] = [
        (("corpus",), "corpus", experiment.corpus, config.corpora),
        (("features",), "features", experiment.features, config.features),
        (("split",), "split", experiment.split, config.splits),
        (("twin",), "experiment", experiment.twin, config.experiments),
    ]
    if isinstance(experiment, Recognition):
        named.append((("baseline",), "recognition", experiment.baseline, config.recognitions()))
    else:
        known = config.classifications()
        named.append((("variant_of",), "classification", experiment.variant_of, known))
    pretrained = getattr(experiment.model, "pretrained", None)
    named.append((("model", "pretrained"), "pretrained", pretrained, config.pretrained))
    for key, what, name, known_names in named:
        if name is not None and name not in known_names:
            yield key, no_such(what, name, known_names)
