"""What types cannot say of a configuration: names that nothing has, and what cannot work together.

Each module checks one kind of entry and tells mistakes by their keys within it.
"""

from collections.abc import Iterator

from resound.config.checks import (
    availability,
    benchmarks,
    corpora,
    experiments,
    features,
    general,
    pretrained,
    splits,
    studies,
)
from resound.config.checks.mistakes import Mistake, under
from resound.config.schema import Config


def check(config: Config) -> Iterator[Mistake]:
    """What types cannot say: each mistake as the key where it stands and what is wrong."""
    yield from general.mistakes(config)
    for name, corpus in config.corpora.items():
        yield from under(("corpora", name), corpora.mistakes(corpus))
    for name in config.features:
        yield from under(("features", name), features.mistakes(config, name))
    for name, split in config.splits.items():
        yield from under(("splits", name), splits.mistakes(split))
    for name in config.experiments:
        yield from under(("experiments", name), experiments.mistakes(config, name))
    yield from pretrained.mistakes(config)
    for name in config.timings:
        yield from under(("timings", name), benchmarks.mistakes(config, name))
    for name in config.studies:
        yield from under(("studies", name), studies.mistakes(config, name))
    yield from availability.mistakes(config)
