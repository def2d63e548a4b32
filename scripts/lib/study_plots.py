"""The figures of studies as SVG, two in a row: lines, dots, bars and shades."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from scripts.lib.plots import GREY, INK, STYLE, save

_SHADES = ("#2f6db3", "#d9772b", "#1a7f4b", "#8a5fb0", "#b3261e", "#5c6875", "#c2a01d", "#2a9aa8")
_MOST_NAMES = 24


def draw(figures: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw `figures`, as `scripts.lib.studies.findings` has them, into one file."""
    with matplotlib.rc_context(STYLE):
        columns = min(2, max(1, len(figures)))
        rows = -(-max(1, len(figures)) // columns)
        height = sum(max(_height(f) for f in figures[n : n + 2]) for n in range(0, len(figures), 2))
        figure = Figure(figsize=(4.6 * columns, max(0.4, height)), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in grid[len(figures) :]:
            axes.set_axis_off()
        for axes, told in zip(grid, figures):
            (_heat if told["kind"] == "heat" else _plot)(axes, told)
            axes.set_title(told["title"])
        save(figure, path)


def _height(told: Mapping[str, Any]) -> float:
    """Inches."""
    return 3.0 if told["kind"] == "plot" else max(2.4, 0.22 * len(told["rows"]) + 1.4)


def _plot(axes: Axes, told: Mapping[str, Any]) -> None:
    named = len(told["series"]) > 1
    for n, series in enumerate(told["series"]):
        look: dict[str, Any] = {"color": _SHADES[n % len(_SHADES)]}
        if named:
            look["label"] = series["name"]
        x, y, error = series["x"], series["y"], series["error"]
        if series["look"] == "bars":
            axes.bar(x, y, yerr=error, ecolor=INK, **look)
        elif series["look"] == "dots":
            axes.errorbar(x, y, yerr=error, fmt="o", markersize=3, **look)
        else:
            dashes = "--" if series["look"] == "dashes" else "-"
            axes.errorbar(x, y, yerr=error, linestyle=dashes, capsize=2, **look)
    axes.set(xlabel=told["x"], ylabel=told["y"])
    for axis, way in (("x", axes.xaxis), ("y", axes.yaxis)):
        if told[f"log_{axis}"]:
            axes.set(**{f"{axis}scale": "log"})
            # As plain numbers: powers are mathematics to matplotlib, which STYLE does not parse.
            way.set_major_formatter("{x:g}")
            way.set_minor_formatter(NullFormatter())
    if named:
        axes.legend(fontsize=7.5)


def _heat(axes: Axes, told: Mapping[str, Any]) -> None:
    values = np.array(told["values"], float)
    axes.imshow(values, cmap="YlOrRd", aspect="auto", vmin=0)
    small = len(told["rows"]) > _MOST_NAMES
    size = 5 if small else 7.5
    axes.set_xticks(
        range(len(told["columns"])), told["columns"], rotation=30, ha="right", fontsize=size
    )
    axes.set_yticks(range(len(told["rows"])), told["rows"], fontsize=size)
    axes.tick_params(length=0)
    bright = np.nanmax(values) * 0.6 if np.isfinite(values).any() else 0
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            shade = "white" if value > bright else INK
            axes.text(
                column, row, f"{value:.2g}", ha="center", va="center", fontsize=size, color=shade
            )
    axes.spines[:].set_color(GREY)
