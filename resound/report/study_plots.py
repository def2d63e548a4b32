"""The plots of a study in one SVG image, two per row: series on axes, and heatmaps."""

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

_COLOURS = ("#2f6db3", "#d9772b", "#1a7f4b", "#8a5fb0", "#b3261e", "#5c6875", "#c2a01d", "#2a9aa8")
_MAX_LARGE_ROWS = 24
"""Heatmaps with more rows have smaller text."""
_MAX_NAMES_INSIDE = 2
"""A legend with more names is below the axes."""


def draw_plots(plots: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write an SVG image of plots and heatmaps, as `resound.studies.common.findings` has them."""
    with matplotlib.rc_context(STYLE):
        columns = min(2, max(1, len(plots)))
        rows = -(-max(1, len(plots)) // columns)
        height = sum(max(map(_height, plots[n : n + 2])) for n in range(0, len(plots), 2))
        figure = Figure(figsize=(4.6 * columns, max(0.4, height)), layout="constrained")
        grid = figure.subplots(rows, columns, squeeze=False).ravel()
        for axes in grid[len(plots) :]:
            axes.set_axis_off()
        for axes, plot in zip(grid, plots):
            (_draw_heatmap if plot["kind"] == "heatmap" else _draw_series)(axes, plot)
            axes.set_title(plot["title"])
        save(figure, path)


def _height(plot: Mapping[str, Any]) -> float:
    """Return the height of a plot in inches."""
    if plot["kind"] == "heatmap":
        return max(2.4, 0.22 * len(plot["rows"]) + 1.4)
    names = sum(bool(series["name"]) for series in plot["series"])
    return 3.0 + (0.09 * names if names > _MAX_NAMES_INSIDE else 0)


def _draw_series(axes: Axes, plot: Mapping[str, Any]) -> None:
    has_names = len(plot["series"]) > 1
    for n, series in enumerate(plot["series"]):
        colour = n if series["colour"] is None else series["colour"]
        options: dict[str, Any] = {"color": _COLOURS[colour % len(_COLOURS)]}
        if has_names:
            options["label"] = series["name"]
        x, y, error = series["x"], series["y"], series["error"]
        if series["style"] == "bars":
            axes.bar(x, y, yerr=error, ecolor=INK, **options)
        elif series["style"] == "points":
            axes.errorbar(x, y, yerr=error, fmt="o", markersize=3, **options)
        else:
            line = "--" if series["style"] == "dashed" else "-"
            axes.errorbar(x, y, yerr=error, linestyle=line, capsize=2, **options)
    axes.set(xlabel=plot["x_label"], ylabel=plot["y_label"])
    if plot["log_x"]:
        axes.set_xscale("log")
        _use_plain_numbers(axes.xaxis)
    if plot["log_y"]:
        axes.set_yscale("log")
        _use_plain_numbers(axes.yaxis)
    if has_names:
        _add_names(axes, plot["series"])


def _add_names(axes: Axes, all_series: Sequence[Mapping[str, Any]]) -> None:
    """Name the series: single bars along the axis, others in a legend."""
    names = [series["name"] for series in all_series if series["name"]]
    if all(series["style"] == "bars" and len(series["x"]) == 1 for series in all_series):
        positions = [series["x"][0] for series in all_series]
        axes.set_xticks(positions, names, rotation=30, ha="right", fontsize=7.5)
    elif len(names) > _MAX_NAMES_INSIDE:
        axes.legend(fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)
    else:
        axes.legend(fontsize=7.5)


def _use_plain_numbers(axis: Axis) -> None:
    """Label 1, 2, 5 and so on where a logarithmic axis is short, else powers of ten."""
    low, high = axis.get_view_interval()
    is_short = high / low < 1e3
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if is_short else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _draw_heatmap(axes: Axes, plot: Mapping[str, Any]) -> None:
    values = np.array(plot["values"], float)
    axes.imshow(values, cmap="YlOrRd", aspect="auto", vmin=0)
    size = 5 if len(plot["rows"]) > _MAX_LARGE_ROWS else 7.5
    columns = plot["columns"]
    axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right", fontsize=size)
    axes.set_yticks(range(len(plot["rows"])), plot["rows"], fontsize=size)
    axes.tick_params(length=0)
    dark = np.nanmax(values) * 0.6 if np.isfinite(values).any() else 0
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            axes.text(
                column,
                row,
                f"{value:.2g}",
                ha="center",
                va="center",
                fontsize=size,
                color="white" if value > dark else INK,
            )
    axes.spines[:].set_color(GREY)
