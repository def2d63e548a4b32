"""Estimators on simulated samples, and what theory says of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


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
