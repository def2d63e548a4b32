"""Checks of studies."""

from collections.abc import Iterator, Mapping
from typing import Any

from resound.config.checks import searches, transfers
from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config
from resound.studies import search, transfer


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Yield names that nothing has, a name that another entry has, and what does not fit."""
    study = config.studies[name]
    if name in config.experiments or name in config.extraction_benchmarks:
        yield (), "an experiment or a benchmark has this name: choose another"
    unknown = list(_unknown(config, name))
    yield from unknown
    if isinstance(study, search.Settings) and not unknown:
        yield from searches.mistakes(config, study)
    if isinstance(study, transfer.Settings) and not unknown:
        yield from transfers.mistakes(config, study)


def _unknown(config: Config, name: str) -> Iterator[Mistake]:
    for n, data in enumerate(config.own_data_of(name)):
        named: list[tuple[str, str, Mapping[str, Any], str]] = [
            ("corpus", data.corpus, config.corpora, "corpora"),
            ("features", data.features, config.features, "features"),
            ("split", data.split, config.splits, "splits"),
        ]
        for what, value, known, section in named:
            if value not in known:
                yield ("data", n, what), no_such(what, value, known, section)
