"""The figures of studies as SVG, two in a row: lines, dots, bars and shades."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from resound.report.plots import GREY, INK, STYLE, save

_SHADES = ("#2f6db3", "#d9772b", "#1a7f4b", "#8a5fb0", "#b3261e", "#5c6875", "#c2a01d", "#2a9aa8")
_MOST_NAMES = 24
_MOST_INSIDE = 2
"""Names in a legend within the axes; more stand below them."""


def draw(figures: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw `figures`, as `resound.studies.common.findings` has them, into one file."""
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
    if told["kind"] == "heat":
        return max(2.4, 0.22 * len(told["rows"]) + 1.4)
    names = sum(bool(series["name"]) for series in told["series"])
    return 3.0 + (0.09 * names if names > _MOST_INSIDE else 0)


def _plot(axes: Axes, told: Mapping[str, Any]) -> None:
    named = len(told["series"]) > 1
    for n, series in enumerate(told["series"]):
        shade = n if series["shade"] is None else series["shade"]
        look: dict[str, Any] = {"color": _SHADES[shade % len(_SHADES)]}
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
    if told["log_x"]:
        axes.set_xscale("log")
        _plain_numbers(axes.xaxis)
    if told["log_y"]:
        axes.set_yscale("log")
        _plain_numbers(axes.yaxis)
    names = [series["name"] for series in told["series"] if series["name"]]
    if named and all(s["look"] == "bars" and len(s["x"]) == 1 for s in told["series"]):
        places = [series["x"][0] for series in told["series"]]
        axes.set_xticks(places, names, rotation=30, ha="right", fontsize=7.5)
    elif named and len(names) > _MOST_INSIDE:
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    elif named:
        axes.legend(fontsize=7.5)


def _plain_numbers(axis: Axis) -> None:
    """Name 1, 2, 5 and so on where a logarithmic axis is short, else powers of ten."""
    low, high = axis.get_view_interval()
    short = high / low < 1e3
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if short else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


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
