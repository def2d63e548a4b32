"""Claims, tables and plots about estimates of the accuracy of networks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt

import numpy as np

from resound.studies.architectures.space import Architecture
from resound.studies.common.divergences import Vector
from resound.studies.common.findings import Cell, Claim, Plot, Series, Source, Table

SOURCE = Source("report", "theory report, automatic architecture search: performance estimates")
GRADIENT_SOURCE = Source("report", "theory report, automatic architecture search: strategies")
SPACE_SOURCE = Source("ours", "the space of this study, which the report names, compared")
FEWER_DATA, SHARED, GRADIENT = "fewer data", "shared weights", "gradient method"
CONFIDENCE, SIGNIFICANCE = 0.95, 0.05
VERDICTS = {True: "as good", False: "worse", None: "open"}


@dataclass(frozen=True)
class Trainings:
    """The full trainings of every network."""

    architectures: Sequence[Architecture]
    validation: Vector
    """Accuracies on the validation part, shape (trainings, architectures)."""
    test: Vector
    """Those on the test part."""

    @property
    def quality(self) -> Vector:
        """The mean accuracy of each network on the test part."""
        return np.asarray(self.test.mean(axis=0))

    @property
    def chosen(self) -> Vector:
        """The quality of the network that each full training of every network chooses."""
        return np.asarray(self.quality[self.validation.argmax(axis=1)])

    @property
    def agreement(self) -> float:
        """The mean rank correlation between two full trainings, by validation accuracy."""
        pairs = combinations(self.validation, 2)
        return float(np.mean([rank_correlation(*pair) for pair in pairs]))


@dataclass(frozen=True)
class Estimate:
    """Scores of every network by a method, in several repeats."""

    method: str
    scores: Vector
    """Shape (repeats, architectures); the network with the largest score is chosen."""
    steps: float
    """Steps of training, as a fraction of those of one full training of every network."""

    def chosen(self, trainings: Trainings) -> Vector:
        """Return the quality of the network that each repeat chooses."""
        return np.asarray(trainings.quality[self.scores.argmax(axis=1)])

    def loss(self, trainings: Trainings) -> tuple[float, float]:
        """Return how much worse choices are than those by full training, and half its interval."""
        return difference(trainings.chosen, self.chosen(trainings))

    def correlations(self, trainings: Trainings) -> Vector:
        """Return the rank correlation of each repeat with single full trainings, on average."""
        return np.array(
            [
                np.mean([rank_correlation(scores, full) for full in trainings.validation])
                for scores in self.scores
            ]
        )


def rank_correlation(x: Vector, y: Vector) -> float:
    """Return Spearman's rank correlation; 0 where one of both is constant."""
    from scipy.stats import spearmanr

    return 0.0 if np.ptp(x) == 0 or np.ptp(y) == 0 else float(spearmanr(x, y).statistic)


def half_interval(values: Vector) -> float:
    """Return half the width of the t interval of the mean."""
    from scipy.stats import t

    error = values.std(ddof=1) / sqrt(len(values))
    return float(t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1) * error)


def difference(values: Vector, others: Vector) -> tuple[float, float]:
    """Return the difference of means and half the width of its interval by Welch's t test."""
    from scipy.stats import t

    mean = float(values.mean() - others.mean())
    parts = [sample.var(ddof=1) / len(sample) for sample in (values, others)]
    if not sum(parts):
        return mean, 0.0
    freedom = sum(parts) ** 2 / sum(
        part**2 / (len(sample) - 1) for part, sample in zip(parts, (values, others))
    )
    return mean, float(t.ppf(0.5 + CONFIDENCE / 2, freedom) * sqrt(sum(parts)))


def loss_verdict(loss: tuple[float, float], margin: float) -> bool | None:
    """Return whether the mean loss is surely below the margin, or None if that is open."""
    mean, half = loss
    return True if mean + half < margin else False if mean - half > margin else None


def estimate_claim(estimate: Estimate, trainings: Trainings, margin: float) -> Claim:
    """Claim that the choice of an estimate is as good as that by full training.

    The verdict is true where it is surely worse by less than `margin` or better, false where it is
    surely worse by more, else open.
    """
    loss, half = estimate.loss(trainings)
    statement = {
        FEWER_DATA: "Networks can be compared by training them on fewer data.",
        SHARED: "Networks can be compared with weights that they share, without training each.",
        GRADIENT: "A gradient method finds a network as good as training every network does.",
    }[estimate.method]
    return Claim(
        statement,
        GRADIENT_SOURCE if estimate.method == GRADIENT else SOURCE,
        loss_verdict((loss, half), margin),
        f"With {estimate.steps:.0%} of the steps its choice has a test accuracy of"
        f" {estimate.chosen(trainings).mean():.1%}, against {trainings.chosen.mean():.1%} of the"
        f" choice by full training of every network and {trainings.quality.mean():.1%} of a random"
        f" one. It loses {100 * loss:+.1f} ± {100 * half:.1f} points ({CONFIDENCE:.0%} interval"
        f" over {len(estimate.scores)} repeats and {len(trainings.test)} full trainings);"
        f" {100 * margin:g} would not matter.",
    )


def ranking_claim(estimate: Estimate, trainings: Trainings) -> Claim:
    """Claim that an estimate ranks networks as full training does, better than chance.

    The verdict is true where the mean rank correlation over repeats is surely positive, false
    where it is surely not positive, else open.
    """
    correlations = estimate.correlations(trainings)
    mean, half = float(correlations.mean()), half_interval(correlations)
    return Claim(
        f"Estimates by {estimate.method} tell good networks from bad ones.",
        SOURCE,
        True if mean > half else False if mean < -half else None,
        f"Their rank correlation with the validation accuracy of a full training is {mean:+.2f} ±"
        f" {half:.2f} ({CONFIDENCE:.0%} interval over {len(correlations)} repeats), where two full"
        f" trainings have {trainings.agreement:+.2f}.",
    )


def space_claim(trainings: Trainings) -> Claim:
    """Claim that accuracy depends on the architecture, by a one-way analysis of variance."""
    from scipy.stats import f_oneway

    result = f_oneway(*trainings.test.T)
    best, worst = trainings.quality.argmax(), trainings.quality.argmin()
    names = [architecture.name for architecture in trainings.architectures]
    return Claim(
        "Kernels, strides, the number of convolutions and connections decide how accurate a network"
        " is.",
        SPACE_SOURCE,
        True if result.pvalue < SIGNIFICANCE else None,
        f"Test accuracy varies more between {len(names)} networks than between"
        f" {len(trainings.test)} trainings of one: F = {result.statistic:.1f},"
        f" p = {result.pvalue:.2g}. It is {trainings.quality[best]:.1%} at best ({names[best]}) and"
        f" {trainings.quality[worst]:.1%} at worst ({names[worst]}).",
    )


def estimates_table(estimates: Sequence[Estimate], trainings: Trainings, margin: float) -> Table:
    """Return what each estimate costs, how it ranks networks and what it chooses."""
    rows: list[list[Cell]] = [
        [
            "full training",
            "100%",
            f"{trainings.agreement:+.2f}",
            f"{trainings.chosen.mean():.1%}",
            "",
            "",
        ]
    ]
    for estimate in estimates:
        (loss, half), correlations = estimate.loss(trainings), estimate.correlations(trainings)
        rows.append(
            [
                estimate.method,
                f"{estimate.steps:.0%}",
                f"{correlations.mean():+.2f} ± {half_interval(correlations):.2f}",
                f"{estimate.chosen(trainings).mean():.1%}",
                f"{100 * loss:+.1f} ± {100 * half:.1f}",
                VERDICTS[loss_verdict((loss, half), margin)],
            ]
        )
    loss = float(trainings.chosen.mean() - trainings.quality.mean())
    rows.append(
        ["random choice", "0%", "0", f"{trainings.quality.mean():.1%}", f"{100 * loss:+.1f}", ""]
    )
    return Table(
        "Estimates",
        ["estimate", "steps", "rank correlation", "test accuracy of the choice", "loss", "verdict"],
        rows,
        "Choices are by the validation part. Losses are in points, with intervals over repeats and"
        " trainings but not over test items. The rank correlation is that with a full training; for"
        " full training it is that between trainings, which differ by random numbers. Steps do not"
        " count evaluation, and those of the gradient method take longer: they train all networks.",
    )


def networks_table(trainings: Trainings) -> Table:
    """Return the accuracies of every network, the most accurate on the validation part first."""
    validation = trainings.validation.mean(axis=0)
    rows: list[list[Cell]] = [
        [
            trainings.architectures[n].name,
            f"{validation[n]:.1%}",
            f"{trainings.quality[n]:.1%}",
            f"{100 * np.ptp(trainings.test[:, n]):.1f}",
        ]
        for n in np.argsort(-validation, kind="stable")
    ]
    return Table(
        "Every network",
        ["network", "validation", "test", "range of test between trainings, in points"],
        rows,
        f"Means of {len(trainings.test)} full trainings. A network is kernel/stride of its first"
        " convolution, then the kernel of its second one, if any.",
    )


def estimates_plot(estimates: Sequence[Estimate], trainings: Trainings) -> Plot:
    """Return a plot of full training against estimates that are accuracies, one point a network."""
    return Plot(
        "Estimated and full training",
        "estimated accuracy, mean of repeats",
        "validation accuracy of full training",
        [
            Series(
                estimate.method,
                estimate.scores.mean(axis=0).tolist(),
                trainings.validation.mean(axis=0).tolist(),
                style="points",
            )
            for estimate in estimates
            if estimate.method != GRADIENT
        ],
    )


def choices_plot(trainings: Trainings) -> Plot:
    """Return a bar plot of the mean test accuracy of the networks with each choice."""
    groups: dict[str, list[float]] = {}
    for architecture, quality in zip(trainings.architectures, trainings.quality):
        for decision, choice in architecture.choices.items():
            groups.setdefault(f"{decision}: {choice}", []).append(float(quality))
    series = [
        Series(name, [n], [float(np.mean(groups[name]))], style="bars")
        for n, name in enumerate(sorted(groups))
    ]
    return Plot("Accuracy by choice", "choice", "mean test accuracy", series)
