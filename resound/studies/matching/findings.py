"""Claims, tables and plots about distance and accuracy before and after adaptation."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from resound.studies.common.divergences import Vector
from resound.studies.common.findings import Cell, Claim, Plot, Series, Source, Table

SOURCE = Source("report", "theory report, bringing distributions together")
UNSEEN, CHANNEL = "unseen speakers", "unseen speakers, another channel"
UNCHANGED, CORAL, MIN_MMD = "unchanged", "CORAL", "minimal MMD"
Z_SCORE, RANGE, HISTOGRAM = "z-score", "scaling and shifting", "histogram matching"
QUANTILES, SMOOTHED = "quantile matching", "smoothed matching"
LEAST_KL, LEAST_WASSERSTEIN = "minimal KL", "minimal Wasserstein-2"
CASES = (UNSEEN, CHANNEL)
MARGINAL = (Z_SCORE, RANGE, HISTOGRAM, QUANTILES, SMOOTHED, LEAST_KL, LEAST_WASSERSTEIN)
"""The methods that match each feature by itself."""
METHODS = (UNCHANGED, *MARGINAL, CORAL, MIN_MMD)
PLOTTED = (UNCHANGED, LEAST_KL, CORAL, MIN_MMD)
"""The methods whose draws are plotted one by one."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Outcome:
    """Metrics of one adaptation method in one draw of speakers."""

    accuracy: float
    mmd: float
    wasserstein: float
    """The mean Wasserstein-1 distance of features."""
    divergence: float
    """The mean Kullback-Leibler divergence of normal distributions fitted to features."""


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


def divergence_claim(outcomes: Outcomes) -> Claim:
    """Claim that gradient descent reduces the Kullback-Leibler divergence in every draw."""
    before, after = (
        {case: _values(outcomes, case, method, "divergence") for case in CASES}
        for method in (UNCHANGED, LEAST_KL)
    )
    values = "; ".join(
        f"{case}: {before[case].mean():.3f} before, {after[case].mean():.3f} after"
        for case in CASES
    )
    return Claim(
        "Gradient descent on the Kullback-Leibler divergence brings two distributions together.",
        SOURCE,
        all(bool((after[case] < before[case]).all()) for case in CASES),
        f"Mean divergence of fitted normal distributions from target to source, {values}. It falls"
        f" in {sum(int((after[case] < before[case]).sum()) for case in CASES)} of"
        f" {sum(len(after[case]) for case in CASES)} draws.",
    )


def accuracy_claim(
    outcomes: Outcomes, case: str, methods: Sequence[str] = (CORAL, MIN_MMD)
) -> Claim:
    """Claim that adaptation raises accuracy: true if every method does, false if one lowers it."""
    gains = {
        method: _accuracies(outcomes, case, method) - _accuracies(outcomes, case, UNCHANGED)
        for method in methods
    }
    half_widths = {method: half_interval(gain) for method, gain in gains.items()}
    rises = all(gain.mean() > half_widths[method] for method, gain in gains.items())
    falls = any(gain.mean() < -half_widths[method] for method, gain in gains.items())
    changes = " and ".join(
        f"{100 * gain.mean():+.1f} ± {100 * half_widths[method]:.1f} points by {method}"
        for method, gain in gains.items()
    )
    before = _accuracies(outcomes, case, UNCHANGED).mean()
    how = "" if len(methods) > 1 else f" by {methods[0]}"
    return Claim(
        f"Matching the distributions{how} makes a classifier that was trained on one work on the other"
        f" ({case}).",
        SOURCE,
        True if rises else False if falls else None,
        f"Accuracy on the target is {before:.1%} before, and changes by {changes}"
        f" ({CONFIDENCE:.0%} interval over {len(outcomes[case, UNCHANGED])} draws).",
    )


def half_interval(gains: Vector) -> float:
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
        gains = accuracies - _accuracies(outcomes, case, UNCHANGED)
        change = f"{100 * gains.mean():+.1f} ± {100 * half_interval(gains):.1f}"
        rows.append(
            [
                case,
                method,
                f"{accuracies.mean():.1%} ± {100 * accuracies.std(ddof=1):.1f}",
                f"{mmds.mean():.3f} ± {mmds.std(ddof=1):.3f}",
                f"{of_draws[0].accuracy:.1%}",
                "" if method == UNCHANGED else change,
                f"{_values(outcomes, case, method, 'wasserstein').mean():.3f}",
                f"{_values(outcomes, case, method, 'divergence').mean():.3f}",
            ]
        )
    return Table(
        "Accuracy on the target, and its distance from the source",
        (
            "target;features;accuracy;MMD;accuracy on the split's test part;change in points;"
            "Wasserstein-1;KL"
        ).split(";"),
        rows,
        f"Mean and standard deviation over {draws} draws of speakers; the change of accuracy with"
        f" its {CONFIDENCE:.0%} interval. Draws share speakers, so intervals over them are somewhat"
        " too narrow. Wasserstein-1 distances, and divergences KL of fitted normal distributions"
        " from target to source, are means over features. All methods but CORAL match each feature"
        " by itself, and minimal MMD matches them jointly by a scale and shift of each. Scaling and"
        " shifting are by the range of values, and smoothed matching is that of distribution"
        " functions smoothed by a kernel: both are inferred.",
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
            for method in PLOTTED
        ],
    )


def accuracies_plot(outcomes: Outcomes, case: str) -> Plot:
    """Return a bar plot of the mean accuracy of each method with its interval."""
    series = [
        Series(
            method,
            [n],
            [float(_accuracies(outcomes, case, method).mean())],
            [half_interval(_accuracies(outcomes, case, method))],
            style="bars",
        )
        for n, method in enumerate(METHODS)
    ]
    return Plot(f"Accuracy by method: {case}", "method", "accuracy on the target", series)


def _accuracies(outcomes: Outcomes, case: str, method: str) -> Vector:
    return _values(outcomes, case, method, "accuracy")


def _mmds(outcomes: Outcomes, case: str, method: str) -> Vector:
    return _values(outcomes, case, method, "mmd")


def _values(outcomes: Outcomes, case: str, method: str, metric: str) -> Vector:
    return np.array([getattr(outcome, metric) for outcome in outcomes[case, method]])
