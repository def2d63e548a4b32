"""The figure of a corpus: one row of plots per split, drawn into one SVG image."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from resound.report.data_panels import WHOLE, Bars, Histogram, Panel, Ranges, Row
from resound.report.plots import BLUE, GREY, INK, ORANGE, STYLE, save

COLOURS = {
    "train": BLUE,
    "validation": "#1a7f4b",
    "test": ORANGE,
    "unknown": GREY,
    "unlabelled": GREY,
    WHOLE: INK,
}
_COPIES_ALPHA = 0.4
_MAX_NAME = 18
"""Longer names are abbreviated."""

# Inches. Margins are computed because matplotlib's own layout takes seconds for many axes.
_WIDTH, _NAME, _GAP, _CHARACTER = 1.5, 0.2, 0.2, 0.06
_ABOVE, _BELOW, _LEGEND, _PER_NAME, _MIN_HEIGHT = 0.55, 0.45, 0.3, 0.15, 0.8


def draw_data(rows: Sequence[Row], path: Path) -> None:
    """Draw each row's panels side by side into one SVG image, with a legend of the parts."""
    with matplotlib.rc_context({**STYLE, "font.size": 8, "axes.titlesize": 8.5}):
        save(data_figure(rows), path)


def data_figure(rows: Sequence[Row]) -> Figure:
    """Return the figure of the rows; its axes are in the order of the panels."""
    margins = [list(map(_margin, row.panels, _are_named(row.panels))) for row in rows]
    heights = [max(map(_height, row.panels)) for row in rows]
    width = max(4.5, *(sum(of_row) + len(of_row) * (_WIDTH + _GAP) for of_row in margins))
    total = _LEGEND + sum(heights) + len(rows) * (_ABOVE + _BELOW)
    figure, top = Figure(figsize=(width, total)), total - _LEGEND
    for row, of_row, height in zip(rows, margins, heights):
        figure.text(0.05 / width, (top - 0.04) / total, row.title, va="top", weight="bold")
        top -= _ABOVE
        left = 0.0
        for panel, margin, has_names in zip(row.panels, of_row, _are_named(row.panels)):
            own = _height(panel)
            left += margin
            box = left / width, (top - own) / total, _WIDTH / width, own / total
            _draw(figure.add_axes(box), panel, has_names)
            left += _WIDTH + _GAP
        top -= height + _BELOW
    _add_legend(figure, [panel for row in rows for panel in row.panels])
    return figure


def _are_named(panels: Sequence[Panel]) -> list[bool]:
    """Return which panels show names: the first one, and those with other names."""
    names = [[] if isinstance(panel, Histogram) else list(panel.names) for panel in panels]
    return [n == 0 or bool(of_panel and of_panel != names[0]) for n, of_panel in enumerate(names)]


def _draw(axes: Axes, panel: Panel, has_names: bool) -> None:
    if isinstance(panel, Histogram):
        _draw_histogram(axes, panel)
    else:
        if isinstance(panel, Ranges):
            _draw_ranges(axes, panel)
        else:
            (_draw_stacked if panel.stacked else _draw_beside)(axes, panel)
        _name_rows(axes, panel.names, has_names)
    axes.set_title(panel.title, loc="left")
    unit = "items" if isinstance(panel, Bars) else panel.unit
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=unit != "seconds", min_n_ticks=1))


def _draw_stacked(axes: Axes, panel: Bars) -> None:
    """Draw the parts one after the other, of each its distinct items before its copies."""
    rows, left = np.arange(len(panel.names)), np.zeros(len(panel.names))
    for part, counts in panel.counts.items():
        copies = panel.copies.get(part, np.zeros_like(counts))
        _draw_bars(axes, rows, left, counts - copies, 0.75, color=COLOURS[part])
        left = left + counts - copies
        _draw_bars(axes, rows, left, copies, 0.75, color=COLOURS[part], alpha=_COPIES_ALPHA)
        left = left + copies
    axes.set_xlim(0, 1.04 * max(1, left.max()))


def _draw_beside(axes: Axes, panel: Bars) -> None:
    rows, left = np.arange(len(panel.names)), np.zeros(len(panel.names))
    for part, shift, thickness in _lanes(panel.counts):
        counts = panel.counts[part]
        _draw_bars(axes, rows + shift, left, counts, 0.9 * thickness, color=COLOURS[part])
    axes.set_xlim(0, 1.04 * max(1, *(counts.max() for counts in panel.counts.values())))


def _draw_bars(
    axes: Axes,
    y: NDArray[Any],
    left: NDArray[Any],
    lengths: NDArray[Any],
    thickness: float,
    **style: Any,
) -> None:
    """Draw horizontal bars around `y`, shape (bars,); one collection is faster than patches."""
    top, bottom, right = y - thickness / 2, y + thickness / 2, left + lengths
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    vertices = np.stack([np.stack(corner, axis=-1) for corner in corners], axis=1)
    if lengths.any():
        axes.add_collection(PolyCollection(list(vertices[lengths > 0]), linewidth=0, **style))


def _draw_ranges(axes: Axes, panel: Ranges) -> None:
    """Draw 90 % of the items as a thin line, half of them as a thick one, the median as a dot."""
    for part, shift, _ in _lanes(panel.quantiles):
        known = ~np.isnan(panel.quantiles[part][:, 0])
        y, colour = np.flatnonzero(known) + shift, COLOURS[part]
        low, lower, median, upper, high = panel.quantiles[part][known].T
        axes.hlines(y, low, high, color=colour, linewidth=0.8)
        axes.hlines(y, lower, upper, color=colour, linewidth=2.4)
        axes.plot(median, y, "o", color=colour, markersize=3, markerfacecolor="white", mew=0.9)
    axes.set(xlabel=panel.unit)


def _draw_histogram(axes: Axes, panel: Histogram) -> None:
    """Draw the parts one above the other."""
    bottom: NDArray[Any] = np.zeros(len(panel.edges) - 1)
    for part, counts in panel.counts.items():
        axes.stairs(bottom + counts, panel.edges, baseline=bottom, fill=True, color=COLOURS[part])
        bottom = bottom + counts
    axes.set(xlabel=panel.unit)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _name_rows(axes: Axes, names: Sequence[str], has_names: bool) -> None:
    axes.set_ylim(len(names) - 0.5, -0.5)
    if has_names:
        axes.set_yticks(range(len(names)), [_abbreviated(name) for name in names])
        axes.tick_params(axis="y", length=0, labelsize=7.5)
    else:
        axes.set_yticks([])


def _lanes(parts: Iterable[str]) -> list[tuple[str, float, float]]:
    """Return the shift and the thickness of each part's lane within the row of a name."""
    names = list(parts)
    thickness = 0.8 / len(names)
    return [(part, (n + 0.5) * thickness - 0.4, thickness) for n, part in enumerate(names)]


def _abbreviated(name: str) -> str:
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"


def _margin(panel: Panel, has_names: bool) -> float:
    """Return the width in inches that the names (or counts) left of a panel take."""
    if isinstance(panel, Histogram):
        return _NAME + 4 * _CHARACTER
    if not has_names:
        return _NAME
    return _NAME + _CHARACTER * max(len(_abbreviated(name)) for name in panel.names)


def _height(panel: Panel) -> float:
    names = 0 if isinstance(panel, Histogram) else len(panel.names)
    return max(0.3 if names == 1 else _MIN_HEIGHT, _PER_NAME * names)


def _add_legend(figure: Figure, panels: Sequence[Panel]) -> None:
    """Add the names of the parts that occur, and of copies if there are some."""
    bars = [panel for panel in panels if isinstance(panel, Bars)]
    used = {part for panel in bars for part in panel.counts} - {WHOLE}
    patches = [Patch(color=c, label=part) for part, c in COLOURS.items() if part in used]
    if any(copies.any() for panel in bars for copies in panel.copies.values()):
        patches.append(Patch(color=GREY, alpha=_COPIES_ALPHA, label="copies (paler)"))
    figure.legend(handles=patches, loc="upper left", ncols=len(patches), handlelength=1)
