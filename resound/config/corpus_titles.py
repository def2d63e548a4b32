"""The title and licence of a corpus belong to the sources with which they are written.

The sources of a corpus are alternative places of the same recordings. So a file that names other
sources, and keeps none of the earlier ones, names another corpus: the title, licence, citation and
size of earlier files do not hold for it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

DESCRIPTION = ("title", "licence", "citation", "size_mb")
_KEYS = ("sources", *DESCRIPTION)


def describe_sources(
    corpora: Mapping[str, Any], layers: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return `corpora` without descriptions of other sources than those in use.

    `layers` are the sections that `corpora` was merged from, the one with the highest precedence
    last. A corpus that is left without a title gets an empty one.
    """
    return {name: _describe(corpus, name, layers) for name, corpus in corpora.items()}


def not_in(
    merged: Mapping[str, Any], files: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return what `merged` says of sources and titles that none of the `files` explains.

    That is what the command line, or a workflow that imports this one, adds to them.
    """
    rest: dict[str, dict[str, Any]] = {}
    for name in merged:
        known: dict[str, Any] = {}
        for file in files:
            known |= _entry(file, name)
        own = _entry(merged, name).items()
        rest[name] = {key: value for key, value in own if key not in known or known[key] != value}
    return rest


def _describe(corpus: Any, name: str, layers: Sequence[Mapping[str, Any]]) -> Any:
    description: dict[str, Any] = {}
    sources: list[Any] | None = None
    for layer in layers:
        entry = _entry(layer, name)
        new = entry.pop("sources", None)
        if isinstance(new, list):
            if sources and not any(source in sources for source in new):
                description = {}
            sources = new
        description |= entry
    if not isinstance(corpus, Mapping) or not sources:
        return corpus
    described = {key: corpus[key] for key in corpus if key not in DESCRIPTION or key in description}
    return {"title": "", **described} if "title" in corpus else described


def _entry(corpora: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the sources and the description of a corpus in a section, if it has any."""
    entry = corpora.get(name)
    return {key: entry[key] for key in _KEYS if key in entry} if isinstance(entry, Mapping) else {}
