"""A Markdown table of the corpora: source, licence, citation, checksum and size."""

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = (
    "corpus",
    "source",
    "version",
    "licence",
    "citation",
    "SHA-256",
    "items",
    "hours",
    "rejected",
)


def corpora_table(
    settings: Mapping[str, Mapping[str, Any]],
    manifests: Mapping[str, Mapping[str, Any]],
    summaries: Mapping[str, Mapping[str, Any]],
) -> str:
    """Return a Markdown page with one row per corpus of `settings`.

    `manifests` say where each corpus comes from (`source.json`), `summaries` what its index holds.
    """
    rows = [_row(name, settings[name], manifests[name], summaries[name]) for name in settings]
    return "# Corpora\n\n" + markdown_table(COLUMNS, rows) + "\n"


def _row(
    name: str, settings: Mapping[str, Any], manifest: Mapping[str, Any], summary: Mapping[str, Any]
) -> list[str]:
    demo, source = manifest["kind"] == "demo", source_of(manifest)
    return [
        f"{name} ({settings['title'] or f'from {source}'})",
        "generated" if demo else source,
        manifest["version"][:12],
        "MIT, like the code" if demo else settings["licence"],
        "" if demo else settings["citation"],
        manifest.get("sha256", ""),
        f"{summary['items']:,}",
        f"{summary['seconds'] / 3600:.2f}" if summary["seconds"] else "",
        f"{summary['rejected']:,}",
    ]


def source_of(manifest: Mapping[str, Any]) -> str:
    """Return where a corpus comes from: a path, or the name of what was downloaded."""
    return str(manifest.get("source", manifest["root"]))


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table with aligned columns; `|` in a cell becomes `/`."""
    lines = [list(columns), *([cell.replace("|", "/") for cell in row] for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(columns))]

    def joined(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([joined(lines[0]), rule, *map(joined, lines[1:])])
