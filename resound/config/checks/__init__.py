"""Checks beyond types: names that nothing has, and settings that cannot work together.

Settings that contradict each other within one entry are mistakes everywhere. An experiment is
checked against its corpus, features, split, sources and pretrained model only if it is selected.
Each module checks one section and yields mistakes with their keys within an entry.
"""

from collections.abc import Iterator

from resound.config.checks import (
    availability,
    benchmarks,
    conclusions,
    corpora,
    experiments,
    features,
    general,
    pretrained,
    splits,
    studies,
)
from resound.config.checks.in_use import in_use
from resound.config.checks.mistakes import Mistake, under
from resound.config.schema import Config


def check(config: Config) -> Iterator[Mistake]:
    """Yield what types cannot exclude, in the order of the configuration."""
    used = in_use(config)
    yield from general.mistakes(config)
    for name, corpus in config.corpora.items():
        if name in used.corpora:
            yield from under(("corpora", name), corpora.mistakes(corpus))
    for name, configuration in config.features.items():
        yield from under(("features", name), features.contradictions(configuration))
        if name in used.features:
            yield from under(("features", name), features.mistakes(config, name))
    for name, split in config.splits.items():
        yield from under(("splits", name), splits.mistakes(split))
    for name, experiment in config.experiments.items():
        yield from under(("experiments", name), experiments.contradictions(experiment))
    for name in used.experiments:
        yield from under(("experiments", name), experiments.mistakes(config, name))
    yield from pretrained.mistakes(config, used)
    for name in config.selected_benchmarks():
        where = ("extraction_benchmarks", name)
        yield from under(where, benchmarks.mistakes(config, name))
    for name in config.selected_studies():
        yield from under(("studies", name), studies.mistakes(config, name))
    for name, conclusion in config.conclusions.items():
        if set(conclusion.experiments()) & config.selected().keys() or not conclusion.experiments():
            where = ("conclusions", name)
            yield from under(where, conclusions.mistakes(config, conclusion))
    yield from availability.mistakes(config, used)
