"""Kolmogorov-Arnold networks and perceptrons of the same size, and how they are trained."""

import time
from collections.abc import Callable, Sequence
from statistics import mean, stdev
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resound.models import kan, mlp
from resound.studies.common.findings import Source

if TYPE_CHECKING:
    import torch
    from scipy.optimize import OptimizeResult


SOURCE = Source("report", "theory report, Kolmogorov-Arnold networks")
DEGREE = 3
"""The degree of the splines."""
SPAN = 1.0
"""Inputs are drawn from [-1, 1], which is also the range of the grids."""
FORMULA = "exp(sin(πx₁) + x₂²)"
"""The function of the paper's form, two layers of functions of one variable."""
Vector = NDArray[np.float64]
Function = Callable[["torch.Tensor"], "torch.Tensor"]


def is_below(values: Sequence[float], bound: float) -> bool | None:
    """Return whether the mean is below `bound`, None if it is within two standard errors of it."""
    difference = mean(values) - bound
    return difference < 0 if abs(difference) > 2 * standard_error(values) else None


def standard_error(values: Sequence[float]) -> float:
    """Return the standard error of the mean of at least two values."""
    return float(stdev(values) / len(values) ** 0.5)


def with_error(values: Sequence[float]) -> str:
    """Return the mean and its standard error, for a sentence or a table."""
    return f"{mean(values):.2f} ± {standard_error(values):.2f}"


def target_functions() -> dict[str, Function]:
    """Return functions of points of shape (points, 2) by name: two of the paper's forms, and one
    along a diagonal.
    """
    import torch

    return {
        FORMULA: lambda x: torch.exp(torch.sin(torch.pi * x[:, 0]) + x[:, 1] ** 2),
        "x₁x₂": lambda x: x[:, 0] * x[:, 1],
        "sin(π(x₁ + x₂))": lambda x: torch.sin(torch.pi * (x[:, 0] + x[:, 1])),
    }


def build_kan(widths: Sequence[int], grid: int) -> "torch.nn.Sequential":
    """Build a Kolmogorov-Arnold network of 64-bit floats with `grid` intervals."""
    return kan.build(widths, grid, DEGREE, SPAN).double()


def build_mlp(parameters: int, inputs: int) -> "torch.nn.Sequential":
    """Build a perceptron with about `parameters` parameters, two hidden layers and one output."""

    def mismatch(widths: tuple[int, int]) -> tuple[int, int]:
        first, second = widths
        count = (inputs + 1) * first + (first + 1) * second + second + 1
        return abs(count - parameters), second - first

    limit = int(parameters**0.5) + 1
    candidates = ((a, b) for a in range(1, limit) for b in range(a, 2 * a + 1))
    return mlp.build([inputs, *min(candidates, key=mismatch), 1], "silu").double()


def count_parameters(network: "torch.nn.Module") -> int:
    """Return the number of parameters."""
    return sum(p.numel() for p in network.parameters())


def fit(
    network: "torch.nn.Module",
    x: "torch.Tensor",
    y: "torch.Tensor",
    evaluations: int,
    target_loss: float = 0.0,
) -> tuple[list[float], float]:
    """Train `network` to map x of shape (points, inputs) to y of shape (points,).

    The mean squared error is minimised by L-BFGS, which evaluates it on all points about
    `evaluations` times at most and stops at a loss of `target_loss`. Returns the loss at each
    evaluation and the processor time of an evaluation in seconds.
    """
    import torch
    from scipy.optimize import minimize
    from torch.nn.utils import parameters_to_vector, vector_to_parameters

    trainable = [p for p in network.parameters() if p.requires_grad]
    losses: list[float] = []

    def loss_and_gradient(values: Vector) -> tuple[float, Vector]:
        vector_to_parameters(torch.from_numpy(values), trainable)
        loss = (network(x)[:, 0] - y).square().mean()
        losses.append(loss.item())
        return losses[-1], parameters_to_vector(torch.autograd.grad(loss, trainable)).numpy()

    # SciPy passes the result because of the name of the parameter.
    def stop_at_target(intermediate_result: "OptimizeResult") -> None:
        if intermediate_result.fun <= target_loss:
            raise StopIteration

    initial = parameters_to_vector(trainable).detach().numpy()
    began = time.process_time()
    result = minimize(
        loss_and_gradient,
        initial,
        jac=True,
        method="L-BFGS-B",
        options={"maxfun": evaluations, "maxiter": evaluations, "maxcor": 20, "ftol": 0, "gtol": 0},
        callback=stop_at_target,
    )
    seconds = (time.process_time() - began) / len(losses)
    vector_to_parameters(torch.from_numpy(result.x), trainable)
    return losses, seconds


def relative_error(network: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor") -> float:
    """Return the root mean square error in standard deviations of y."""
    import torch

    with torch.no_grad():
        return float((network(x)[:, 0] - y).square().mean().sqrt() / y.std(correction=0))
