"""What simulated estimators show, told: claims, tables and figures."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.estimators.simulated import Outcome, Vector, slope

if TYPE_CHECKING:
    from resound.studies.estimators import Settings


SOURCE = "theory report, estimators"
APART = 4.0
"""Standard errors that a simulated figure may lie from its formula: so many are compared that some
lie further than three by chance.
"""
SLOPE_OFF = 0.05
"""How much the slope of log error against log n may differ from the one that is due."""
ROUNDING = 1e-6
"""The relative error that numerical integrals and maxima are trusted with."""
INTEGRATED = (0.25, 0.6, 2.0, 4.0)
"""The theta whose mean is integrated."""


def density(x: float, theta: float) -> float:
    """The density on (0, 1)."""
    return float(x ** ((1 - theta) / theta) / theta)


def moment(theta: float, order: int) -> float:
    """The mean of x^order by that density, integrated numerically."""
    from scipy.integrate import quad

    return float(quad(lambda x: x**order * density(x, theta), 0, 1, epsabs=1e-11)[0])


def posterior_difference(
    sample: Vector, prior: tuple[float, float], posterior: tuple[float, float]
) -> float:
    """How far prior times Poisson likelihood, normalised numerically, lies from the density that
    is said to be the posterior, by the height of its peak. Both are Gamma: shape and rate.
    """
    from scipy import stats

    before, after = (stats.gamma(shape, scale=1 / rate) for shape, rate in (prior, posterior))
    rates = np.linspace(after.ppf(1e-12), after.isf(1e-12), 401)
    logs = stats.poisson.logpmf(sample, rates[:, None]).sum(axis=1) + before.logpdf(rates)
    product = np.exp(logs - logs.max())
    due = after.pdf(rates)
    return float(np.abs(product / np.trapezoid(product, rates) - due).max() / due.max())


def likelihood_claim(outcome: Outcome, text: str) -> Claim:
    """Whether an estimate is the maximum, and its bias and variance are those of its formulas."""
    (bias, variance), misses = outcome.apart, outcome.misses or 0.0
    holds = max(bias, variance) < APART and misses < ROUNDING and _halves(outcome)
    because = (
        f"The maximum found numerically lies at most a share of {misses:.0e} from it. The simulated"
        f" bias is within {bias:.1f} standard errors of the formula at every n, the variance within"
        f" {variance:.1f}; the error falls with the power {outcome.slope:.3f} of n (-1/2 is due)."
    )
    return Claim(text, SOURCE, holds, because)


def posterior_claim(settings: "Settings", mode: Outcome) -> Claim:
    """Whether a Poisson rate has the posterior, and the mode, that are said."""
    random = np.random.default_rng(settings.seed)
    samples = [random.poisson(settings.rate, n).astype(np.float64) for n in settings.sizes]
    alpha, beta = settings.prior_shape, settings.prior_rate
    worst = max(
        posterior_difference(x, (alpha, beta), (alpha + x.sum(), beta + len(x))) for x in samples
    )
    (bias, variance), misses = mode.apart, mode.misses or 0.0
    return Claim(
        "With a Gamma(alpha, beta) prior the rate of a Poisson sample has the posterior"
        " Gamma(alpha + sum x, beta + n), and so the most probable rate is (alpha + sum x - 1) /"
        " (beta + n).",
        SOURCE,
        max(worst, misses) < ROUNDING and max(bias, variance) < APART,
        f"Prior times likelihood, normalised numerically, differs from the Gamma density by"
        f" {worst:.0e} of its peak at most, and its maximum from the formula by {misses:.0e}. Bias"
        f" (alpha - 1 - beta rate) / (beta + n) and variance n rate / (beta + n)^2 are met within"
        f" {bias:.1f} and {variance:.1f} standard errors.",
    )


def limit_claim(mode: Outcome, likeliest: Outcome) -> Claim:
    """Whether the mode comes as near to maximum likelihood as 1 / n."""
    gaps = np.abs(mode.estimates - likeliest.estimates).mean(axis=1)
    fall = slope(mode.sizes, gaps)
    spread = gaps[-1] / np.sqrt(likeliest.variance[-1])
    return Claim(
        "As n grows the most probable rate tends to that of maximum likelihood, the sample mean:"
        " the prior is outweighed.",
        SOURCE,
        bool((np.diff(gaps) < 0).all()) and fall < -1 + SLOPE_OFF,
        f"They are {gaps[0]:.2g} apart on average at n = {mode.sizes[0]} and {gaps[-1]:.2g} at"
        f" n = {mode.sizes[-1]:,}, {spread:.2g} of the standard deviation there; the distance falls"
        f" with the power {fall:.3f} of n, the error of the sample mean with that of"
        f" {likeliest.slope:.3f}.",
    )


def mean_claim() -> Claim:
    """Whether the density on (0, 1) has the mean that is said."""
    right = max(abs(moment(theta, 1) - 1 / (1 + theta)) for theta in INTEGRATED)
    wrong = max(abs(moment(theta, 1) - theta / (1 + theta)) for theta in INTEGRATED)
    return Claim(
        "The density x^((1 - theta) / theta) / theta on (0, 1) has the mean 1 / (1 + theta).",
        SOURCE,
        right < ROUNDING,
        f"Integrated numerically for theta from {INTEGRATED[0]:g} to {INTEGRATED[-1]:g} the mean"
        f" differs from it by {right:.0e} at most; from theta / (1 + theta), the mean of theta"
        f" x^(theta - 1), by up to {wrong:.2g}.",
    )


def moment_claim(outcome: Outcome, text: str, source: str) -> Claim:
    """Whether the error of an estimate by moments falls as it is due."""
    last, error = outcome.mean[-1], outcome.bias_error[-1]
    return Claim(
        text,
        source,
        _halves(outcome),
        f"With theta {outcome.of.truth:g} the estimates have the mean {last:.4f} (standard error"
        f" {error:.4f}) at n = {outcome.sizes[-1]:,}; the error goes from {outcome.rmse[0]:.3g} at"
        f" n = {outcome.sizes[0]} to {outcome.rmse[-1]:.3g}, with the power {outcome.slope:.3f} of"
        f" n over the larger half (-1/2 is due).",
    )


def _halves(outcome: Outcome) -> bool:
    """Whether the error falls as the square root of n grows."""
    return abs(outcome.slope + 0.5) < SLOPE_OFF


def figures_table(outcomes: Sequence[Outcome]) -> Table:
    """Bias and variance of each estimator beside those of its formulas."""
    count = len(outcomes[0].sizes)
    rows: list[list[Cell]] = [
        [
            "" if place else f"{o.of.family}, {o.of.name}",
            o.sizes[n],
            *map(_digits, (o.bias[n], o.due_bias[n], o.variance[n], o.due_variance[n])),
            *map(_digits, (o.rmse[n] ** 2, o.due_rmse[n] ** 2)),
        ]
        for o in outcomes
        for place, n in enumerate((0, count // 2, count - 1))
    ]
    return Table(
        "Simulated, and by formula",
        "estimator|n|bias|formula|variance|formula|mean squared error|formula".split("|"),
        rows,
        "By moments the formulas are the first term in 1 / n, which small samples need not meet.",
    )


def means_table() -> Table:
    """The mean of the density on (0, 1) beside two formulas for it."""
    rows = [
        [theta, moment(theta, 0), moment(theta, 1), 1 / (1 + theta), theta / (1 + theta)]
        for theta in INTEGRATED
    ]
    columns = ["theta", "density", "mean", "1 / (1 + theta)", "theta / (1 + theta)"]
    return Table("The density on (0, 1), integrated numerically", columns, rows)


def forms_table(outcomes: Sequence[Outcome]) -> Table:
    """Where the forms of the estimate by moments lead."""
    rows: list[list[Cell]] = [
        [o.of.name, *map(_digits, (o.mean[-1], o.bias_error[-1], o.rmse[0], o.rmse[-1], o.slope))]
        for o in outcomes
    ]
    small, large = outcomes[0].sizes[0], outcomes[0].sizes[-1]
    return Table(
        f"Forms of the moments where theta is {outcomes[0].of.truth:g}",
        ["form", "mean", "standard error", f"error, n = {small}", f"n = {large:,}", "slope"],
        rows,
        "The second turns the parameter upside down and tends to 1 / theta, the third has a sign"
        " wrong. What the report wrote is not known.",
    )


def _digits(value: float) -> str:
    return f"{value:.3g}"


def estimates_plot(title: str, outcomes: Sequence[Outcome]) -> Plot:
    """Means with standard deviations, side by side at each n."""
    sizes = outcomes[0].sizes
    series = [
        Series(
            o.of.name,
            [n * 1.08**place for n in sizes],
            o.mean.tolist(),
            np.sqrt(o.variance).tolist(),
            look="dots",
        )
        for place, o in enumerate(outcomes)
    ]
    truth = Series("truth", list(sizes), [outcomes[0].of.truth] * len(sizes), look="dashes")
    return Plot(title, "n", "mean and deviation of estimates", [*series, truth], log_x=True)


def error_plot(
    title: str, y: str, outcomes: Sequence[Outcome], which: Literal["bias", "rmse"]
) -> Plot:
    """Dots for what was simulated, dashes of the same shade for the formula."""
    series = []
    for shade, o in enumerate(outcomes):
        due = np.abs(getattr(o, f"due_{which}"))
        if not due.any():
            continue
        found, sizes = np.abs(getattr(o, which)).tolist(), list(o.sizes)
        error = o.bias_error.tolist() if which == "bias" else None
        series.append(
            Series(f"{o.of.family}, {o.of.name}", sizes, found, error, look="dots", shade=shade)
        )
        series.append(Series("", sizes, due.tolist(), look="dashes", shade=shade))
    return Plot(f"{title} (dashes: formula)", "n", y, series, log_x=True, log_y=True)
