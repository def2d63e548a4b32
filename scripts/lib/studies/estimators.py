"""The estimators that the reports derive, simulated beside their formulas.

- Pareto, of density theta b^theta / x^(theta + 1) from b on, b known: maximum likelihood.
- Poisson, with a Gamma distribution as the prior of its rate: the posterior's mode.
- The density x^((1 - theta) / theta) / theta on (0, 1): maximum likelihood, and by moments.

Biases and variances follow from the sums in the estimates: n values of log(x / b) sum to a
Gamma(n, rate theta) variable, n values of -log x to a Gamma(n, rate 1 / theta) one, counts to a
Poisson one. By moments they are those of the first terms of a Taylor series (the delta method).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, Len
from numpy.typing import NDArray

from scripts.lib.settings import Natural, PositiveNumber, settings
from scripts.lib.studies.findings import Cell, Claim, Findings, Plot, Series, Table
from scripts.lib.studies.material import Material

Vector = NDArray[np.float64]

SOURCE = "theory report, estimators"
ASSUMED = (
    "assumed: the moments of one report are known to be wrong, not how they were written; this is"
    " what comes of taking the parameter upside down"
)

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


@settings
class Settings:
    """Samples of several sizes from each distribution."""

    kind: Literal["estimators"]
    """Bias and variance of estimators, by simulation and by formula."""
    pareto: PositiveNumber = 3.0
    """The exponent of the Pareto distribution, which is estimated."""
    pareto_scale: PositiveNumber = 2.0
    """Where it begins, which is known."""
    rate: PositiveNumber = 4.0
    """The rate of the Poisson distribution, which is estimated."""
    prior_shape: Annotated[float, Gt(1)] = 3.0
    """Alpha of the Gamma prior; above 1 its mode is not 0."""
    prior_rate: PositiveNumber = 2.0
    """Beta of the Gamma prior."""
    power: PositiveNumber = 0.6
    """The theta of the density on (0, 1); at 1 a wrong form looks right."""
    sizes: Annotated[list[Annotated[int, Gt(2)]], Len(4)] = field(
        default_factory=lambda: [10, 20, 50, 100, 200, 500, 1000, 2000]
    )
    """How large the samples are, rising."""
    repeats: Annotated[int, Gt(1)] = 4000
    """Samples of each size."""
    seed: Natural = 1


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    announce: Callable[[str], None],
) -> Findings:
    """Simulate every estimator and compare it with its formula."""
    random = np.random.default_rng(settings.seed)
    pareto_ml, poisson_ml, posterior_mode, power_ml, moments, upside_down, wrong_sign = (
        outcome
        for family in (pareto(settings), poisson(settings), power(settings))
        for outcome in simulated(family, settings.sizes, settings.repeats, random)
    )
    right = [pareto_ml, poisson_ml, posterior_mode, power_ml, moments]
    forms = [moments, upside_down, wrong_sign]
    return Findings(
        title="Estimators and their formulas",
        method=(
            f"{settings.repeats:,} samples of each of {len(settings.sizes)} sizes, from"
            f" {settings.sizes[0]} to {settings.sizes[-1]:,}, of each distribution: Pareto with"
            f" theta {settings.pareto:g} from {settings.pareto_scale:g} on, Poisson with rate"
            f" {settings.rate:g} and the prior Gamma({settings.prior_shape:g},"
            f" {settings.prior_rate:g}), and the density x^((1 - theta) / theta) / theta with theta"
            f" {settings.power:g}. Of a sample of each size the likelihood, written out by SciPy's"
            f" densities, is also maximised numerically. A figure agrees with its formula within"
            f" {APART:g} standard errors."
        ),
        claims=[
            _likelihood_claim(
                pareto_ml,
                "With the scale b known, the likelihood of a Pareto sample is largest at theta ="
                " n / (sum log x - n log b). It follows that the estimate is too large by theta /"
                " (n - 1) on average, with a variance of n^2 theta^2 / ((n - 1)^2 (n - 2)).",
            ),
            _posterior_claim(settings, posterior_mode),
            _limit_claim(posterior_mode, poisson_ml),
            _likelihood_claim(
                power_ml,
                "The likelihood of the density x^((1 - theta) / theta) / theta is largest at theta"
                " = -mean log x. It follows that the estimate has no bias, and the variance"
                " theta^2 / n.",
            ),
            _mean_claim(),
            _moment_claim(
                moments, "From E[x] = 1 / (1 + theta) moments give theta = 1 / mean - 1.", SOURCE
            ),
            _moment_claim(upside_down, "Moments give theta = mean / (1 - mean).", ASSUMED),
        ],
        tables=[_figures_table(right), _means_table(), _forms_table(forms)],
        figures=[
            _estimates_plot("Pareto", [pareto_ml]),
            _estimates_plot("Poisson with a Gamma prior", [poisson_ml, posterior_mode]),
            _estimates_plot("Density on (0, 1)", [power_ml, moments]),
            _estimates_plot("Forms of the moments", forms),
            _error_plot("Bias", "bias, its sign left out", right, "bias"),
            _error_plot("Error", "root mean squared error", right, "rmse"),
        ],
    )


@dataclass(frozen=True)
class Estimator:
    """An estimator, and what theory says of it."""

    family: str
    name: str
    truth: float
    estimate: Callable[[Vector], Vector]
    """Of samples of shape (..., n) the estimates of shape (...)."""
    bias: Callable[[int], float]
    """By the size of the sample."""
    variance: Callable[[int], float]
    maximises: Callable[[Vector, float], float] | None = None
    """Of a sample and a parameter the logarithm of what the estimate is to maximise."""


@dataclass(frozen=True)
class Family:
    """A distribution to draw from, and the estimators of its parameter."""

    draw: Callable[[np.random.Generator, tuple[int, int]], Vector]
    estimators: Sequence[Estimator]


def pareto(settings: Settings) -> Family:
    """Pareto with its scale known."""
    theta, b = settings.pareto, settings.pareto_scale

    def likelihood(x: Vector, exponent: float) -> float:
        from scipy import stats

        return float(stats.pareto.logpdf(x, exponent, scale=b).sum())

    return Family(
        lambda random, shape: b * (1 + random.pareto(theta, shape)),
        [
            Estimator(
                "Pareto",
                "maximum likelihood",
                theta,
                lambda x: x.shape[-1] / (np.log(x).sum(axis=-1) - x.shape[-1] * np.log(b)),
                lambda n: n / (n - 1) * theta - theta,
                lambda n: n**2 * theta**2 / ((n - 1) ** 2 * (n - 2)),
                likelihood,
            )
        ],
    )


def poisson(settings: Settings) -> Family:
    """Poisson, its rate with a Gamma prior."""
    rate, alpha, beta = settings.rate, settings.prior_shape, settings.prior_rate

    def likelihood(x: Vector, guess: float) -> float:
        from scipy import stats

        return float(stats.poisson.logpmf(x, guess).sum())

    def with_prior(x: Vector, guess: float) -> float:
        from scipy import stats

        return likelihood(x, guess) + float(stats.gamma.logpdf(guess, alpha, scale=1 / beta))

    return Family(
        lambda random, shape: random.poisson(rate, shape).astype(np.float64),
        [
            Estimator(
                "Poisson",
                "maximum likelihood",
                rate,
                lambda x: x.mean(axis=-1),
                lambda n: 0.0,
                lambda n: rate / n,
                likelihood,
            ),
            Estimator(
                "Poisson",
                "posterior mode",
                rate,
                lambda x: (alpha + x.sum(axis=-1) - 1) / (beta + x.shape[-1]),
                lambda n: (alpha - 1 - beta * rate) / (beta + n),
                lambda n: n * rate / (beta + n) ** 2,
                with_prior,
            ),
        ],
    )


def power(settings: Settings) -> Family:
    """The density on (0, 1): x is the power theta of a uniform number."""
    theta = settings.power
    spread = theta**2 * (1 + theta) / (1 + 2 * theta)

    def likelihood(x: Vector, guess: float) -> float:
        from scipy import stats

        return float(stats.powerlaw.logpdf(x, 1 / guess).sum())

    def of_mean(name: str, form: Callable[[Vector], Vector]) -> Estimator:
        return Estimator(
            "density on (0, 1)",
            name,
            theta,
            lambda x: form(x.mean(axis=-1)),
            lambda n: spread / n,
            lambda n: spread * (1 + theta) / n,
        )

    return Family(
        lambda random, shape: (1 - random.random(shape)) ** theta,
        [
            Estimator(
                "density on (0, 1)",
                "maximum likelihood",
                theta,
                lambda x: -np.log(x).mean(axis=-1),
                lambda n: 0.0,
                lambda n: theta**2 / n,
                likelihood,
            ),
            of_mean("1 / mean - 1", lambda mean: 1 / mean - 1),
            of_mean("mean / (1 - mean)", lambda mean: mean / (1 - mean)),
            of_mean("1 / mean + 1", lambda mean: 1 / mean + 1),
        ],
    )


@dataclass(frozen=True)
class Outcome:
    """What an estimator made of samples of several sizes."""

    of: Estimator
    sizes: Sequence[int]
    estimates: Vector
    """Shape (sizes, repeats)."""
    misses: float | None
    """The largest relative distance of an estimate from the maximum found numerically."""

    @cached_property
    def mean(self) -> Vector:
        """Of the estimates, by size; so are the others."""
        return np.asarray(self.estimates.mean(axis=1))

    @cached_property
    def bias(self) -> Vector:
        """How far the mean lies above the truth."""
        return self.mean - self.of.truth

    @cached_property
    def variance(self) -> Vector:
        """Of the estimates."""
        return np.asarray(self.estimates.var(axis=1, ddof=1))

    @cached_property
    def rmse(self) -> Vector:
        """The root of the mean squared error."""
        return np.asarray(np.sqrt(np.mean((self.estimates - self.of.truth) ** 2, axis=1)))

    @cached_property
    def due_bias(self) -> Vector:
        """The bias by formula."""
        return np.array([self.of.bias(n) for n in self.sizes])

    @cached_property
    def due_variance(self) -> Vector:
        """The variance by formula."""
        return np.array([self.of.variance(n) for n in self.sizes])

    @cached_property
    def due_rmse(self) -> Vector:
        """The root of the mean squared error by formula."""
        return np.sqrt(self.due_variance + self.due_bias**2)

    @property
    def bias_error(self) -> Vector:
        """The standard error of the simulated bias."""
        return np.asarray(np.sqrt(self.variance / self.estimates.shape[1]))

    @property
    def variance_error(self) -> Vector:
        """The standard error of the simulated variance, from the fourth moment."""
        fourth = np.mean((self.estimates - self.mean[:, None]) ** 4, axis=1)
        return np.asarray(np.sqrt((fourth - self.variance**2) / self.estimates.shape[1]))

    @property
    def apart(self) -> tuple[float, float]:
        """How many standard errors bias and variance lie from their formulas at most."""
        bias = np.abs(self.bias - self.due_bias) / self.bias_error
        variance = np.abs(self.variance - self.due_variance) / self.variance_error
        return float(bias.max()), float(variance.max())

    @property
    def slope(self) -> float:
        """How steeply the logarithm of the error falls with that of n."""
        return slope(self.sizes, self.rmse)


def simulated(
    family: Family, sizes: Sequence[int], repeats: int, random: np.random.Generator
) -> list[Outcome]:
    """What each estimator of `family` makes of the same samples."""
    estimates: list[list[Vector]] = [[] for _ in family.estimators]
    misses: list[list[float]] = [[] for _ in family.estimators]
    for n in sizes:
        samples = family.draw(random, (repeats, n))
        for estimator, values, distances in zip(family.estimators, estimates, misses):
            values.append(estimator.estimate(samples))
            if estimator.maximises is not None:
                best = maximum(estimator.maximises, samples[0], estimator.truth)
                distances.append(abs(float(values[-1][0]) / best - 1))
    return [
        Outcome(estimator, sizes, np.stack(values), max(distances, default=None))
        for estimator, values, distances in zip(family.estimators, estimates, misses)
    ]


def maximum(of: Callable[[Vector, float], float], sample: Vector, near: float) -> float:
    """Where a function of a sample and a positive parameter is largest, a hundredfold about
    `near`.
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log: -of(sample, float(np.exp(log))),
        bounds=(np.log(near / 100), np.log(near * 100)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(np.exp(found.x))


def slope(sizes: Sequence[int], errors: Vector) -> float:
    """Of the line through log error against log n, over the larger half of the sizes: there the
    first term in 1 / n is nearly all.
    """
    half = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[half:]), np.log(errors[half:]), 1)[0])


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


def _likelihood_claim(outcome: Outcome, text: str) -> Claim:
    (bias, variance), misses = outcome.apart, outcome.misses or 0.0
    holds = max(bias, variance) < APART and misses < ROUNDING and _halves(outcome)
    because = (
        f"The maximum found numerically lies at most a share of {misses:.0e} from it. The simulated"
        f" bias is within {bias:.1f} standard errors of the formula at every n, the variance within"
        f" {variance:.1f}; the error falls with the power {outcome.slope:.3f} of n (-1/2 is due)."
    )
    return Claim(text, SOURCE, holds, because)


def _posterior_claim(settings: Settings, mode: Outcome) -> Claim:
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


def _limit_claim(mode: Outcome, likeliest: Outcome) -> Claim:
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


def _mean_claim() -> Claim:
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


def _moment_claim(outcome: Outcome, text: str, source: str) -> Claim:
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


def _figures_table(outcomes: Sequence[Outcome]) -> Table:
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


def _means_table() -> Table:
    rows = [
        [theta, moment(theta, 0), moment(theta, 1), 1 / (1 + theta), theta / (1 + theta)]
        for theta in INTEGRATED
    ]
    columns = ["theta", "density", "mean", "1 / (1 + theta)", "theta / (1 + theta)"]
    return Table("The density on (0, 1), integrated numerically", columns, rows)


def _forms_table(outcomes: Sequence[Outcome]) -> Table:
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


def _estimates_plot(title: str, outcomes: Sequence[Outcome]) -> Plot:
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


def _error_plot(
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
