"""Kolmogorov-Arnold networks and perceptrons of their size: how they are made and learn."""

import time
from collections.abc import Callable, Sequence
from statistics import mean, stdev
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resound.models import kan, mlp

if TYPE_CHECKING:
    import torch
    from scipy.optimize import OptimizeResult


SOURCE = "theory report, Kolmogorov-Arnold networks"
ORDER = 3
SPAN = 1.0
"""Inputs are drawn from [-1, 1], and there grids lie."""
Vector = NDArray[np.float64]
Function = Callable[["torch.Tensor"], "torch.Tensor"]


def below(values: Sequence[float], bound: float) -> bool | None:
    """Whether the mean lies below `bound`, or above it, by more than two standard errors."""
    off = mean(values) - bound
    return off < 0 if abs(off) > 2 * standard_error(values) else None


def standard_error(values: Sequence[float]) -> float:
    """That of the mean of two values or more."""
    return float(stdev(values) / len(values) ** 0.5)


def tasks() -> dict[str, Function]:
    """Functions of points of shape (points, 2): two of the paper's kinds, one along a diagonal."""
    import torch

    return {
        "exp(sin(πx₁) + x₂²)": lambda x: torch.exp(torch.sin(torch.pi * x[:, 0]) + x[:, 1] ** 2),
        "x₁x₂": lambda x: x[:, 0] * x[:, 1],
        "sin(π(x₁ + x₂))": lambda x: torch.sin(torch.pi * (x[:, 0] + x[:, 1])),
    }


def kan_of(sizes: Sequence[int], grid: int) -> "torch.nn.Sequential":
    """A Kolmogorov-Arnold network in 64-bit numbers."""
    return kan.build(sizes, grid, ORDER, SPAN).double()


def mlp_of(parameters: int, inputs: int) -> "torch.nn.Sequential":
    """A perceptron of about so many parameters, two hidden layers and one output."""

    def off(widths: tuple[int, int]) -> tuple[int, int]:
        first, second = widths
        count = (inputs + 1) * first + (first + 1) * second + second + 1
        return abs(count - parameters), second - first

    most = int(parameters**0.5) + 1
    widths = min(((a, b) for a in range(1, most) for b in range(a, 2 * a + 1)), key=off)
    return mlp.build([inputs, *widths, 1], "silu").double()


def parameters_of(network: "torch.nn.Module") -> int:
    """How many numbers the network has."""
    return sum(p.numel() for p in network.parameters())


def fit(
    network: "torch.nn.Module",
    x: "torch.Tensor",
    y: "torch.Tensor",
    looks: int,
    enough: float = 0.0,
) -> tuple[list[float], float]:
    """Learn y of shape (points,) from x of shape (points, inputs).

    By L-BFGS on the mean squared error, which may look at all points about `looks` times and
    stops earlier at an error of `enough`. Returns the error at each look and the processor's
    seconds a look.
    """
    import torch
    from scipy.optimize import minimize
    from torch.nn.utils import parameters_to_vector, vector_to_parameters

    learned = [p for p in network.parameters() if p.requires_grad]
    losses: list[float] = []

    def look(values: Vector) -> tuple[float, Vector]:
        vector_to_parameters(torch.from_numpy(values), learned)
        loss = (network(x)[:, 0] - y).square().mean()
        losses.append(loss.item())
        return losses[-1], parameters_to_vector(torch.autograd.grad(loss, learned)).numpy()

    def stop(intermediate_result: "OptimizeResult") -> None:  # scipy asks for this name
        if intermediate_result.fun <= enough:
            raise StopIteration

    start = parameters_to_vector(learned).detach().numpy()
    began = time.process_time()
    options = {"maxfun": looks, "maxiter": looks, "maxcor": 20, "ftol": 0, "gtol": 0}
    found = minimize(look, start, jac=True, method="L-BFGS-B", options=options, callback=stop)
    seconds = (time.process_time() - began) / len(losses)
    vector_to_parameters(torch.from_numpy(found.x), learned)
    return losses, seconds


def error_of(network: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor") -> float:
    """The root mean squared error in deviations of y."""
    import torch

    with torch.no_grad():
        return float((network(x)[:, 0] - y).square().mean().sqrt() / y.std(correction=0))


def told(values: Sequence[float]) -> str:
    """A mean with its standard error."""
    return f"{mean(values):.2f} ± {standard_error(values):.2f}"
