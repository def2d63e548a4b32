"""Plots of runs and benchmarks as SVG; the same data gives the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from resound.io.files import atomic_file

BLUE, ORANGE, GREEN = "#2f6db3", "#d9772b", "#2a8c6e"
GREY, INK = "#8a8f98", "#1c2733"

_PARTS = (("", "training", BLUE), ("validation_", "validation", ORANGE), ("test_", "test", GREEN))
"""The parts of a history: the beginning of its columns, its name and its colour in plots."""

Segment = tuple[str, float, float]
"""A symbol with its start and end in seconds."""

_MANY_CLASSES = 20
"""Confusion matrices of more classes have smaller cells and text."""

_MAX_MARKERS = 40
"""Learning curves of more epochs have no markers."""

_MIN_LABELLED_S = 0.035
"""Shorter segments have no room for their symbol."""

_DASHED: Any = {"linestyle": "--", "linewidth": 1, "marker": "x", "markersize": 4}
"""The style of reported curves."""

STYLE: Any = {
    "svg.hashsalt": "resound",  # makes the ids in the SVG reproducible
    "svg.fonttype": "none",  # keeps text as text
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


def plot_learning_curves(
    folds: Sequence[Mapping[str, Sequence[float]]],
    reported: Mapping[str, Sequence[float]],
    path: Path,
) -> None:
    """Plot loss and accuracy of each part that the histories have by epoch, one line per fold.

    The x axis is the layer if the histories have a column `layer`. An epoch whose loss is not
    finite leaves a gap. `reported` has columns of the history as far as a source report gives
    them, one value per epoch; they are dashed.
    """
    step = "layer" if "layer" in folds[0] else "epoch"
    longest = max(map(len, [*(history[step] for history in folds), *reported.values()]))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        for axes, metric in ((left, "loss"), (right, "accuracy")):
            for prefix, part, colour in _PARTS:
                column = prefix + metric
                for n, history in enumerate(fold for fold in folds if column in fold):
                    label = None if n else part
                    style = {"color": colour, "label": label, **_markers(history[step])}
                    axes.plot(history[step], history[column], **style)
                if values := reported.get(column, ()):
                    label, epochs = f"{part}, reported", range(1, len(values) + 1)
                    axes.plot(epochs, values, color=colour, label=label, **_DASHED)
        if reported.get("loss"):
            left.legend(loc="upper right")
        left.set(title="loss", xlabel=step)
        right.set(title="accuracy", xlabel=step, ylim=(0, 1.02))
        right.yaxis.set_major_formatter(PercentFormatter(1))
        right.legend(loc="lower right")
        for axes in (left, right):
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            if longest == 1:
                axes.set_xticks([1])
        save(figure, path)


def plot_text_learning_curves(
    history: Mapping[str, Sequence[float]], reported: Mapping[str, Sequence[float]], path: Path
) -> None:
    """Plot loss and validation WER by epoch of a model that writes texts; mark the best WER.

    There may be several evaluations per epoch; one whose loss is not finite leaves a gap.
    `reported` has columns of the history as far as a source report gives them, one value per
    evaluation; they are dashed.
    """
    epochs, rates = history["epoch"], np.asarray(history["validation_wer"])
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        markers = _markers(epochs)
        for name, label, colour in [
            ("loss", "training", BLUE),
            ("validation_loss", "validation", ORANGE),
        ]:
            left.plot(epochs, history[name], color=colour, label=label, **markers)
        right.plot(epochs, rates, color=ORANGE, label="validation", **markers)
        if np.isfinite(rates).any():
            best = int(np.nanargmin(rates))
            right.plot(epochs[best], rates[best], "o", markersize=8, color=INK, fillstyle="none")
        _plot_reported_curves(left, right, epochs, reported)
        left.set(title="loss", xlabel="epoch")
        right.set(title="validation WER", xlabel="epoch")
        right.set_ylim(bottom=0)
        right.yaxis.set_major_formatter(PercentFormatter(1))
        left.legend(loc="upper right")
        for axes in (left, right):
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        save(figure, path)


def _plot_reported_curves(
    left: Axes, right: Axes, epochs: Sequence[float], reported: Mapping[str, Sequence[float]]
) -> None:
    """Plot the reported losses on the left axes and the reported WER on the right ones."""
    for axes, name, label, colour in [
        (left, "loss", "training, reported", BLUE),
        (left, "validation_loss", "validation, reported", ORANGE),
        (right, "validation_wer", "validation, reported", ORANGE),
    ]:
        if values := reported.get(name, ()):
            shown = min(len(epochs), len(values))
            axes.plot(epochs[:shown], values[:shown], color=colour, label=label, **_DASHED)
    if reported.get("validation_wer"):
        right.legend(loc="upper right")


def plot_confusion(counts: Sequence[Sequence[int]], classes: Sequence[str], path: Path) -> None:
    """Plot the number of items by true and predicted class; shade by fraction of the true class.

    With many classes, those that never occur are omitted and cells show percentages.
    """
    matrix, names = np.asarray(counts), list(classes)
    many = len(names) > _MANY_CLASSES
    if many:
        present = np.flatnonzero(matrix.sum(axis=0) + matrix.sum(axis=1))
        matrix, names = matrix[np.ix_(present, present)], [names[n] for n in present]
    fractions = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    size = max(3.2, (0.24 if many else 0.36) * len(names) + 0.9)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(size, size), layout="constrained")
        axes = figure.subplots()
        axes.imshow(fractions, cmap="Blues", vmin=0, vmax=1)
        for row, column in zip(*np.nonzero(fractions >= 0.02 if many else matrix)):
            fraction = fractions[row, column]
            axes.text(
                column,
                row,
                f"{100 * fraction:.0f}" if many else str(matrix[row, column]),
                ha="center",
                va="center",
                fontsize=6 if many else 8,
                color="white" if fraction > 0.55 else INK,
            )
        axes.set_xticks(range(len(names)), names, rotation=_rotation(names))
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(length=0)
        if many:
            axes.tick_params(labelsize=7)
        axes.set(xlabel="predicted", ylabel="true (% of the class)" if many else "true")
        axes.spines[:].set_visible(False)
        save(figure, path)


def plot_classes(
    metrics: Sequence[Mapping[str, float]],
    names: Sequence[str],
    reported: Sequence[float] | None,
    path: Path,
) -> None:
    """Plot recall and precision of each class as bars, and the reported recall as lines."""
    positions = np.arange(len(names))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(max(4.0, 0.42 * len(names) + 1.2), 2.6), layout="constrained")
        axes = figure.subplots()
        for shift, name, colour in [(-0.2, "recall", BLUE), (0.2, "precision", ORANGE)]:
            heights = [class_metrics[name] for class_metrics in metrics]
            axes.bar(positions + shift, heights, 0.38, label=name, color=colour)
        if reported:
            left, right = positions - 0.39, positions - 0.01
            axes.hlines(reported, left, right, color=INK, linewidth=2, label="reported recall")
        axes.set_xticks(positions, names, rotation=_rotation(names))
        axes.set(ylim=(0, 1), xlabel="class")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
        save(figure, path)


def plot_utterance(
    image: NDArray[np.floating],
    seconds: float,
    true: Sequence[Segment],
    predicted: Sequence[Segment],
    path: Path,
) -> None:
    """Plot a spectrogram (bands, frames) above its true and predicted segments.

    A segment whose middle has another true symbol is orange.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 3.2), layout="constrained")
        top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.2])
        extent = (0.0, seconds, 0.0, float(len(image)))
        top.imshow(image, origin="lower", aspect="auto", cmap="magma", extent=extent)
        top.set_yticks([])
        for y, segments in ((1, true), (0, predicted)):
            for symbol, start, end in segments:
                middle = (start + end) / 2
                correct = any(name == symbol and s <= middle < e for name, s, e in true)
                colour = BLUE if correct else ORANGE
                bottom.barh(y, end - start, 0.9, start, color=colour, edgecolor="white")
                if end - start > _MIN_LABELLED_S:
                    bottom.text(middle, y, symbol, ha="center", va="center", fontsize=5.5)
        bottom.set_yticks([0, 1], ["predicted", "true"])
        bottom.set(xlabel="seconds", xlim=(0, seconds))
        bottom.tick_params(axis="y", length=0)
        save(figure, path)


def plot_open_set(metrics: Mapping[str, Any], path: Path) -> None:
    """Plot the ROC curve against each kind of unknown item, and the rates at the threshold.

    `metrics` is `open_set` of `metrics.json`, where the fold that leaves out a class has its name.
    """
    means = metrics["mean"]
    curves = {fold: entry["unknown"][fold] for fold, entry in metrics["folds"].items()}
    outside = [kind for kind in means["unknown"] if kind not in ("left out", "all")]
    curves |= {kind: means["unknown"][kind] for kind in outside}
    accepted = {"known": means["known"]["accepted"]}
    accepted |= {kind: entry["accepted"] for kind, entry in curves.items()}
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.8, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        colours = matplotlib.colormaps["viridis"](np.linspace(0.05, 0.85, len(curves)))
        for (kind, entry), colour in zip(curves.items(), colours):
            rates = np.linspace(0, 1, len(entry["roc"]))
            style = "--" if kind in outside else "-"
            left.plot(rates, entry["roc"], style, color=colour, label=kind)
        left.plot([0, 1], [0, 1], ":", color=GREY)
        left.set(xlabel="unknown accepted", ylabel="known accepted", ylim=(0, 1.02))
        positions = range(len(accepted))
        right.barh(positions, list(accepted.values()), color=[GREY, *colours])
        right.set_yticks(positions, list(accepted))
        right.invert_yaxis()
        right.set(title="accepted at the threshold", xlim=(0, 1))
        left.set(title="at every threshold")
        for axis in (left.xaxis, left.yaxis, right.xaxis):
            axis.set_major_formatter(PercentFormatter(1))
        save(figure, path)


def plot_benchmark(methods: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Plot the clips per second of each method as bars, with the ratio to the first method."""
    rates = [method["clips_per_second"] for method in methods]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 0.34 * len(methods) + 0.8), layout="constrained")
        axes = figure.subplots()
        colours = [BLUE if method["ours"] else GREY for method in methods]
        bars = axes.barh(range(len(methods)), rates, color=colours)
        axes.bar_label(bars, [f"{method['ratio']:.1f} x" for method in methods], padding=4)
        axes.set_yticks(range(len(methods)), [method["name"] for method in methods])
        axes.invert_yaxis()
        axes.set(xlabel="clips per second", xlim=(0, 1.15 * max(rates)))
        save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, atomically and without its date."""
    metadata: dict[str, Any] = {"Date": None}
    with atomic_file(path) as draft:
        figure.savefig(draft, format="svg", metadata=metadata, transparent=True)


def _markers(steps: Sequence[float]) -> dict[str, Any]:
    return {"marker": "o" if len(steps) <= _MAX_MARKERS else None, "markersize": 3}


def _rotation(names: Sequence[str]) -> int:
    """Return the rotation in degrees of names below an axis; long names are vertical."""
    return 90 if max(map(len, names)) > 3 else 0
