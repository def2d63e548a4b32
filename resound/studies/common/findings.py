"""What a study finds: claims with verdicts, tables, figures to be drawn, flags."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Cell = str | float | int | None


@dataclass(frozen=True)
class Claim:
    """A statement of a report, and what came of it."""

    text: str
    """What the report says, in other words."""
    source: str
    """Which report, and where in it."""
    holds: bool | None
    """Whether it is true; None where the figures leave it open."""
    because: str
    """The figures that say so, in a sentence."""


@dataclass(frozen=True)
class Table:
    """A table as the page shows it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""


@dataclass(frozen=True)
class Series:
    """A line or dots of a plot."""

    name: str
    """As the legend has it; one without a name is not there."""
    x: Sequence[float]
    y: Sequence[float]
    error: Sequence[float] | None = None
    """Half the length of an error bar at each point."""
    look: Literal["line", "dots", "dashes", "bars"] = "line"
    shade: int | None = None
    """Which colour, for series that belong together; by default each has its own."""


@dataclass(frozen=True)
class Plot:
    """Series over one another."""

    title: str
    x: str
    """What the horizontal axis is."""
    y: str
    series: Sequence[Series]
    log_x: bool = False
    log_y: bool = False
    kind: Literal["plot"] = "plot"


@dataclass(frozen=True)
class Heat:
    """Values in rows and columns, as shades; None where there is none."""

    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[float | None]]
    kind: Literal["heat"] = "heat"


@dataclass(frozen=True)
class Flag:
    """A warning that belongs to experiments on this corpus, with these features and this split."""

    corpus: str
    features: str
    split: str
    text: str


@dataclass(frozen=True)
class Findings:
    """All that a study found."""

    title: str
    method: str
    """What was computed, in a sentence or two."""
    claims: Sequence[Claim]
    tables: Sequence[Table] = ()
    figures: Sequence[Plot | Heat] = ()
    flags: Sequence[Flag] = ()
