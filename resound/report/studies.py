"""What the report tells of studies: claims, what was computed, verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resound.io.files import read_json
from resound.report.results import svg


@dataclass(frozen=True)
class Study:
    """A study's findings, as `resound.studies.common.findings` has them, and its figures."""

    name: str
    findings: dict[str, Any]
    plot: str | None
    """An SVG figure as a data URI; None where there is nothing to draw."""


def read_studies(names: Sequence[str], folder: Path) -> list[Study]:
    """The studies, read from `folder`."""
    found = []
    for name in names:
        findings = read_json(folder / f"{name}.json")
        plot = svg(folder / f"{name}.svg") if findings["figures"] else None
        found.append(Study(name, findings, plot))
    return found


def flags(
    studies: Sequence[Study], experiments: Mapping[str, Mapping[str, Any]]
) -> dict[str, list[tuple[str, str]]]:
    """The warnings of each experiment that a study flags: the study and its words."""
    found: dict[str, list[tuple[str, str]]] = {name: [] for name in experiments}
    for study in studies:
        for flag in study.findings["flags"]:
            for name, told in experiments.items():
                if all(told[key] == flag[key] for key in ("corpus", "features", "split")):
                    found[name].append((study.name, flag["text"]))
    return found


def cell(value: str | float | None) -> str:
    """A cell of a table: numbers to four digits, whole ones with commas, nothing as a dash."""
    if value is None:
        return "\u2013"
    if isinstance(value, str):
        return value
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"
