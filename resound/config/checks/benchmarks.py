"""Checks of benchmarks of extraction."""

from collections.abc import Iterator

from resound.config.checks.features import OF_TEXTS
from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Yield names that nothing has, a name that an experiment has, and features without audio."""
    benchmark = config.extraction_benchmarks[name]
    if name in config.experiments:
        yield (), "an experiment has this name: choose another"
    if benchmark.corpus not in config.corpora:
        yield ("corpus",), no_such("corpus", benchmark.corpus, config.corpora, "corpora")
    if benchmark.features not in config.features:
        yield ("features",), no_such("features", benchmark.features, config.features)
    elif config.features[benchmark.features].kind in (*OF_TEXTS, "hidden_states"):
        what = f"'{benchmark.features}' are not extracted from recordings: name others"
        yield ("features",), what
