"""A Kolmogorov-Arnold network (Liu et al. 2024) against a perceptron of as many parameters.

Both learn functions in closed form: by the same quasi-Newton method, from the same points, with
the same number of looks at them. A statement holds where a figure lies below a bound by more than
two standard errors over seeds, and is wrong where it lies above by as much.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from annotated_types import Ge, MinLen
from numpy.typing import NDArray

from scripts.lib.models import kan, mlp
from scripts.lib.settings import Natural, Positive, settings
from scripts.lib.studies.findings import Claim, Findings, Plot, Series, Table
from scripts.lib.studies.material import Material

if TYPE_CHECKING:
    import torch

SOURCE = "theory report, Kolmogorov-Arnold networks"
ORDER = 3
SPAN = 1.0
"""Inputs are drawn from [-1, 1], and there grids lie."""
PEAKS = (-0.8, -0.4, 0.0, 0.4, 0.8)
"""Where the peaks stand that are learned one after another, as in the paper."""
FORGOTTEN = 0.1
"""So far, in deviations of what was to be learned, an error may rise without being forgetting."""
READABLE = 0.99
"""A correlation from which a learned function shows the true one."""


@settings
class Settings:
    """Functions of two numbers, peaks in a row, and the functions on connections."""

    kind: Literal["kan"]
    """A Kolmogorov-Arnold network against a perceptron of as many parameters."""
    seeds: Annotated[int, Ge(2)] = 4
    """How often each network is drawn and trained."""
    points: Positive = 300
    """Points that a function is learned from; 1,000 others judge it."""
    looks: Positive = 100
    """How often a training may look at all its points."""
    units: Positive = 5
    """Hidden units of the Kolmogorov-Arnold networks."""
    grids: Annotated[list[Positive], MinLen(1)] = (3, 6, 12)  # type: ignore[assignment]
    """Steps of their grids: the sizes that are compared."""
    peak_parameters: Positive = 200
    """Parameters of the networks that learn the peaks, about."""
    seed: Natural = 1
    """The first of the seeds."""


Function = Callable[["torch.Tensor"], "torch.Tensor"]


def tasks() -> dict[str, Function]:
    """Functions of points of shape (points, 2): of the paper, and one along a diagonal."""
    import torch

    return {
        "exp(sin(πx₁) + x₂²)": lambda x: torch.exp(torch.sin(torch.pi * x[:, 0]) + x[:, 1] ** 2),
        "x₁x₂": lambda x: x[:, 0] * x[:, 1],
        "sin(π(x₁ + x₂))": lambda x: torch.sin(torch.pi * (x[:, 0] + x[:, 1])),
    }
