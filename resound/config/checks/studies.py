"""Checks of studies."""

from collections.abc import Iterator, Mapping
from typing import Any

from resound.config.checks import searches
from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config
from resound.studies import search
from resound.studies.common.material import Data


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Whether what a study names is there and fits, and its own name differs from others."""
    study = config.studies[name]
    if name in config.experiments or name in config.timings:
        yield (), "an experiment or a timing has this name: choose another"
    unknown = list(_unknown(config, name))
    yield from unknown
    if isinstance(study, search.Settings) and not unknown:
        yield from searches.mistakes(config, study)


def data_named(config: Config, name: str) -> list[Data]:
    """What a study itself says that it works on: `selected` says nothing that is not said."""
    named: list[Data] | str = getattr(config.studies[name], "data", [])
    return [] if isinstance(named, str) else named


def _unknown(config: Config, name: str) -> Iterator[Mistake]:
    for n, data in enumerate(data_named(config, name)):
        named: list[tuple[str, str, Mapping[str, Any]]] = [
            ("corpus", data.corpus, config.corpora),
            ("features", data.features, config.features),
            ("split", data.split, config.splits),
        ]
        for what, value, known in named:
            if value not in known:
                yield ("data", n, what), no_such(what, value, known)
