"""The figures of a run, as SVG: the same data gives the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from scripts.lib.files import replacing

BLUE, ORANGE, GREY, INK = "#2f6db3", "#d9772b", "#8a8f98", "#1c2733"

_STYLE: Any = {
    "svg.hashsalt": "resound",  # ids in the SVG are the same each time
    "svg.fonttype": "none",  # text stays text
    "text.parse_math": False,  # a class may be named $x$
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.titlesize": 10,
    "legend.frameon": False,
}


def curves(history: Mapping[str, Sequence[float]], path: Path) -> None:
    """Loss and accuracy by epoch; an epoch that diverged leaves a gap."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        mark = "o" if len(history["epoch"]) <= 40 else None
        left.plot(history["epoch"], history["loss"], color=BLUE, marker=mark, markersize=3)
        left.set(title="training loss", xlabel="epoch")
        series = [("accuracy", "training", BLUE), ("validation_accuracy", "validation", ORANGE)]
        for name, label, colour in series:
            if name in history:
                right.plot(
                    history["epoch"],
                    history[name],
                    color=colour,
                    marker=mark,
                    markersize=3,
                    label=label,
                )
        right.set(title="accuracy", xlabel="epoch", ylim=(0, 1.02))
        right.yaxis.set_major_formatter(PercentFormatter(1))
        right.legend(loc="lower right")
        for axes in (left, right):
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        _save(figure, path)


def confusion(counts: Sequence[Sequence[int]], classes: Sequence[str], path: Path) -> None:
    """Items by true and predicted class; shade is the share of the true class."""
    table = np.asarray(counts)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    size = max(3.2, 0.36 * len(classes) + 0.9)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(size, size), layout="constrained")
        axes = figure.subplots()
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for row, column in zip(*np.nonzero(table)):
            axes.text(
                column,
                row,
                str(table[row, column]),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if shares[row, column] > 0.55 else INK,
            )
        _name_classes(axes, classes)
        axes.set(xlabel="predicted", ylabel="true")
        axes.spines[:].set_visible(False)
        _save(figure, path)


def classes(
    figures: Sequence[Mapping[str, float]],
    names: Sequence[str],
    reported: Sequence[float] | None,
    path: Path,
) -> None:
    """Recall and precision of each class as bars, and the recall that was reported as a line."""
    places = np.arange(len(names))
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(max(4.0, 0.42 * len(names) + 1.2), 2.6), layout="constrained")
        axes = figure.subplots()
        for shift, name, colour in [(-0.2, "recall", BLUE), (0.2, "precision", ORANGE)]:
            heights = [figure_[name] for figure_ in figures]
            axes.bar(places + shift, heights, 0.38, label=name, color=colour)
        if reported:
            left, right = places - 0.39, places - 0.01
            axes.hlines(reported, left, right, color=INK, linewidth=2, label="reported recall")
        axes.set_xticks(places, names)
        axes.set(ylim=(0, 1), xlabel="class")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
        _save(figure, path)


def _name_classes(axes: Axes, names: Sequence[str]) -> None:
    turned = 90 if max(map(len, names)) > 3 else 0
    axes.set_xticks(range(len(names)), names, rotation=turned)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)


def _save(figure: Figure, path: Path) -> None:
    metadata: dict[str, Any] = {"Date": None}
    with replacing(path) as draft:
        figure.savefig(draft, format="svg", metadata=metadata, transparent=True)
