"""Variants of an experiment side by side: one thing is changed in each, all else stays."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.io.files import read_json
from resound.report.results import Result, reported


@dataclass(frozen=True)
class Variant:
    """A line of the table: the experiment that others vary, or one of those."""

    result: Result
    comparison: Mapping[str, Any] | None
    """Of the first seed's test items with those of the base; None for the base itself."""
    reported: Mapping[str, Any] | None
    """The reported figures, on the very corpus that they were measured on; else None."""


@dataclass(frozen=True)
class Family:
    """An experiment and its variants."""

    base: str
    """The name of the experiment that is varied."""
    lines: list[Variant]
    """The base first."""

    @property
    def subsets(self) -> dict[str, int]:
        """Which subsets of the test part any of them was judged on, and their items."""
        found = [line.result.runs[0].subsets for line in self.lines]
        return {name: figures["items"] for told in found for name, figures in told.items()}

    @property
    def compared(self) -> int:
        """How many lines are compared with the base."""
        return sum(line.comparison is not None for line in self.lines)

    @property
    def items(self) -> int:
        """Over how many test items they are compared, at most."""
        return max(int(line.comparison["items"]) for line in self.lines if line.comparison)


def families(
    results: Mapping[str, Result], corpora: Mapping[str, dict[str, Any]], data: str, runs: Path
) -> list[Family]:
    """A family for each experiment that others are a `variant_of`, in the order of `results`.

    One that was not selected has none.
    """

    def line(result: Result, base: str) -> Variant:
        run = runs / result.name / str(result.runs[0].seed)
        compared = None if result.name == base else read_json(run / "comparison.json")
        return Variant(result, compared, reported(result.settings, corpora, data))

    members: dict[str, list[Result]] = {}
    for result in results.values():
        if base := result.settings.get("variant_of"):
            members.setdefault(base, []).append(result)
    return [
        Family(base, [line(result, base) for result in [results[base], *members[base]]])
        for base in results
        if base in members
    ]
