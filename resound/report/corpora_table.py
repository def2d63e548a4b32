"""The corpora that were used as a table: from where, under which licence, what was found."""

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
    "set aside",
)


def catalogue(
    settings: Mapping[str, Mapping[str, Any]],
    manifests: Mapping[str, Mapping[str, Any]],
    summaries: Mapping[str, Mapping[str, Any]],
) -> str:
    """Each corpus with where it came from and what was found in it, as Markdown."""
    rows = []
    for name, told in settings.items():
        found, came = summaries[name], manifests[name]
        rows.append(
            [
                f"{name} ({told['title']})",
                {"demo": "made on the spot"}.get(came["kind"], came.get("source", came["root"])),
                came["version"][:12],
                "MIT, as the code" if came["kind"] == "demo" else told["licence"],
                "" if came["kind"] == "demo" else told["citation"],
                came.get("sha256", ""),
                f"{found['items']:,}",
                f"{found['seconds'] / 3600:.2f}" if found["seconds"] else "",
                f"{found['rejected']:,}",
            ]
        )
    return "# Corpora\n\n" + table(COLUMNS, rows) + "\n"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its columns lined up."""
    lines = [list(columns), *([cell.replace("|", "/") for cell in row] for row in rows)]
    widths = [max(len(line[n]) for line in lines) for n in range(len(columns))]

    def joined(cells: Sequence[str]) -> str:
        return "| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths)) + " |"

    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([joined(lines[0]), rule, *map(joined, lines[1:])])
