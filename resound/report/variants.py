"""Variants of an experiment side by side; each changes one setting of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.io.files import read_json
from resound.report.results import ClassificationResult, comparable_report


@dataclass(frozen=True)
class Variant:
    """A row of the table: the base experiment or one of its variants."""

    result: ClassificationResult
    comparison: Mapping[str, Any] | None
    """The comparison with the base on the first seed's test items; None for the base."""
    reported: Mapping[str, Any] | None
    """The reported metrics; None unless they were measured on the same corpus."""


@dataclass(frozen=True)
class Family:
    """A base experiment and its variants."""

    base: str
    """The name of the base experiment."""
    rows: list[Variant]
    """The base, then its variants."""

    @property
    def subsets(self) -> dict[str, int]:
        """The number of items of each subset of the test part that any row is scored on."""
        return {
            name: metrics["items"]
            for row in self.rows
            for name, metrics in row.result.runs[0].subsets.items()
        }

    @property
    def comparisons(self) -> int:
        """The number of rows that are compared with the base."""
        return sum(row.comparison is not None for row in self.rows)

    @property
    def items(self) -> int:
        """The number of test items of the largest comparison."""
        return max(int(row.comparison["items"]) for row in self.rows if row.comparison)


def read_families(
    results: Mapping[str, ClassificationResult],
    corpora: Mapping[str, dict[str, Any]],
    data: str,
    runs: Path,
) -> list[Family]:
    """Return one family per experiment that others are a `variant_of`, in the order of `results`.

    Variants whose base is not selected are in no family.
    """

    def read_variant(result: ClassificationResult, base: str) -> Variant:
        run = runs / result.name / str(result.runs[0].seed)
        comparison = None if result.name == base else read_json(run / "comparison.json")
        return Variant(result, comparison, comparable_report(result.settings, corpora, data))

    variants: dict[str, list[ClassificationResult]] = {}
    for result in results.values():
        if base := result.settings.get("variant_of"):
            variants.setdefault(base, []).append(result)
    return [
        Family(base, [read_variant(result, base) for result in [results[base], *variants[base]]])
        for base in results
        if base in variants
    ]
