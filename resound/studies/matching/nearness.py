"""Whether a classifier transfers better to a target that is nearer to the source."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from resound.studies.common import divergences
from resound.studies.common.divergences import Vector
from resound.studies.common.findings import Claim, Plot, Series, Source
from resound.studies.matching.adaptation import sample_rows
from resound.studies.matching.findings import CONFIDENCE, half_interval
from resound.studies.matching.transfer import TransferTask

SOURCE = Source("report", "theory report, distances between distributions")
STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Multiples of the constants that another channel adds."""
SPEAKERS, CHANNELS = "between target speakers", "between channels of increasing strength"


@dataclass(frozen=True)
class Nearness:
    """Distances from the source and accuracies of the classifier, in one draw."""

    comparison: str
    """`SPEAKERS` or `CHANNELS`."""
    distances: Vector
    """MMD of each target from the source."""
    accuracies: Vector

    @property
    def correlation(self) -> float:
        """Spearman's rank correlation; 0 where one of both is constant."""
        from scipy.stats import spearmanr

        if np.ptp(self.distances) == 0 or np.ptp(self.accuracies) == 0:
            return 0.0
        return float(spearmanr(self.distances, self.accuracies).statistic)


def measure_nearness(
    task: TransferTask, constants: Vector, max_items: int, random: np.random.Generator
) -> list[Nearness]:
    """Return distance and accuracy of each target speaker, and of all with each channel.

    The source and the kernel are the same for all targets of a comparison.
    """
    source = sample_rows(task.source, max_items, random)
    bandwidth = divergences.median_bandwidth(source, source[:0])
    speakers = [task.speakers == name for name in np.unique(task.speakers)]
    everything = np.ones(len(task.target), bool)
    targets = {
        SPEAKERS: [(task.target, rows) for rows in speakers],
        CHANNELS: [(task.target + strength * constants, everything) for strength in STRENGTHS],
    }
    return [
        Nearness(
            comparison,
            np.array([_distance(x[rows][:max_items], source, bandwidth) for x, rows in group]),
            np.array([task.correct(x)[rows].mean() for x, rows in group]),
        )
        for comparison, group in targets.items()
    ]


def _distance(rows: Vector, source: Vector, bandwidth: float) -> float:
    return sqrt(max(0.0, divergences.sample_mmd_squared(rows, source, bandwidth)))


def nearness_claim(results: Sequence[Nearness], comparison: str) -> Claim:
    """Claim that accuracy falls with distance.

    The verdict is true where the mean rank correlation over draws is surely negative, false where
    it is surely positive, else open.
    """
    correlations = np.array([r.correlation for r in results if r.comparison == comparison])
    mean, half = float(correlations.mean()), half_interval(correlations)
    count = len(next(r for r in results if r.comparison == comparison).distances)
    return Claim(
        "The smaller the distance between source and target, the better a classifier transfers"
        f" ({comparison}).",
        SOURCE,
        True if mean < -half else False if mean > half else None,
        f"The rank correlation of MMD and accuracy among {count} targets is {mean:+.2f} ±"
        f" {half:.2f} ({CONFIDENCE:.0%} interval over {len(correlations)} draws).",
    )


def nearness_plot(results: Sequence[Nearness]) -> Plot:
    """Return a plot of accuracy against distance of all draws."""
    series = [
        Series(
            comparison,
            np.concatenate([r.distances for r in results if r.comparison == comparison]).tolist(),
            np.concatenate([r.accuracies for r in results if r.comparison == comparison]).tolist(),
            style="points",
        )
        for comparison in (CHANNELS, SPEAKERS)
    ]
    return Plot("Distance and transfer", "MMD from the source", "accuracy", series)
