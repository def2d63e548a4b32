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
ADVERSARIAL, GAN, VAE = "adversarial linear map", "adversarial network (GAN)", "autoencoder (VAE)"
LEARNED = (ADVERSARIAL, GAN, VAE)
"""The methods that train networks."""
METHODS = (UNCHANGED, *MARGINAL, CORAL, MIN_MMD, *LEARNED)
PLOTTED = (UNCHANGED, LEAST_KL, CORAL, MIN_MMD, GAN, VAE)
"""The methods whose draws are plotted one by one."""
CONFIDENCE = 0.95
VERDICTS = {True: "better", False: "worse", None: "open"}


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


def methods_claim(outcomes: Outcomes) -> Claim:
    """Claim that each of the methods reduces the distance, on average over draws."""
    pairs = {
        (case, method): (
            _mmds(outcomes, case, UNCHANGED).mean(),
            _mmds(outcomes, case, method).mean(),
        )
        for case in CASES
        for method in METHODS[1:]
    }
    smaller = [after <= before for before, after in pairs.values()]
    exceptions = "; ".join(
        f"by {method} it rises from {before:.3f} to {after:.3f} ({case})"
        for (case, method), (before, after) in pairs.items()
        if after > before
    )
    return Claim(
        f"Each of these methods brings two distributions together: {', '.join(METHODS[1:])}.",
        SOURCE,
        all(smaller),
        f"Mean MMD does not rise in {sum(smaller)} of {len(smaller)} comparisons of"
        f" {len(METHODS) - 1} methods on {len(CASES)} targets"
        + (f"; {exceptions}." if exceptions else "."),
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
    verdicts = [gain_verdict(gain) for gain in gains.values()]
    changes = " and ".join(
        f"{100 * gain.mean():+.1f} ± {100 * half_widths[method]:.1f} points by {method}"
        for method, gain in gains.items()
    )
    before = _accuracies(outcomes, case, UNCHANGED).mean()
    return Claim(
        f"Matching the distributions by {_join(methods)} makes a classifier that was trained on one"
        f" work on the other ({case}).",
        SOURCE,
        False if False in verdicts else None if None in verdicts else True,
        f"Accuracy on the target is {before:.1%} before, and changes by {changes}"
        f" ({CONFIDENCE:.0%} interval over {len(outcomes[case, UNCHANGED])} draws).",
    )


def _join(names: Sequence[str]) -> str:
    """Return names as a list in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def gain_verdict(gains: Vector) -> bool | None:
    """Return whether the mean gain is surely positive, or None where its interval includes 0."""
    mean, half = gains.mean(), half_interval(gains)
    return True if mean > half else False if mean < -half else None


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
                "" if method == UNCHANGED else VERDICTS[gain_verdict(gains)],
                f"{_values(outcomes, case, method, 'wasserstein').mean():.3f}",
                f"{_values(outcomes, case, method, 'divergence').mean():.3f}",
            ]
        )
    return Table(
        "Accuracy on the target, and its distance from the source",
        (
            "target;features;accuracy;MMD;accuracy on the split's test part;change in points;"
            "verdict;Wasserstein-1;KL"
        ).split(";"),
        rows,
        f"Mean and standard deviation over {draws} draws of speakers; the change of accuracy with"
        f" its {CONFIDENCE:.0%} interval. Draws share speakers, so intervals over them are somewhat"
        " too narrow. Wasserstein-1 distances, and divergences KL of fitted normal distributions"
        " from target to source, are means over features. CORAL, minimal MMD (by a scale and shift"
        " of each feature), adversarial training and the autoencoder match features jointly, the"
        " others each by itself. A verdict is open where the interval, which is not corrected for"
        f" the {len(METHODS) - 1} methods, includes 0. The reports only name the methods. Inferred:"
        " scaling and shifting are by the range of values, smoothed matching is that of"
        " distribution functions smoothed by a kernel, adversarial training and GAN differ by what"
        " maps the features (a matrix, a network), and the autoencoder decodes items of the target"
        " as source.",
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
