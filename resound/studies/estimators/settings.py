"""Settings of the study of estimators."""

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Gt, Len

from resound.settings import Natural, PositiveNumber, settings


@settings
class Settings:
    """Samples of several sizes from each distribution."""

    kind: Literal["estimators"]
    """Bias and variance of estimators, by simulation and by formula."""
    pareto_shape: PositiveNumber = 3.0
    """The exponent theta of the Pareto distribution, which is estimated."""
    pareto_scale: PositiveNumber = 2.0
    """The smallest value b of the Pareto distribution, which is known."""
    poisson_rate: PositiveNumber = 4.0
    """The rate of the Poisson distribution, which is estimated."""
    prior_shape: Annotated[float, Gt(1)] = 3.0
    """Alpha of the Gamma prior; above 1 its mode is not 0."""
    prior_rate: PositiveNumber = 2.0
    """Beta of the Gamma prior."""
    power_theta: PositiveNumber = 0.6
    """The theta of the density on (0, 1), which is estimated; at 1 the moments of the report
    happen to be correct."""
    sample_sizes: Annotated[list[Annotated[int, Gt(2)]], Len(4)] = field(
        default_factory=lambda: [10, 20, 50, 100, 200, 500, 1000, 2000]
    )
    """Observations in a sample, in increasing order."""
    repeats: Annotated[int, Gt(1)] = 4000
    """Samples of each size."""
    seed: Natural = 1
