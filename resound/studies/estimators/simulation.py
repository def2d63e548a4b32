"""Estimators on simulated samples, compared with their bias and variance by formula."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Estimator:
    """An estimator of a parameter, with its bias and variance by formula."""

    family: str
    name: str
    truth: float
    """The true value of the parameter."""
    estimate: Callable[[Vector], Vector]
    """Maps samples of shape (..., n) to estimates of shape (...)."""
    bias: Callable[[int], float]
    """Maps the sample size to the bias."""
    variance: Callable[[int], float]
    """Maps the sample size to the variance."""
    objective: Callable[[Vector, float], float] | None = None
    """Maps a sample and a parameter to the logarithm that the estimate is to maximise."""


@dataclass(frozen=True)
class Family:
    """A distribution, and estimators of its parameter."""

    draw: Callable[[np.random.Generator, tuple[int, int]], Vector]
    estimators: Sequence[Estimator]


@dataclass(frozen=True)
class Simulation:
    """The estimates of an estimator from samples of several sizes.

    Its vectors have one entry per sample size.
    """

    estimator: Estimator
    sizes: Sequence[int]
    estimates: Vector
    """Shape (sizes, repeats)."""
    maximum_error: float | None
    """The largest relative distance of an estimate from the maximum found numerically; None for an
    estimator without objective."""

    @cached_property
    def mean(self) -> Vector:
        """The mean of the estimates."""
        return np.asarray(self.estimates.mean(axis=1))

    @cached_property
    def bias(self) -> Vector:
        """The mean minus the true value."""
        return self.mean - self.estimator.truth

    @cached_property
    def variance(self) -> Vector:
        """The variance of the estimates."""
        return np.asarray(self.estimates.var(axis=1, ddof=1))

    @cached_property
    def rmse(self) -> Vector:
        """The root of the mean squared error."""
        return np.asarray(np.sqrt(np.mean((self.estimates - self.estimator.truth) ** 2, axis=1)))

    @cached_property
    def bias_by_formula(self) -> Vector:
        """The bias by formula."""
        return np.array([self.estimator.bias(n) for n in self.sizes])

    @cached_property
    def variance_by_formula(self) -> Vector:
        """The variance by formula."""
        return np.array([self.estimator.variance(n) for n in self.sizes])

    @cached_property
    def rmse_by_formula(self) -> Vector:
        """The root of the mean squared error by formula."""
        return np.sqrt(self.variance_by_formula + self.bias_by_formula**2)

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
    def largest_deviations(self) -> tuple[float, float]:
        """The largest deviations of bias and variance from their formulas, in standard errors."""
        bias = np.abs(self.bias - self.bias_by_formula) / self.bias_error
        variance = np.abs(self.variance - self.variance_by_formula) / self.variance_error
        return float(bias.max()), float(variance.max())

    @property
    def slope(self) -> float:
        """The slope of the logarithm of the error against that of the sample size."""
        return log_log_slope(self.sizes, self.rmse)


def simulate(
    family: Family, sizes: Sequence[int], repeats: int, random: np.random.Generator
) -> list[Simulation]:
    """Apply each estimator of `family` to the same samples, `repeats` of each size."""
    estimates: list[list[Vector]] = [[] for _ in family.estimators]
    errors: list[list[float]] = [[] for _ in family.estimators]
    for n in sizes:
        samples = family.draw(random, (repeats, n))
        for estimator, of_sizes, distances in zip(family.estimators, estimates, errors):
            of_sizes.append(estimator.estimate(samples))
            if estimator.objective is not None:
                best = maximise(estimator.objective, samples[0], estimator.truth)
                distances.append(abs(float(of_sizes[-1][0]) / best - 1))
    return [
        Simulation(estimator, sizes, np.stack(of_sizes), max(distances, default=None))
        for estimator, of_sizes, distances in zip(family.estimators, estimates, errors)
    ]


def maximise(objective: Callable[[Vector, float], float], sample: Vector, near: float) -> float:
    """Return the positive parameter that maximises `objective` on `sample`.

    The search covers a hundredth of `near` to a hundred times as much.
    """
    from scipy.optimize import minimize_scalar

    result = minimize_scalar(
        lambda log: -objective(sample, float(np.exp(log))),
        bounds=(np.log(near / 100), np.log(near * 100)),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(np.exp(result.x))


def log_log_slope(sizes: Sequence[int], errors: Vector) -> float:
    """Return the slope of log error against log n, fitted to the larger half of the sizes.

    There the first term in 1 / n dominates.
    """
    half = len(sizes) // 2
    return float(np.polyfit(np.log(sizes[half:]), np.log(errors[half:]), 1)[0])
