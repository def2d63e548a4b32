"""Checks of whether what is selected has its data and its models."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake
from resound.config.checks.studies import data_named
from resound.config.schema import Config


def mistakes(config: Config) -> Iterator[Mistake]:
    """Stand-ins on demo data, sources of the real ones; names that nothing has are passed over."""
    yield from _of_corpora(config)
    if config.data == "demo":
        yield from _of_models(config)


def _of_corpora(config: Config) -> Iterator[Mistake]:
    used = {experiment.corpus for experiment in config.selected().values()}
    used |= {timing.corpus for timing in config.selected_timings().values()}
    used |= {data.corpus for name in config.selected_studies() for data in data_named(config, name)}
    for name, corpus in config.corpora.items():
        if name in used and config.data == "demo" and not corpus.demo:
            what = "has no `demo`: with `data: demo` say `select`, or use `data: real`"
            yield ("corpora", name), what
        if name in used and config.data == "real" and not corpus.sources:
            what = "has no `sources`: say where the recordings are, `sources: [{folder: ...}]`"
            yield ("corpora", name), what


def _of_models(config: Config) -> Iterator[Mistake]:
    for name, experiment in config.selected().items():
        needed = [getattr(experiment.model, "pretrained", None)]
        if experiment.features in config.features:
            needed.append(config.pretrained_of(experiment.features))
        for pretrained in filter(None, needed):
            model = config.pretrained.get(pretrained)
            if model and not model.demo_model:
                what = f"'{pretrained}' has no `demo_model`: with `data: demo` say `select`"
                yield ("experiments", name, "model"), what
