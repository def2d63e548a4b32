"""Checks of timings of extraction."""

from collections.abc import Iterator

from resound.config.checks.features import OF_TEXTS
from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Whether what a timing names is there, and its own name differs from others."""
    timing = config.timings[name]
    if name in config.experiments:
        yield (), "an experiment has this name: choose another"
    if timing.corpus not in config.corpora:
        yield ("corpus",), no_such("corpus", timing.corpus, config.corpora)
    if timing.features not in config.features:
        yield ("features",), no_such("features", timing.features, config.features)
    elif config.features[timing.features].kind in (*OF_TEXTS, "hidden_states"):
        yield ("features",), f"'{timing.features}' are not extracted from recordings: name others"
