"""Claims, tables and plots about estimates of the accuracy of networks."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    def reference(self) -> float:
        """The quality of the network that a full training of every network chooses, on average."""
        return float(np.mean([self.quality[scores.argmax()] for scores in self.validation]))


@dataclass(frozen=True)
class Estimate:
    """Scores of every network by a method, in several repeats."""

    method: str
    scores: Vector
    """Shape (repeats, architectures); the network with the largest score is chosen."""
    steps: float
    """Steps of training, as a fraction of those of one full training of every network."""

    def losses(self, trainings: Trainings) -> Vector:
        """Return how much worse the choice of each repeat is than that by full training."""
        chosen = trainings.quality[self.scores.argmax(axis=1)]
        return np.asarray(trainings.reference - chosen)

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


def loss_verdict(losses: Vector, margin: float) -> bool | None:
    """Return whether the mean loss is surely below the margin, or None if that is open."""
    mean, half = float(losses.mean()), half_interval(losses)
    return True if mean + half < margin else False if mean - half > margin else None


def estimate_claim(estimate: Estimate, trainings: Trainings, margin: float) -> Claim:
    """Claim that the choice of an estimate is as good as that by full training.

    The verdict is true where it is surely worse by less than `margin` or better, false where it is
    surely worse by more, else open.
    """
    losses, correlations = estimate.losses(trainings), estimate.correlations(trainings)
    statement = {
        FEWER_DATA: "Networks can be compared by training them on fewer data.",
        SHARED: "Networks can be compared with weights that they share, without training each.",
        GRADIENT: "A gradient method finds a network as good as training every network does.",
    }[estimate.method]
    return Claim(
        statement,
        GRADIENT_SOURCE if estimate.method == GRADIENT else SOURCE,
        loss_verdict(losses, margin),
        f"With {estimate.steps:.0%} of the steps its choice has a test accuracy of"
        f" {trainings.reference - losses.mean():.1%}, against {trainings.reference:.1%} of the"
        f" choice by full training of every network and {trainings.quality.mean():.1%} of a random"
        f" one. It loses {100 * losses.mean():+.1f} ± {100 * half_interval(losses):.1f} points"
        f" ({CONFIDENCE:.0%} interval over {len(losses)} repeats); {100 * margin:g} would not"
        f" matter. The rank correlation with full training is {correlations.mean():+.2f} ±"
        f" {half_interval(correlations):.2f}.",
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
    between = [
        rank_correlation(one, other)
        for n, one in enumerate(trainings.validation)
        for other in trainings.validation[:n]
    ]
    rows: list[list[Cell]] = [
        ["full training", "100%", f"{np.mean(between):+.2f}", f"{trainings.reference:.1%}", "", ""]
    ]
    for estimate in estimates:
        losses, correlations = estimate.losses(trainings), estimate.correlations(trainings)
        rows.append(
            [
                estimate.method,
                f"{estimate.steps:.0%}",
                f"{correlations.mean():+.2f} ± {half_interval(correlations):.2f}",
                f"{trainings.reference - losses.mean():.1%}",
                f"{100 * losses.mean():+.1f} ± {100 * half_interval(losses):.1f}",
                VERDICTS[loss_verdict(losses, margin)],
            ]
        )
    loss = trainings.reference - trainings.quality.mean()
    rows.append(
        ["random choice", "0%", "0", f"{trainings.quality.mean():.1%}", f"{100 * loss:+.1f}", ""]
    )
    return Table(
        "Estimates",
        ["estimate", "steps", "rank correlation", "test accuracy of the choice", "loss", "verdict"],
        rows,
        "Choices are by the validation part. The rank correlation is that with a full training; for"
        " full training it is that between trainings, which differ by random numbers. Steps do not"
        " count evaluation; a step of the gradient method takes about three times as long.",
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
