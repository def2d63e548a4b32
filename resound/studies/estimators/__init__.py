"""The estimators that the reports derive, simulated beside their formulas.

- Pareto, of density theta b^theta / x^(theta + 1) from b on, b known: maximum likelihood.
- Poisson, with a Gamma distribution as the prior of its rate: the posterior's mode.
- The density x^((1 - theta) / theta) / theta on (0, 1): maximum likelihood, and by moments.

Biases and variances follow from the sums in the estimates: n values of log(x / b) sum to a
Gamma(n, rate theta) variable, n values of -log x to a Gamma(n, rate 1 / theta) one, counts to a
Poisson one. By moments they are those of the first terms of a Taylor series (the delta method).
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from annotated_types import Gt, Len

from resound.settings import Natural, PositiveNumber, settings
from resound.studies.common.findings import Findings
from resound.studies.common.material import Material
from resound.studies.estimators.findings import (
    APART,
    SOURCE,
    error_plot,
    estimates_plot,
    figures_table,
    forms_table,
    likelihood_claim,
    limit_claim,
    mean_claim,
    means_table,
    moment_claim,
    posterior_claim,
)
from resound.studies.estimators.simulated import Estimator, Family, Vector, simulated

ASSUMED = (
    "assumed: the moments of one report are known to be wrong, not how they were written; this is"
    " what comes of taking the parameter upside down"
)


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
    progress: Callable[[str], None],
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
            likelihood_claim(
                pareto_ml,
                "With the scale b known, the likelihood of a Pareto sample is largest at theta ="
                " n / (sum log x - n log b). It follows that the estimate is too large by theta /"
                " (n - 1) on average, with a variance of n^2 theta^2 / ((n - 1)^2 (n - 2)).",
            ),
            posterior_claim(settings, posterior_mode),
            limit_claim(posterior_mode, poisson_ml),
            likelihood_claim(
                power_ml,
                "The likelihood of the density x^((1 - theta) / theta) / theta is largest at theta"
                " = -mean log x. It follows that the estimate has no bias, and the variance"
                " theta^2 / n.",
            ),
            mean_claim(),
            moment_claim(
                moments, "From E[x] = 1 / (1 + theta) moments give theta = 1 / mean - 1.", SOURCE
            ),
            moment_claim(upside_down, "Moments give theta = mean / (1 - mean).", ASSUMED),
        ],
        tables=[figures_table(right), means_table(), forms_table(forms)],
        figures=[
            estimates_plot("Pareto", [pareto_ml]),
            estimates_plot("Poisson with a Gamma prior", [poisson_ml, posterior_mode]),
            estimates_plot("Density on (0, 1)", [power_ml, moments]),
            estimates_plot("Forms of the moments", forms),
            error_plot("Bias", "bias, its sign left out", right, "bias"),
            error_plot("Error", "root mean squared error", right, "rmse"),
        ],
    )


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
