"""The posterior mode under a Gamma prior: the report's formula, and priors that grow."""

from collections.abc import Callable

import numpy as np

from resound.studies.common.findings import Claim, Plot, Series
from resound.studies.estimators.findings import ROUNDING, SOURCE
from resound.studies.estimators.settings import Settings
from resound.studies.estimators.simulation import Vector, maximise

FACTORS = (1, 10, 100, 1000)
"""The factors by which both parameters of the prior are multiplied."""
LIKELIHOODS: dict[str, Callable[[Vector, float], float]] = {
    "Poisson": lambda x, rate: float(x.sum() * np.log(rate) - len(x) * rate),
    "exponential": lambda x, rate: float(len(x) * np.log(rate) - rate * x.sum()),
}
"""Log-likelihoods of a rate, up to a constant. As functions of the rate both have the form of a
Gamma density: a power of the rate times an exponential."""


def posterior_mode(sample: Vector, shape: float, rate: float, likelihood: str = "Poisson") -> float:
    """Return the maximum of a Gamma(shape, rate) prior times a likelihood, found numerically."""
    from scipy import stats

    prior, log_likelihood = stats.gamma(shape, scale=1 / rate), LIKELIHOODS[likelihood]
    return maximise(
        lambda x, parameter: log_likelihood(x, parameter) + float(prior.logpdf(parameter)),
        sample,
        shape / rate,
    )


def example_sample(settings: Settings) -> Vector:
    """Return the smallest number of observations, each of them the true rate."""
    return np.full(settings.sample_sizes[0], settings.poisson_rate)


def reported_mode_claim(settings: Settings) -> Claim:
    """Claim that the posterior mode is (alpha - 1) / beta, for both likelihoods of that form.

    The verdict is true if the numerical mode is (alpha - 1) / beta for every sample.
    """
    alpha, beta = settings.prior_shape, settings.prior_rate
    formula, sample = (alpha - 1) / beta, example_sample(settings)
    modes = {
        (name, factor): posterior_mode(factor * sample, alpha, beta, name)
        for name in LIKELIHOODS
        for factor in (1, 2)
    }
    counts = (
        f"{modes[name, 1]:.4g} for {len(sample)} {name} observations that sum to {sample.sum():g},"
        f" {modes[name, 2]:.4g} where they sum to {2 * sample.sum():g}"
        for name in LIKELIHOODS
    )
    return Claim(
        "With a Gamma(alpha, beta) prior and a likelihood that has the form of a Gamma density in"
        " the rate, the most probable rate is (alpha - 1) / beta.",
        SOURCE,
        max(abs(mode / formula - 1) for mode in modes.values()) < ROUNDING,
        f"The formula is {formula:g} whatever the observations: it is the mode of the prior"
        f" Gamma({alpha:g}, {beta:g}) alone. The numerical maximum of prior times likelihood is"
        f" {'; '.join(counts)}.",
    )


def scaled_prior_modes(settings: Settings) -> list[float]:
    """Return the mode for one sample as both parameters of the prior grow by `FACTORS`."""
    alpha, beta, sample = settings.prior_shape, settings.prior_rate, example_sample(settings)
    return [posterior_mode(sample, factor * alpha, factor * beta) for factor in FACTORS]


def prior_limit_claim(settings: Settings) -> Claim:
    """Claim that the mode tends to maximum likelihood as the prior's parameters grow.

    The verdict is true if the distance from maximum likelihood falls with every factor.
    """
    alpha, beta, sample = settings.prior_shape, settings.prior_rate, example_sample(settings)
    modes = scaled_prior_modes(settings)
    maximum_likelihood = float(sample.mean())
    gaps = [abs(mode - maximum_likelihood) for mode in modes]
    return Claim(
        "The most probable rate tends to that of maximum likelihood as the parameters of the prior"
        " tend to infinity.",
        SOURCE,
        bool((np.diff(gaps) < 0).all()),
        f"For {len(sample)} Poisson observations that sum to {sample.sum():g} and the prior"
        f" Gamma({alpha:g} k, {beta:g} k), the numerical mode is"
        f" {', '.join(f'{mode:.3g}' for mode in modes)} at k ="
        f" {', '.join(f'{factor:,}' for factor in FACTORS)}. It tends to the mean of the prior,"
        f" {alpha / beta:g}; maximum likelihood is {maximum_likelihood:g}.",
    )


def prior_limit_plot(settings: Settings) -> Plot:
    """Return a plot of the mode against the factor of the prior's parameters."""
    ends, factors = [FACTORS[0], FACTORS[-1]], list(FACTORS)
    prior_mean = settings.prior_shape / settings.prior_rate
    series = [
        Series("posterior mode", factors, scaled_prior_modes(settings)),
        Series("maximum likelihood", ends, [settings.poisson_rate] * 2, style="dashed"),
        Series("mean of the prior", ends, [prior_mean] * 2, style="dashed"),
    ]
    return Plot("A growing prior", "factor of alpha and beta", "rate", series, log_x=True)
