"""Claims, tables and plots about architecture searches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from resound.metrics.intervals import wilson_interval
from resound.metrics.significance import difference_interval, mcnemar
from resound.studies.common.findings import Cell, Claim, Plot, Series, Source, Table
from resound.studies.search.space import Space, format_value
from resound.studies.search.trials import Strategy, Trial

SOURCE = Source("report", "theory report, automatic architecture search")
STRATEGY_SOURCE = Source("ours", "the strategies of this study, compared")
SIGNIFICANCE = 0.05
"""Differences with a smaller p-value are significant."""
MIN_SAVING = 0.1
"""The proportion of epochs that pruning must save to be useful."""
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Search:
    """All repeats of a strategy, with or without pruning."""

    strategy: Strategy
    pruning: bool
    runs: Sequence[Sequence[Trial]]

    @property
    def best(self) -> Vector:
        """The accuracy of the best model so far, shape (repeats, trials)."""
        final = [[0.0 if t.pruned else t.curve[-1] for t in run] for run in self.runs]
        return np.maximum.accumulate(np.array(final), axis=1)

    @property
    def epochs(self) -> NDArray[np.int64]:
        """The epochs so far, of the same shape; settings that are tried again count again."""
        return np.cumsum([[len(trial.curve) for trial in run] for run in self.runs], axis=1)


@dataclass(frozen=True)
class FinalModel:
    """A model that was trained to the end."""

    parameters: int
    validation_accuracy: float
    correct: NDArray[np.bool_]
    """Whether it classifies each test item correctly."""


def equivalence_claim(searched: FinalModel, by_hand: FinalModel, margin: float) -> Claim:
    """Claim that the searched model is not worse.

    The verdict is true where it is surely worse by less than `margin` or better, false where it is
    surely worse, else open.
    """
    better = int((searched.correct & ~by_hand.correct).sum())
    worse = int((by_hand.correct & ~searched.correct).sum())
    items = len(searched.correct)
    low, high = difference_interval(better, worse, items)
    return Claim(
        "An automatic search finds models as good as those designed by hand, or better.",
        SOURCE,
        True if low > -margin else False if high < 0 else None,
        f"Of {items} test items only the searched model classifies {better} correctly, only the one"
        f" designed by hand {worse} (p = {mcnemar(better, worse):.2g}): a difference of"
        f" {(better - worse) / items:+.3f}, 95 % interval {low:+.3f} to {high:+.3f};"
        f" {margin:g} would not matter.",
    )


def learning_claim(searches: Sequence[Search]) -> Claim:
    """Claim that strategies that learn are better than random in significantly many repeats.

    The verdict is true where one strategy is better and none is worse, false where one is worse and
    none is better, else open.
    """
    unpruned = {s.strategy: s.best.mean(axis=1) for s in searches if not s.pruning}
    signs, comparisons = [], []
    for strategy in ("tpe", "evolution"):
        better, worse = _count_wins(unpruned[strategy], unpruned["random"])
        p = mcnemar(better, worse)
        significant = p < SIGNIFICANCE / 2  # two comparisons (Bonferroni)
        signs.append(int(np.sign(better - worse)) if significant else 0)
        gain = float((unpruned[strategy] - unpruned["random"]).mean())
        comparisons.append(
            f"{strategy} is better than random in {better} of {len(unpruned['random'])} repeats and"
            f" worse in {worse} (by {gain:+.4f} on average, p = {p:.2g})"
        )
    if any(signs):
        verdict = True if min(signs) >= 0 else False if max(signs) <= 0 else None
    else:
        verdict = None
    return Claim(
        "A search that learns from its trials beats random search.",
        STRATEGY_SOURCE,
        verdict,
        "By the best validation accuracy so far, averaged over the trials: "
        f"{'; '.join(comparisons)}. A p below {SIGNIFICANCE / 2:g} is significant, because there"
        " are two comparisons.",
    )


def pruning_claim(searches: Sequence[Search], margin: float) -> Claim:
    """Claim that pruning saves at least a tenth of the epochs and costs less than `margin`.

    The verdict is false where it saves less or surely costs more, true where it surely costs less,
    else open.
    """
    unpruned, pruned = ([s for s in searches if s.pruning is pruning] for pruning in (False, True))
    epochs = [sum(int(s.epochs[:, -1].sum()) for s in group) for group in (unpruned, pruned)]
    saved = 1 - epochs[1] / epochs[0]
    losses = np.concatenate([a.best[:, -1] - b.best[:, -1] for a, b in zip(unpruned, pruned)])
    half = 1.96 * float(losses.std(ddof=1)) / sqrt(len(losses))
    low, high = float(losses.mean()) - half, float(losses.mean()) + half
    return Claim(
        "Pruning of trials that are not promising saves training at little cost.",
        SOURCE,
        False if saved < MIN_SAVING or low > margin else True if high < margin else None,
        f"It saves {saved:.0%} of the epochs and changes the best model's validation accuracy by"
        f" {-losses.mean():+.4f} on average over {len(losses)} pairs of searches (95 % interval"
        f" {-high:+.4f} to {-low:+.4f}). Saving a tenth is useful, {margin:g} less accuracy would"
        " not matter.",
    )


def _count_wins(values: Vector, others: Vector) -> tuple[int, int]:
    """Return how often values are higher, and how often they are lower, than the others."""
    return int((values > others).sum()), int((others > values).sum())


def models_table(models: Mapping[str, FinalModel]) -> Table:
    """Return the accuracies of the final models."""
    rows: list[list[Cell]] = []
    for name, model in models.items():
        correct, items = int(model.correct.sum()), len(model.correct)
        low, high = wilson_interval(correct, items)
        accuracies = [model.validation_accuracy, correct / items, low, high]
        rows.append([name, *accuracies, model.parameters])
    columns = ["model", "validation", "test accuracy", "from", "to", "parameters"]
    note = (
        "95 % Wilson intervals, which assume independent items. One training each. The searched"
        " model was selected by the validation part, so its accuracy there is too high."
    )
    return Table("Final models", columns, rows, note)


def settings_table(space: Space, models: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return the settings of both models for each path of the space."""
    rows = []
    for path, entry in space.items():
        part, _, name = path.partition(".")
        if isinstance(entry, list):
            choices = ", ".join(map(format_value, entry))
        else:
            log = ", log" if entry.log else ""
            choices = f"{format_value(entry.low)} to {format_value(entry.high)}{log}"
        values = (format_value(settings[part][name]) for settings in models.values())
        rows.append([path, choices, *values])
    return Table("The space", ["setting", "choices", *models], rows)


def searches_table(searches: Sequence[Search]) -> Table:
    """Return the accuracy that each strategy reached and its epochs."""
    rows = []
    for search in searches:
        best, repeats = search.best, len(search.runs)
        deviation = float(best[:, -1].std(ddof=1)) if repeats > 1 else None
        pruned = float(np.mean([trial.pruned for run in search.runs for trial in run]))
        rows.append(
            [
                search.strategy,
                "yes" if search.pruning else "no",
                float(search.epochs[:, -1].mean()),
                pruned,
                float(best.mean()),
                float(best[:, -1].mean()),
                deviation,
            ]
        )
    columns = "strategy, pruning, epochs, pruned trials, best so far, best, standard deviation"
    note = (
        "Means over the repeats. Accuracies are those on the validation part; the best so far is"
        " averaged over the trials. Epochs count as if no other search had trained the same model."
    )
    return Table("Searches", columns.split(", "), rows, note)


def search_plots(
    searches: Sequence[Search], curves: Sequence[list[float]], epochs: int
) -> list[Plot]:
    """Return plots of the best accuracy so far, and of the correlation of early and final ranks."""
    by_trial, by_epoch = [], []
    for search in searches:
        name = f"{search.strategy}, pruned" if search.pruning else search.strategy
        style: Literal["dashed", "line"] = "dashed" if search.pruning else "line"
        best, ends = search.best, search.epochs
        trials = list(range(1, best.shape[1] + 1))
        by_trial.append(Series(name, trials, best.mean(axis=0).tolist(), style=style))
        grid = np.arange(int(ends[:, 0].max()), int(ends[:, -1].min()) + 1)
        reached = [
            of_run[np.searchsorted(ends_of_run, grid, "right") - 1]
            for of_run, ends_of_run in zip(best, ends)
        ]
        means = np.mean(reached, axis=0).tolist()
        by_epoch.append(Series(name, grid.tolist(), means, style=style))
    complete = np.array([curve for curve in curves if len(curve) == epochs])
    correlations = [rank_correlation(complete[:, n], complete[:, -1]) for n in range(epochs)]
    finite = [(n, value) for n, value in enumerate(correlations, 1) if np.isfinite(value)]
    label = "best validation accuracy so far"
    return [
        Plot("Best so far by trials", "trials", label, by_trial),
        Plot("Best so far by epochs", "epochs", label, by_epoch),
        Plot(
            "How well early epochs predict the final rank",
            "epoch",
            f"rank correlation with epoch {epochs}",
            [Series("models", [n for n, _ in finite], [value for _, value in finite])],
        ),
    ]


def rank_correlation(x: Vector, y: Vector) -> float:
    """Return Spearman's rank correlation, with mean ranks for ties; NaN where one is constant."""
    with np.errstate(invalid="ignore"):
        return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _ranks(values: Vector) -> Vector:
    _, indices, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: Vector = np.cumsum(counts) - (counts - 1) / 2
    return means[indices]
