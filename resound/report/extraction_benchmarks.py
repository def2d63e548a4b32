"""Results of the benchmarks of feature extraction, read from the results folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.io.files import read_json
from resound.report.results import comparable_report, svg_data_uri


@dataclass(frozen=True)
class ExtractionBenchmark:
    """The measured speed of several methods of feature extraction."""

    name: str
    settings: dict[str, Any]
    metrics: dict[str, Any]
    """The content of `{name}.json`."""
    plot: str
    """The SVG plot as a data URI."""
    reported: Mapping[str, Any] | None
    """The reported seconds; None unless they were measured on the same corpus."""


def read_benchmarks(
    benchmarks: Mapping[str, dict[str, Any]],
    corpora: Mapping[str, dict[str, Any]],
    data: str,
    folder: Path,
) -> list[ExtractionBenchmark]:
    """Read the extraction benchmarks from `folder`."""
    return [
        ExtractionBenchmark(
            name,
            settings,
            read_json(folder / f"{name}.json"),
            svg_data_uri(folder / f"{name}.svg"),
            comparable_report(settings, corpora, data),
        )
        for name, settings in benchmarks.items()
    ]
