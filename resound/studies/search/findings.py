"""What an architecture search found, told: claims, tables and figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from resound.metrics.classification import wilson_interval
from resound.metrics.significance import difference_interval, mcnemar
from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.search.space import Space, told
from resound.studies.search.trials import Strategy, Tried

SOURCE = "theory report, automatic architecture search"
LEVEL = 0.05
"""Below it a p-value counts."""
WORTH_SAVING = 0.1
"""The share of the epochs that pruning has to save to be of use."""
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Search:
    """All repeats of a strategy."""

    strategy: Strategy
    prunes: bool
    runs: Sequence[Sequence[Tried]]

    @property
    def best(self) -> Vector:
        """The accuracy of the best model so far: shape (repeats, trials)."""
        whole = [[0.0 if t.pruned else t.curve[-1] for t in run] for run in self.runs]
        return np.maximum.accumulate(np.array(whole), axis=1)

    @property
    def spent(self) -> NDArray[np.int64]:
        """Epochs trained so far, those of settings tried before counted again: the same shape."""
        return np.cumsum([[len(tried.curve) for tried in run] for run in self.runs], axis=1)


@dataclass(frozen=True)
class Judged:
    """A model trained to the end."""

    parameters: int
    validation: float
    right: NDArray[np.bool_]
    """Whether it has each test item right."""


def as_good(found: Judged, by_hand: Judged, margin: float) -> Claim:
    """Whether the found model is no worse: true if surely by less than `margin`, false if surely
    worse, else open.
    """
    better = int((found.right & ~by_hand.right).sum())
    worse = int((by_hand.right & ~found.right).sum())
    low, high = difference_interval(better, worse, len(found.right))
    return Claim(
        "An automatic search finds models as good as those made by hand, or better.",
        SOURCE,
        True if low > -margin else False if high < 0 else None,
        f"Of {len(found.right)} test items the found model alone has {better} right, the one made"
        f" by hand alone {worse} (p = {mcnemar(better, worse):.2g}): a difference of"
        f" {(better - worse) / len(found.right):+.3f}, 95 % between {low:+.3f} and {high:+.3f};"
        f" {margin:g} would not matter.",
    )


def learning_pays(searches: Sequence[Search]) -> Claim:
    """Whether searches that learn are ahead of random ones in more repeats than by chance.

    True if one is and none is behind, false if one is behind and none ahead, else open.
    """
    whole = {search.strategy: search.best.mean(axis=1) for search in searches if not search.prunes}
    verdicts, words = [], []
    for strategy in ("tpe", "evolution"):
        ahead, behind = _wins(whole[strategy], whole["random"])
        p = mcnemar(ahead, behind)
        sure = p < LEVEL / 2  # two comparisons (Bonferroni)
        verdicts.append(int(np.sign(ahead - behind)) if sure else 0)
        gain = float((whole[strategy] - whole["random"]).mean())
        words.append(
            f"{strategy} is ahead of random in {ahead} of {len(whole['random'])} repeats and behind"
            f" in {behind} (by {gain:+.4f} on average, p = {p:.2g})"
        )
    return Claim(
        "A search that learns from its trials beats random search.",
        SOURCE,
        True
        if sum(map(abs, verdicts)) == sum(verdicts) > 0
        else False
        if sum(map(abs, verdicts)) == -sum(verdicts) > 0
        else None,
        "By the best validation accuracy so far, averaged over the trials: "
        f"{'; '.join(words)}. Below {LEVEL / 2:g} a p counts, for there are two comparisons.",
    )


def pruning_pays(searches: Sequence[Search], margin: float) -> Claim:
    """Whether pruning saves a tenth of the epochs at least, and surely costs less than `margin`.

    False if it saves less or surely costs more; between them, open.
    """
    whole, cut = ([s for s in searches if s.prunes is prunes] for prunes in (False, True))
    epochs = [sum(int(search.spent[:, -1].sum()) for search in group) for group in (whole, cut)]
    saved = 1 - epochs[1] / epochs[0]
    lost = np.concatenate([a.best[:, -1] - b.best[:, -1] for a, b in zip(whole, cut)])
    half = 1.96 * float(lost.std(ddof=1)) / sqrt(len(lost))
    low, high = float(lost.mean()) - half, float(lost.mean()) + half
    return Claim(
        "To give up weak trials early saves training at little cost.",
        SOURCE,
        False if saved < WORTH_SAVING or low > margin else True if high < margin else None,
        f"It saves {saved:.0%} of the epochs and changes the best model's validation accuracy by"
        f" {-lost.mean():+.4f} on average over {len(lost)} pairs of searches (95 % between"
        f" {-high:+.4f} and {-low:+.4f}). A tenth is worth saving, {margin:g} less would not"
        " matter.",
    )


def _wins(one: Vector, other: Vector) -> tuple[int, int]:
    """How often `one` is higher, and how often `other` is."""
    return int((one > other).sum()), int((other > one).sum())


def models_table(judged: Mapping[str, Judged]) -> Table:
    """The model made by hand and the found one, judged."""
    rows: list[list[Cell]] = []
    for name, model in judged.items():
        hits, items = int(model.right.sum()), len(model.right)
        low, high = wilson_interval(hits, items)
        rows.append([name, model.validation, hits / items, low, high, model.parameters])
    columns = ["model", "validation", "test accuracy", "from", "to", "parameters"]
    note = (
        "95 % intervals by Wilson, which take items for independent. One training each. The found"
        " model was chosen by the validation part, so its accuracy there is too good."
    )
    return Table("Trained to the end", columns, rows, note)


def settings_table(space: Space, models: Mapping[str, Mapping[str, Any]]) -> Table:
    """What the two models have for each path of the space."""
    rows = []
    for path, entry in space.items():
        part, _, name = path.partition(".")
        if isinstance(entry, list):
            choices = ", ".join(map(told, entry))
        else:
            choices = f"{told(entry.low)} to {told(entry.high)}{', log' if entry.log else ''}"
        rows.append([path, choices, *(told(made[part][name]) for made in models.values())])
    return Table("The space", ["setting", "choices", *models], rows)


def searches_table(searches: Sequence[Search]) -> Table:
    """What each strategy reached and what it spent."""
    rows = []
    for search in searches:
        best, repeats = search.best, len(search.runs)
        deviation = float(best[:, -1].std(ddof=1)) if repeats > 1 else None
        cut = float(np.mean([tried.pruned for run in search.runs for tried in run]))
        rows.append(
            [
                search.strategy,
                "yes" if search.prunes else "no",
                float(search.spent[:, -1].mean()),
                cut,
                float(best.mean()),
                float(best[:, -1].mean()),
                deviation,
            ]
        )
    columns = "strategy, pruning, epochs, trials cut short, best so far, best, deviation"
    note = (
        "Means over the repeats. Accuracies are those on the validation part; the best so far is"
        " averaged over the trials. Epochs count as if no other search had trained the same model."
    )
    return Table("Searches", columns.split(", "), rows, note)


def figures(searches: Sequence[Search], curves: Sequence[list[float]], epochs: int) -> list[Plot]:
    """Best so far over trials and over epochs; what an early look at a training tells."""
    by_trial, by_epoch = [], []
    for search in searches:
        name = f"{search.strategy}, pruned" if search.prunes else search.strategy
        look: Literal["dashes", "line"] = "dashes" if search.prunes else "line"
        best, spent = search.best, search.spent
        trials = range(1, best.shape[1] + 1)
        by_trial.append(Series(name, list(trials), best.mean(axis=0).tolist(), look=look))
        grid = np.arange(int(spent[:, 0].max()), int(spent[:, -1].min()) + 1)
        reached = [row[np.searchsorted(ends, grid, "right") - 1] for row, ends in zip(best, spent)]
        by_epoch.append(Series(name, grid.tolist(), np.mean(reached, axis=0).tolist(), look=look))
    whole = np.array([curve for curve in curves if len(curve) == epochs])
    agreement = [rank_correlation(whole[:, n], whole[:, -1]) for n in range(epochs)]
    shown = [(n + 1, value) for n, value in enumerate(agreement) if np.isfinite(value)]
    y = "best validation accuracy so far"
    early = Series("models", [n for n, _ in shown], [value for _, value in shown])
    return [
        Plot("Best so far by trials", "trials", y, by_trial),
        Plot("Best so far by epochs spent", "epochs", y, by_epoch),
        Plot(
            "What an early look tells",
            "epoch",
            f"rank correlation with epoch {epochs}",
            [early],
        ),
    ]


def rank_correlation(one: Vector, other: Vector) -> float:
    """Spearman's; of equal values each has their mean rank. NaN where one never varies."""
    with np.errstate(invalid="ignore"):
        return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _ranks(values: Vector) -> Vector:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    means: Vector = np.cumsum(counts) - (counts - 1) / 2
    return means[place]
