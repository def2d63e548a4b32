"""Claims, a table and a plot about transfer learning."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from resound.metrics.intervals import Groups, accuracy_interval, ratio
from resound.metrics.paired import Difference, Metric, Outcomes, compare, holm
from resound.studies.common.findings import Cell, Claim, Plot, Series, Source, Table
from resound.studies.common.verdicts import joint_verdict

FINE_TUNED, FROZEN, FROM_SCRATCH = "fine-tuned", "frozen", "from scratch"
SOURCE = Source("report", "theory report, transfer learning (its wording is inferred)")


@dataclass(frozen=True)
class Outcome:
    """One training and its test items."""

    arm: str
    share: float
    """The fraction of the training items."""
    items: int
    """The number of training items."""
    parameters: int
    """The number of trained parameters."""
    correct: NDArray[np.bool_]
    """Whether each test item is classified correctly."""

    @property
    def accuracy(self) -> float:
        """The accuracy on the test items."""
        return float(self.correct.mean())


def accuracy_difference(one: Outcome, other: Outcome, groups: Groups | None) -> Difference:
    """Return the difference of accuracies on the same test items, over their groups if known."""

    def outcomes(outcome: Outcome) -> Outcomes:
        correct = outcome.correct.astype(np.int64)
        counts = np.stack([correct, np.ones_like(correct)], axis=1)[None]
        names = None if groups is None else np.asarray(groups)
        return Outcomes(np.array([f"{n:09}" for n in range(len(correct))]), names, counts)

    return compare(outcomes(one), outcomes(other), Metric(ratio, ratio=True))


def better_claim(
    ones: Sequence[Outcome], others: Sequence[Outcome], groups: Groups | None
) -> Claim:
    """Claim that one way is better at every share; p-values are corrected for their number."""
    differences = [accuracy_difference(*pair, groups) for pair in zip(ones, others, strict=True)]
    p_values = holm([difference.p_value for difference in differences])
    comparisons = "; ".join(
        f"{100 * difference.value:+.1f} points ({100 * difference.low:+.1f} to"
        f" {100 * difference.high:+.1f}, p = {p:.2g}) with {100 * one.share:g} %"
        for one, difference, p in zip(ones, differences, p_values)
    )
    statement = {
        FROM_SCRATCH: "A pretrained network that is fine-tuned is better than the same one trained"
        " from scratch.",
        FROZEN: "Fine-tuning the whole network is better than training a head on frozen states.",
    }
    signs = [difference.value > 0 for difference in differences]
    return Claim(
        statement[others[0].arm], SOURCE, joint_verdict(signs, p_values), f"{comparisons}."
    )


def gain_claim(
    fine_tuned: Sequence[Outcome], from_scratch: Sequence[Outcome], groups: Groups | None
) -> Claim:
    """Claim that pretraining gains with the smallest share, and more than with the largest.

    The test of the change is Student's t, item by item, or on the sums of groups.
    """
    from scipy.stats import ttest_1samp

    gains = [
        one.correct.astype(np.int64) - other.correct
        for one, other in zip(fine_tuned, from_scratch, strict=True)
    ]
    changes = gains[0] - gains[-1]
    units = changes
    if groups is not None:
        units = np.bincount(np.unique(groups, return_inverse=True)[1], changes)
    varies = len(units) > 1 and np.ptp(units) > 0
    p_value = float(ttest_1samp(units, 0).pvalue) if varies else 1.0
    smallest = accuracy_difference(fine_tuned[0], from_scratch[0], groups)
    small, large = fine_tuned[0].share, fine_tuned[-1].share
    return Claim(
        "The fewer the training data, the more pretraining gains.",
        SOURCE,
        joint_verdict([smallest.value > 0, changes.sum() > 0], [smallest.p_value, p_value]),
        f"Fine-tuning gains {100 * gains[0].mean():+.1f} points over training from scratch with"
        f" {100 * small:g} % of the data (p = {smallest.p_value:.2g}), and"
        f" {100 * gains[-1].mean():+.1f} points with {100 * large:g} % (p of the change ="
        f" {p_value:.2g}).",
    )


def accuracy_table(outcomes: Mapping[str, Sequence[Outcome]], groups: Groups | None) -> Table:
    """Return the accuracy of each way with each share."""
    rows: list[list[Cell]] = []
    for arm, of_arm in outcomes.items():
        for outcome in of_arm:
            interval = accuracy_interval(outcome.correct, groups)
            bounds = f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"
            accuracy = f"{outcome.accuracy:.1%} ({bounds})"
            share = f"{100 * outcome.share:g} %"
            rows.append([arm, share, outcome.items, f"{outcome.parameters:,}", accuracy])
    return Table(
        "Accuracy by share of the training data",
        ["encoder", "share", "training items", "trained parameters", "test accuracy"],
        rows,
        "With 95 % intervals.",
    )


def accuracy_plot(outcomes: Mapping[str, Sequence[Outcome]], groups: Groups | None) -> Plot:
    """Return a plot of the accuracy by the number of training items."""
    series = []
    for arm, of_arm in outcomes.items():
        intervals = [accuracy_interval(outcome.correct, groups) for outcome in of_arm]
        half_widths = [(interval.high - interval.low) / 2 for interval in intervals]
        items = [outcome.items for outcome in of_arm]
        series.append(Series(arm, items, [outcome.accuracy for outcome in of_arm], half_widths))
    return Plot("Transfer learning", "training items", "test accuracy", series, log_x=True)
