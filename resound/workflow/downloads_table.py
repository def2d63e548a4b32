"""What is about to be brought: how large, under which licence, by whom."""

from collections.abc import Sequence

from resound.config.schema import Config
from resound.report.corpora_table import table


def downloads_table(config: Config, corpora: Sequence[str], models: Sequence[str]) -> str:
    """What `snakemake download` is about to bring, before it does."""
    rows = []
    for name in corpora:
        corpus = config.corpora[name]
        if config.data == "demo":
            told = ["made on the spot", "", ""]
        else:
            size = f"{corpus.size_mb:,} MB" if corpus.size_mb else "not stated"
            told = [size, corpus.licence, corpus.citation]
        rows.append([f"{name} ({corpus.title})", *told])
    for name in models:
        model = config.pretrained.get(name)
        told = (
            [f"{model.size_mb:,} MB" if model.size_mb else "not stated", model.licence, model.hub]
            if model
            else ["made on the spot", "", ""]
        )
        rows.append([name, *told])
    return table(("what", "size", "licence", "citation"), rows)
