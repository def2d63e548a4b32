"""Studies on the report page: their claims with verdicts, tables, plots and flags."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.io.files import read_json
from resound.report.results import svg_data_uri


@dataclass(frozen=True)
class Study:
    """A study with the JSON form of its `resound.studies.common.findings.Findings`."""

    name: str
    findings: dict[str, Any]
    plot: str | None
    """All plots as one SVG image in a data URI; None where there are none."""


def read_studies(names: Sequence[str], folder: Path) -> list[Study]:
    """Read the findings and plots of the named studies from `folder`."""
    studies = []
    for name in names:
        findings = read_json(folder / f"{name}.json")
        plot = svg_data_uri(folder / f"{name}.svg") if findings["plots"] else None
        studies.append(Study(name, findings, plot))
    return studies


def collect_flags(
    studies: Sequence[Study], experiments: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[tuple[str, str]]]:
    """Return the flags of each experiment as pairs of a study's name and its warning.

    `experiments` has the settings of each experiment by name. A flag belongs to all experiments
    with its corpus, features and split.
    """
    flags: dict[str, list[tuple[str, str]]] = {name: [] for name in experiments}
    for study in studies:
        for flag in study.findings["flags"]:
            for name, settings in experiments.items():
                if all(settings[key] == flag[key] for key in ("corpus", "features", "split")):
                    flags[name].append((study.name, flag["text"]))
    return flags


def format_source(source: Mapping[str, str]) -> str:
    """Return who makes a claim: the report and its part, or that it is our own."""
    return source["where"] if source["origin"] == "report" else f"ours: {source['where']}"


def format_cell(value: str | float | None) -> str:
    """Return a table cell: numbers with four digits, integers with commas, None as a dash."""
    if value is None:
        return "\u2013"
    if isinstance(value, str):
        return value
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"
