"""Checks that what is selected has its data and its models."""

from collections.abc import Iterator

from resound.config.checks.in_use import InUse
from resound.config.checks.mistakes import Mistake
from resound.config.schema import Config


def mistakes(config: Config, used: InUse) -> Iterator[Mistake]:
    """Yield corpora in use without data, and models in use without a demo model on demo data."""
    for name, corpus in config.corpora.items():
        if name in used.corpora and config.data == "demo" and not corpus.demo:
            what = "has no `demo`: leave it out of `select`, or use `data: real`"
            yield ("corpora", name), what
        if name in used.corpora and config.data == "real" and not corpus.sources:
            what = "has no `sources`: say where the recordings are, `sources: [{folder: ...}]`"
            yield ("corpora", name), what
    if config.data == "demo":
        for name, model in config.pretrained.items():
            if name in used.pretrained and not model.demo_model:
                what = (
                    "has no `demo_model`: leave out of `select` what needs it, or use `data: real`"
                )
                yield ("pretrained", name), what
