"""The findings of a study: claims with verdicts, tables, plots and flags."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Cell = str | float | int | None


@dataclass(frozen=True)
class Source:
    """Who makes a statement."""

    origin: Literal["report", "ours"]
    """Whether it stands in a report or is our own addition."""
    where: str
    """The report and the part of it, or for our own: where the statement comes from."""


@dataclass(frozen=True)
class Claim:
    """A statement and the verdict on it."""

    statement: str
    """The statement, in other words than the report's."""
    source: Source
    verdict: bool | None
    """Whether the statement is true; None where the metrics leave it open."""
    evidence: str
    """The metrics behind the verdict, in a sentence."""


@dataclass(frozen=True)
class Table:
    """A table of the report page."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True)
class Series:
    """One line, set of points or set of bars of a plot."""

    name: str
    """The entry in the legend; a series with an empty name has none."""
    x: Sequence[float]
    y: Sequence[float]
    error: Sequence[float] | None = None
    """Half the length of the error bar at each point."""
    style: Literal["line", "points", "dashed", "bars"] = "line"
    colour: int | None = None
    """The index of a colour, for series that share one; None gives each series its own."""


@dataclass(frozen=True)
class Plot:
    """Several series on the same axes."""

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    log_x: bool = False
    log_y: bool = False
    kind: Literal["plot"] = "plot"


@dataclass(frozen=True)
class Heatmap:
    """Values in rows and columns, drawn as colours; None where there is no value."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    kind: Literal["heatmap"] = "heatmap"


@dataclass(frozen=True)
class Flag:
    """A warning about all experiments that use this corpus, these features and this split."""

    corpus: str
    features: str
    split: str
    text: str


@dataclass(frozen=True)
class Findings:
    """Everything that a study writes."""

    title: str
    method: str
    """What was computed, in a sentence or two."""
    claims: Sequence[Claim]
    tables: Sequence[Table] = ()
    plots: Sequence[Plot | Heatmap] = ()
    flags: Sequence[Flag] = ()
