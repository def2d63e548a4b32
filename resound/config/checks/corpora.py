"""Checks of corpora."""

from collections.abc import Iterable, Iterator

from resound.config.checks.mistakes import Mistake
from resound.config.corpora import Corpus
from resound.data.path_pattern import PathPattern
from resound.errors import UserError, nearest


def mistakes(corpus: Corpus) -> Iterator[Mistake]:
    """Yield settings of a corpus that are missing or contradict each other."""
    if (corpus.path_pattern is None) == (corpus.pairs is None):
        yield (), "needs `path_pattern`, of recordings, or `pairs`, of texts, and only one of them"
    elif corpus.pairs:
        yield from _of_pairs(corpus)
    else:
        yield from _of_layout(corpus)
    yield from _of_labels(corpus)
    yield from _of_reported(corpus)
    if corpus.transcripts and (problem := corpus.transcripts.problem()):
        yield ("transcripts", "files"), problem
    if corpus.transcripts and corpus.transcripts.text and corpus.chunk_seconds:
        yield ("chunk_seconds",), "the text of a chunk is not known: use `max_seconds`"
    if corpus.truncate and not corpus.max_seconds:
        yield ("truncate",), "needs `max_seconds`"
    reported = corpus.reported_items
    if isinstance(reported, list) and reported[0] > reported[1]:
        yield ("reported_items",), "a range begins with its least number: swap the two"


def _of_reported(corpus: Corpus) -> Iterator[Mistake]:
    """Yield why a report cannot be compared by frames."""
    if corpus.reported_frames is None:
        return
    if corpus.frame_ms is None:
        yield ("reported_frames",), "is for arrays of frames (`frame_ms`): use `reported_items`"
    if corpus.reported_items is not None:
        yield ("reported_frames",), "is instead of `reported_items`: drop one of them"


def fields(corpus: Corpus) -> set[str]:
    """Return the fields that a corpus has for its items; none if its path pattern is wrong."""
    if corpus.pairs:
        return {"label", "group", "partition"}
    tables = corpus.transcripts
    columns = {"speaker": tables.speaker, "group": tables.group} if tables else {}
    columns |= {"label": tables.label} if tables else {}
    try:
        named = PathPattern(corpus.path_pattern or "").fields
    except UserError:
        return set()
    return named | {name for name, column in columns.items() if column}


def _of_pairs(corpus: Corpus) -> Iterator[Mistake]:
    if corpus.pairs and (problem := corpus.pairs.problem()):
        yield ("pairs", "files"), problem
    for name in ("transcripts", "alignment", "frame_ms", "chunk_seconds", "max_seconds"):
        if getattr(corpus, name) is not None:
            yield (name,), "is for recordings, not for `pairs`: drop it"
    if corpus.shards > 1:
        yield ("shards",), "is for recordings, not for `pairs`: drop it"


def _of_layout(corpus: Corpus) -> Iterator[Mistake]:
    try:
        named = PathPattern(corpus.path_pattern or "").fields
    except UserError as error:
        yield ("path_pattern",), str(error)
        return
    if "label" not in named and not corpus.alignment and not corpus.transcripts:
        what = f"the path pattern {corpus.path_pattern!r} has no {{label}}: mark the part of a"
        yield ("path_pattern",), f"{what} path that is the class"
    if corpus.alignment and (unknown := PathPattern(corpus.alignment.path).fields - named):
        yield ("alignment", "path"), f"`path_pattern` has no {{{min(unknown)}}}"


def _of_labels(corpus: Corpus) -> Iterator[Mistake]:
    alignment, labels = corpus.alignment, corpus.labels
    if not labels:
        if alignment:
            yield ("labels",), "an `alignment` needs the classes of its symbols"
        return
    if len(set(labels)) < len(labels):
        yield ("labels",), "a label is here twice: keep one of them"
    for name in corpus.label_names.values():
        if name not in labels:
            yield ("label_names",), _no_label(name, labels)
    if alignment:
        if alignment.silence not in labels:
            yield ("alignment", "silence"), _no_label(alignment.silence, labels)
        for symbol, name in alignment.fold.items():
            if name not in labels:
                yield ("alignment", "fold", symbol), _no_label(name, labels)


def _no_label(name: str, labels: Iterable[str]) -> str:
    return f"'{name}' is none of the labels{nearest(name, labels)}"
