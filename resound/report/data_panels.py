"""Panels of the figures of a corpus: counts, and distributions by name and part."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Counts = dict[str, NDArray[np.intp]]
"""The counts of each part, shape (names,) or (bins,)."""

WHOLE = "whole"
"""The name of the only part of recordings that are not yet divided into parts."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Bars:
    """Counts by name and part, as bars."""

    title: str
    names: Sequence[str]
    counts: Counts
    copies: Counts = field(default_factory=dict)
    """How many of the counted items repeat another item of their part."""
    stacked: bool = True
    """False if one unit may be counted in several parts, as a speaker is."""


@dataclass(frozen=True)
class Ranges:
    """Distributions by name and part, by their `QUANTILES`."""

    title: str
    unit: str
    names: Sequence[str]
    quantiles: dict[str, NDArray[np.float64]]
    """For each part, shape (names, quantiles); NaN where a part has no item of the name."""


@dataclass(frozen=True)
class Histogram:
    """Distributions by part, by their counts in bins."""

    title: str
    unit: str
    edges: NDArray[np.float64]
    counts: Counts


Panel = Bars | Ranges | Histogram


@dataclass(frozen=True)
class Row:
    """The panels of one split, or of what there was before."""

    title: str
    panels: Sequence[Panel]
