"""What is about to be downloaded: its size, licence and source."""

from collections.abc import Sequence

from resound.config.corpora import Corpus
from resound.config.schema import Config
from resound.models.common.hub import Pretrained
from resound.report.corpora_table import markdown_table

_COLUMNS = ("what", "size", "licence", "citation")
_DEMO = ["made for the demo", "", ""]


def downloads_table(config: Config, corpora: Sequence[str], models: Sequence[str]) -> str:
    """Return what `snakemake download` is about to get, as a Markdown table."""
    rows = []
    for name in corpora:
        corpus = config.corpora[name]
        cells = _DEMO if config.data == "demo" else _of_corpus(corpus)
        rows.append([f"{name} ({corpus.title})" if corpus.title else name, *cells])
    for name in models:
        model = config.pretrained.get(name)
        rows.append([name, *(_of_model(model) if model else _DEMO)])
    return markdown_table(_COLUMNS, rows)


def _of_corpus(corpus: Corpus) -> list[str]:
    return [_size(corpus.size_mb), corpus.licence, corpus.citation]


def _of_model(model: Pretrained) -> list[str]:
    return [_size(model.size_mb), model.licence, model.hub]


def _size(size_mb: int | None) -> str:
    return f"{size_mb:,} MB" if size_mb else "not stated"
