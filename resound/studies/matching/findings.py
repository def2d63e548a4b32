"""Claims, tables and plots about distance and accuracy before and after adaptation."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from resound.studies.common.divergences import Vector
from resound.studies.common.findings import Cell, Claim, Plot, Series, Source, Table

SOURCE = Source("report", "theory report, bringing distributions together")
UNSEEN, CHANNEL = "unseen speakers", "unseen speakers, another channel"
UNCHANGED, CORAL, MIN_MMD = "unchanged", "CORAL", "minimal MMD"
CASES, METHODS = (UNSEEN, CHANNEL), (UNCHANGED, CORAL, MIN_MMD)
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Outcome:
    """Metrics of one adaptation method in one draw of speakers."""

    accuracy: float
    mmd: float


Outcomes = dict[tuple[str, str], list[Outcome]]
"""One outcome per draw, by case and adaptation method."""


def distance_claim(outcomes: Outcomes) -> Claim:
    """Claim that every method reduces the distance."""
    before = {case: _mmds(outcomes, case, UNCHANGED).mean() for case in CASES}
    after = {(c, m): _mmds(outcomes, c, m).mean() for c in CASES for m in (CORAL, MIN_MMD)}
    values = "; ".join(
        f"{case}: {before[case]:.3f} before, "
        + ", ".join(f"{after[case, method]:.3f} after {method}" for method in (CORAL, MIN_MMD))
        for case in CASES
    )
    return Claim(
        "Two distributions of features can be brought together by minimising a distance between"
        " them, without labels.",
        SOURCE,
        all(value <= before[case] for (case, _), value in after.items()),
        f"Mean MMD between target and source, {values}.",
    )


def accuracy_claim(outcomes: Outcomes, case: str) -> Claim:
    """Claim that adaptation raises accuracy: true if every method does, false if one lowers it."""
    gains = {
        method: _accuracies(outcomes, case, method) - _accuracies(outcomes, case, UNCHANGED)
        for method in (CORAL, MIN_MMD)
    }
    half_widths = {method: _half_interval(gain) for method, gain in gains.items()}
    rises = all(gain.mean() > half_widths[method] for method, gain in gains.items())
    falls = any(gain.mean() < -half_widths[method] for method, gain in gains.items())
    changes = " and ".join(
        f"{100 * gain.mean():+.1f} ± {100 * half_widths[method]:.1f} points by {method}"
        for method, gain in gains.items()
    )
    before = _accuracies(outcomes, case, UNCHANGED).mean()
    return Claim(
        "Matching the distributions makes a classifier that was trained on one work on the other"
        f" ({case}).",
        SOURCE,
        True if rises else False if falls else None,
        f"Accuracy on the target is {before:.1%} before, and changes by {changes}"
        f" ({CONFIDENCE:.0%} interval over {len(gains[CORAL])} draws).",
    )


def _half_interval(gains: Vector) -> float:
    """Return half the width of the t interval of the mean."""
    from scipy.stats import t

    error = gains.std(ddof=1) / sqrt(len(gains))
    return float(t.ppf(0.5 + CONFIDENCE / 2, len(gains) - 1) * error)


def outcomes_table(outcomes: Outcomes) -> Table:
    """Return accuracy and distance by case and adaptation method."""
    draws = len(next(iter(outcomes.values())))
    rows: list[list[Cell]] = []
    for (case, method), of_draws in outcomes.items():
        accuracies, mmds = _accuracies(outcomes, case, method), _mmds(outcomes, case, method)
        rows.append(
            [
                case,
                method,
                f"{accuracies.mean():.1%} ± {100 * accuracies.std(ddof=1):.1f}",
                f"{mmds.mean():.3f} ± {mmds.std(ddof=1):.3f}",
                f"{of_draws[0].accuracy:.1%}",
            ]
        )
    return Table(
        "Accuracy on the target, and its distance from the source",
        ["target", "features", "accuracy", "MMD", "accuracy on the split's test part"],
        rows,
        f"Mean and standard deviation over {draws} draws of speakers. Draws share speakers, so"
        " intervals over them are somewhat too narrow.",
    )


def outcomes_plot(outcomes: Outcomes, case: str) -> Plot:
    """Return a plot of accuracy against distance, one point per draw."""
    return Plot(
        f"Distance and accuracy: {case}",
        "MMD between target and source",
        "accuracy on the target",
        [
            Series(
                method,
                _mmds(outcomes, case, method).tolist(),
                _accuracies(outcomes, case, method).tolist(),
                style="points",
            )
            for method in METHODS
        ],
    )


def _accuracies(outcomes: Outcomes, case: str, method: str) -> Vector:
    return np.array([outcome.accuracy for outcome in outcomes[case, method]])


def _mmds(outcomes: Outcomes, case: str, method: str) -> Vector:
    return np.array([outcome.mmd for outcome in outcomes[case, method]])
