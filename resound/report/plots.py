"""The figures of a run, as SVG: the same data gives the same bytes."""

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

BLUE, ORANGE, GREY, INK = "#2f6db3", "#d9772b", "#8a8f98", "#1c2733"

_MANY = 20
"""More classes than these are drawn small."""

STYLE: Any = {
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


def curves(folds: Sequence[Mapping[str, Sequence[float]]], path: Path) -> None:
    """Loss and accuracy by epoch, or by layer where each epoch is one, a line a fold.

    An epoch that diverged leaves a gap.
    """
    step = "layer" if "layer" in folds[0] else "epoch"
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        for n, history in enumerate(folds):
            look: Any = {"marker": "o" if len(history[step]) <= 40 else None, "markersize": 3}
            left.plot(history[step], history["loss"], color=BLUE, **look)
            series = [("accuracy", "training", BLUE), ("validation_accuracy", "validation", ORANGE)]
            for name, label, colour in series:
                if name in history:
                    named = label if n == 0 else None
                    right.plot(history[step], history[name], color=colour, label=named, **look)
        left.set(title="training loss", xlabel=step)
        right.set(title="accuracy", xlabel=step, ylim=(0, 1.02))
        right.yaxis.set_major_formatter(PercentFormatter(1))
        right.legend(loc="lower right")
        for axes in (left, right):
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            if max(len(history[step]) for history in folds) == 1:
                axes.set_xticks([1])
        save(figure, path)


def text_curves(history: Mapping[str, Sequence[float]], path: Path) -> None:
    """Loss and validation WER by epoch, of a model that writes texts; the best WER is marked.

    Evaluations may be several an epoch; one that diverged leaves a gap.
    """
    epochs, rates = history["epoch"], np.asarray(history["validation_wer"])
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 2.6), layout="constrained")
        left, right = figure.subplots(1, 2)
        look: Any = {"marker": "o" if len(epochs) <= 40 else None, "markersize": 3}
        for name, label, colour in [
            ("loss", "training", BLUE),
            ("validation_loss", "validation", ORANGE),
        ]:
            left.plot(epochs, history[name], color=colour, label=label, **look)
        right.plot(epochs, rates, color=ORANGE, label="validation", **look)
        if np.isfinite(rates).any():
            best = int(np.nanargmin(rates))
            right.plot(epochs[best], rates[best], "o", markersize=8, color=INK, fillstyle="none")
        left.set(title="loss", xlabel="epoch")
        right.set(title="validation WER", xlabel="epoch")
        right.set_ylim(bottom=0)
        right.yaxis.set_major_formatter(PercentFormatter(1))
        left.legend(loc="upper right")
        for axes in (left, right):
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        save(figure, path)


def confusion(counts: Sequence[Sequence[int]], classes: Sequence[str], path: Path) -> None:
    """Items by true and predicted class; shade is the share of the true class.

    Of many classes those that never occur are left out, and cells hold percentages.
    """
    table, names = np.asarray(counts), list(classes)
    many = len(names) > _MANY
    if many:
        seen = np.flatnonzero(table.sum(axis=0) + table.sum(axis=1))
        table, names = table[np.ix_(seen, seen)], [names[n] for n in seen]
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    size = max(3.2, (0.24 if many else 0.36) * len(names) + 0.9)
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(size, size), layout="constrained")
        axes = figure.subplots()
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for row, column in zip(*np.nonzero(shares >= 0.02 if many else table)):
            share = shares[row, column]
            axes.text(
                column,
                row,
                f"{100 * share:.0f}" if many else str(table[row, column]),
                ha="center",
                va="center",
                fontsize=6 if many else 8,
                color="white" if share > 0.55 else INK,
            )
        _name_classes(axes, names)
        if many:
            axes.tick_params(labelsize=7)
        axes.set(xlabel="predicted", ylabel="true, in % of it" if many else "true")
        axes.spines[:].set_visible(False)
        save(figure, path)


def classes(
    figures: Sequence[Mapping[str, float]],
    names: Sequence[str],
    reported: Sequence[float] | None,
    path: Path,
) -> None:
    """Recall and precision of each class as bars, and the recall that was reported as a line."""
    places = np.arange(len(names))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(max(4.0, 0.42 * len(names) + 1.2), 2.6), layout="constrained")
        axes = figure.subplots()
        for shift, name, colour in [(-0.2, "recall", BLUE), (0.2, "precision", ORANGE)]:
            heights = [figure_[name] for figure_ in figures]
            axes.bar(places + shift, heights, 0.38, label=name, color=colour)
        if reported:
            left, right = places - 0.39, places - 0.01
            axes.hlines(reported, left, right, color=INK, linewidth=2, label="reported recall")
        axes.set_xticks(places, names, rotation=_turned(names))
        axes.set(ylim=(0, 1), xlabel="class")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        axes.legend(ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
        save(figure, path)


def utterance(
    image: NDArray[np.floating],
    seconds: float,
    true: Sequence[tuple[str, float, float]],
    predicted: Sequence[tuple[str, float, float]],
    path: Path,
) -> None:
    """A spectrogram (bands, frames) over what is said and what was heard along its `seconds`.

    Each stretch is its symbol, its begin and its end in seconds; a wrong one is orange.
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(9.0, 3.2), layout="constrained")
        top, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1.2])
        extent = (0.0, seconds, 0.0, float(len(image)))
        top.imshow(image, origin="lower", aspect="auto", cmap="magma", extent=extent)
        top.set_yticks([])
        for place, stretches in ((1, true), (0, predicted)):
            for symbol, begin, end in stretches:
                middle = (begin + end) / 2
                right = any(name == symbol and b <= middle < e for name, b, e in true)
                shade = BLUE if right else ORANGE
                below.barh(place, end - begin, 0.9, begin, color=shade, edgecolor="white")
                if end - begin > 0.035:
                    below.text(middle, place, symbol, ha="center", va="center", fontsize=5.5)
        below.set_yticks([0, 1], ["predicted", "true"])
        below.set(xlabel="seconds", xlim=(0, seconds))
        below.tick_params(axis="y", length=0)
        save(figure, path)


def open_set(figures: Mapping[str, Any], path: Path) -> None:
    """Curves of acceptance against each kind of unknown, and what the threshold accepts.

    `figures` are those of `metrics.json`: a class that was left out is known by its fold.
    """
    curves, bars = {}, {"known": figures["mean"]["known"]["accepted"]}
    for fold, those in figures["folds"].items():
        curves[fold] = those["unknown"][fold]
    noises = [kind for kind in figures["mean"]["unknown"] if kind not in ("left out", "all")]
    curves |= {kind: figures["mean"]["unknown"][kind] for kind in noises}
    bars |= {kind: entry["accepted"] for kind, entry in curves.items()}
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.8, 3.0), layout="constrained")
        left, right = figure.subplots(1, 2)
        shades = matplotlib.colormaps["viridis"](np.linspace(0.05, 0.85, len(curves)))
        for (kind, entry), shade in zip(curves.items(), shades):
            rates = np.linspace(0, 1, len(entry["roc"]))
            dashes = "--" if kind in noises else "-"
            left.plot(rates, entry["roc"], dashes, color=shade, label=kind)
        left.plot([0, 1], [0, 1], ":", color=GREY)
        left.set(xlabel="unknown accepted", ylabel="known accepted", ylim=(0, 1.02))
        places = range(len(bars))
        right.barh(places, list(bars.values()), color=[GREY, *shades])
        right.set_yticks(places, list(bars))
        right.invert_yaxis()
        right.set(title="accepted at the threshold", xlim=(0, 1))
        left.set(title="at every threshold")
        for axis in (left.xaxis, left.yaxis, right.xaxis):
            axis.set_major_formatter(PercentFormatter(1))
        save(figure, path)


def timings(ways: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Clips a second of each way as bars, the ratio to the first beside them."""
    rates = [way["clips_per_second"] for way in ways]
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 0.34 * len(ways) + 0.8), layout="constrained")
        axes = figure.subplots()
        shades = [BLUE if way["ours"] else GREY for way in ways]
        bars = axes.barh(range(len(ways)), rates, color=shades)
        axes.bar_label(bars, [f"{way['ratio']:.1f} x" for way in ways], padding=4)
        axes.set_yticks(range(len(ways)), [way["name"] for way in ways])
        axes.invert_yaxis()
        axes.set(xlabel="clips a second", xlim=(0, 1.15 * max(rates)))
        save(figure, path)


def _name_classes(axes: Axes, names: Sequence[str]) -> None:
    axes.set_xticks(range(len(names)), names, rotation=_turned(names))
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0)


def _turned(names: Sequence[str]) -> int:
    """Degrees by which names below an axis are turned: long ones stand upright."""
    return 90 if max(map(len, names)) > 3 else 0


def save(figure: Figure, path: Path) -> None:
    """Write a figure as SVG, atomically and without its date."""
    metadata: dict[str, Any] = {"Date": None}
    with atomic_file(path) as draft:
        figure.savefig(draft, format="svg", metadata=metadata, transparent=True)
