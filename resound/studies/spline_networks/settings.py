"""Settings of the study of Kolmogorov-Arnold networks."""

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Ge, MinLen

from resound.settings import Natural, Positive, settings


@settings
class Settings:
    """Functions of two variables, a sequence of peaks, and the functions on connections."""

    kind: Literal["spline_networks"]
    """A Kolmogorov-Arnold network compared with a perceptron of as many parameters."""
    seeds: Annotated[int, Ge(2)] = 4
    """How often each network is initialised and trained."""
    points: Positive = 300
    """Training points of a function; 1,000 others are for testing."""
    evaluations: Positive = 100
    """The largest number of evaluations of the loss on all points in a training."""
    hidden_units: Positive = 5
    """Hidden units of the Kolmogorov-Arnold networks."""
    grids: Annotated[list[Positive], MinLen(1)] = field(default_factory=lambda: [3, 6, 12])
    """Intervals of their grids, which give the sizes that are compared."""
    peak_parameters: Positive = 200
    """The approximate number of parameters of the networks that learn peaks."""
    peak_evaluations: Positive = 400
    """The largest number of evaluations for each peak; most networks need far fewer."""
    seed: Natural = 1
    """The first seed."""

    @property
    def seed_range(self) -> range:
        """One seed per repetition."""
        return range(self.seed, self.seed + self.seeds)
