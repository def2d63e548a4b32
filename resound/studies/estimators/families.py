"""The distributions and estimators that the reports derive, with their biases and variances.

- Pareto, with the density theta b^theta / x^(theta + 1) above a known b: maximum likelihood.
- Poisson, with a Gamma prior of its rate: maximum likelihood and the mode of the posterior.
- The density x^((1 - theta) / theta) / theta on (0, 1): maximum likelihood, by
  moments, and by the moments of the report.

Biases and variances follow from the sums in the estimates: n values of log(x / b) sum to a
Gamma(n, rate theta) variable, n values of -log x to a Gamma(n, rate 1 / theta) variable, counts to
a Poisson variable. For estimates by moments they are the first terms of a Taylor series (the delta
method).
"""

import numpy as np

from resound.studies.estimators.settings import Settings
from resound.studies.estimators.simulation import Estimator, Family, Vector


def pareto(settings: Settings) -> Family:
    """Return the Pareto distribution with a known scale."""
    theta, b = settings.pareto_shape, settings.pareto_scale

    def log_likelihood(x: Vector, exponent: float) -> float:
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
                log_likelihood,
            )
        ],
    )


def poisson(settings: Settings) -> Family:
    """Return the Poisson distribution, whose rate has a Gamma prior."""
    rate, alpha, beta = settings.poisson_rate, settings.prior_shape, settings.prior_rate

    def log_likelihood(x: Vector, parameter: float) -> float:
        from scipy import stats

        return float(stats.poisson.logpmf(x, parameter).sum())

    def log_posterior(x: Vector, parameter: float) -> float:
        from scipy import stats

        log_prior = float(stats.gamma.logpdf(parameter, alpha, scale=1 / beta))
        return log_likelihood(x, parameter) + log_prior

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
                log_likelihood,
            ),
            Estimator(
                "Poisson",
                "posterior mode",
                rate,
                lambda x: (alpha + x.sum(axis=-1) - 1) / (beta + x.shape[-1]),
                lambda n: (alpha - 1 - beta * rate) / (beta + n),
                lambda n: n * rate / (beta + n) ** 2,
                log_posterior,
            ),
        ],
    )


def power(settings: Settings) -> Family:
    """Return the density on (0, 1), where x is the power theta of a uniform variable."""
    theta = settings.power_theta
    variance_factor = theta**2 * (1 + theta) / (1 + 2 * theta)

    def log_likelihood(x: Vector, parameter: float) -> float:
        from scipy import stats

        return float(stats.powerlaw.logpdf(x, 1 / parameter).sum())

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
                log_likelihood,
            ),
            Estimator(
                "density on (0, 1)",
                "1 / mean - 1",
                theta,
                lambda x: 1 / x.mean(axis=-1) - 1,
                lambda n: variance_factor / n,
                lambda n: variance_factor * (1 + theta) / n,
            ),
            Estimator(
                "density on (0, 1)",
                "1 / (2 mean)",
                theta,
                lambda x: 1 / (2 * x.mean(axis=-1)),
                lambda n: (1 - theta) / 2 + variance_factor / (2 * n),
                lambda n: variance_factor * (1 + theta) / (4 * n),
            ),
        ],
    )
