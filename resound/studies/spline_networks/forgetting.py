"""How much of a first peak networks forget while they learn others."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from resound.runtime.progress import Progress
from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.spline_networks.networks import (
    DEGREE,
    SOURCE,
    build_kan,
    build_mlp,
    fit,
    is_below,
    relative_error,
    standard_error,
    with_error,
)
from resound.studies.spline_networks.settings import Settings

if TYPE_CHECKING:
    import torch

PEAKS = (-0.8, -0.4, 0.0, 0.4, 0.8)
"""The centres of the peaks that are learned one after another, as in the paper."""
MAX_RISE = 0.1
"""An error, in standard deviations of the target, may rise this much without counting as
forgetting."""
TARGET_ERROR = 0.05
"""The error, in the same unit, at which a peak counts as learned and training ends."""
SPLINES_ONLY = "KAN, only splines"
ONE_LAYER = "KAN, one layer"
TWO_LAYERS = "KAN, two layers"
PERCEPTRON = "MLP"


@dataclass(frozen=True)
class Forgetting:
    """Networks that learned one peak after another from one seed; fields are by network."""

    errors: dict[str, list[float]]
    """The error on the first peak after learning each peak."""
    last_errors: dict[str, float]
    """The error on the last peak after learning it."""
    curves: dict[str, list[float]]
    """The final output at 201 points in [-1, 1]."""

    def rise(self, network: str) -> float:
        """Return how much the error on the first peak rises until the end."""
        return self.errors[network][-1] - self.errors[network][0]

    def loss_of_first_peak(self, network: str) -> float:
        """Return the final error on the first peak, 1 at most: the whole peak is lost."""
        return min(1.0, self.errors[network][-1])


def learn_peaks(settings: Settings, seed: int, progress: Progress) -> Forgetting:
    """Train the networks on one peak after another, without points of earlier ones."""
    import torch

    progress(f"training on one peak after another, seed {seed}")
    torch.manual_seed(seed)
    count, units = settings.peak_parameters, settings.hidden_units
    grid, grid_of_two_layers = (max(1, count // edges - 1 - DEGREE) for edges in (1, 2 * units))
    networks = {
        SPLINES_ONLY: build_kan([1, 1], grid),
        ONE_LAYER: build_kan([1, 1], grid),
        TWO_LAYERS: build_kan([1, units, 1], grid_of_two_layers),
        PERCEPTRON: build_mlp(count, 1),
    }
    for name, parameter in networks[SPLINES_ONLY].named_parameters():
        parameter.requires_grad_(name.endswith("spline"))
    first_x = points_around(PEAKS[0])
    first_y = peak(first_x, PEAKS[0])
    errors: dict[str, list[float]] = {name: [] for name in networks}
    for centre in PEAKS:
        x = points_around(centre)
        y = peak(x, centre)
        target_loss = float(TARGET_ERROR**2 * y.var(correction=0))
        for name, network in networks.items():
            fit(network, x, y, settings.peak_evaluations, target_loss)
            errors[name].append(relative_error(network, first_x, first_y))
    last_errors = {name: relative_error(network, x, y) for name, network in networks.items()}
    line = torch.linspace(-1, 1, 201, dtype=torch.float64)[:, None]
    with torch.no_grad():
        curves = {name: network(line)[:, 0].tolist() for name, network in networks.items()}
    return Forgetting(errors, last_errors, curves)


def points_around(centre: float) -> "torch.Tensor":
    """Return the 100 training points of a peak, shape (100, 1)."""
    import torch

    return torch.linspace(centre - 0.2, centre + 0.2, 100, dtype=torch.float64)[:, None]


def peak(x: "torch.Tensor", centre: float) -> "torch.Tensor":
    """Return a Gaussian of the paper's width at points of shape (points, 1)."""
    return (-300 * (x[:, 0] - centre).square()).exp()


def forgetting_claims(results: Sequence[Forgetting]) -> list[Claim]:
    """Claim that each network does not forget, and that one forgets less than the perceptron."""
    claims = []
    for name in (SPLINES_ONLY, ONE_LAYER, TWO_LAYERS):
        rises = [result.rise(name) for result in results]
        claims.append(
            Claim(
                f"A KAN does not forget what it learned before: {name.split(', ')[1]}.",
                SOURCE,
                is_below(rises, MAX_RISE),
                f"Its error on the first of {len(PEAKS)} peaks is"
                f" {mean(result.errors[name][0] for result in results):.2g} before it learns the"
                f" others and {mean(result.errors[name][-1] for result in results):.2g} after; a"
                f" rise of up to {MAX_RISE} does not count as forgetting.",
            )
        )
    first = mean(result.errors[PERCEPTRON][0] for result in results)
    last = mean(result.last_errors[PERCEPTRON] for result in results)
    kan, mlp = (
        [result.loss_of_first_peak(name) for result in results] for name in (TWO_LAYERS, PERCEPTRON)
    )
    claims.append(
        Claim(
            "A KAN of two layers forgets less than a perceptron of its size.",
            SOURCE,
            is_below([a - b for a, b in zip(kan, mlp)], 0),
            f"Its final error on the first peak is {with_error(kan)}, the perceptron's"
            f" {with_error(mlp)}, where errors above one count as one: the whole peak is lost. Just"
            f" after learning a peak, the error of the perceptron is {first:.2g} on the first and"
            f" {last:.2g} on the last.",
        )
    )
    return claims


def forgetting_table(results: Sequence[Forgetting], parameters: int) -> Table:
    """Return the error on the first peak after learning each peak."""
    rows: list[list[Cell]] = []
    for name in results[0].errors:
        stages = [
            *zip(*(result.errors[name] for result in results)),
            [result.last_errors[name] for result in results],
        ]
        rows.append([name, *(f"{mean(errors):.2g}" for errors in stages)])
    columns = ["network", *(f"after peak {n}" for n in range(1, len(PEAKS) + 1)), "on the last"]
    note = (
        f"Means over seeds, for networks with about {parameters} parameters that learn each peak"
        f" until their error there is {TARGET_ERROR}, if they reach it. Only splines: the weights"
        " of the SiLU keep their initial values, as in the paper's example."
    )
    return Table("Error on the first peak", columns, rows, note)


def forgetting_plots(results: Sequence[Forgetting]) -> list[Plot]:
    """Return plots of the error on the first peak, and of the final outputs of the first seed."""
    stages = list(range(1, len(PEAKS) + 1))
    errors = []
    for name in results[0].errors:
        values = [[result.errors[name][n - 1] for result in results] for n in stages]
        bars = [standard_error(v) for v in values]
        errors.append(Series(name, stages, [mean(v) for v in values], bars))
    line = np.linspace(-1, 1, 201)
    truth = np.exp(-300 * np.subtract.outer(line, PEAKS) ** 2).sum(axis=1)
    curves = [Series("true", line.tolist(), truth.tolist(), style="dashed")]
    for name in (SPLINES_ONLY, TWO_LAYERS, PERCEPTRON):
        curve = np.clip(results[0].curves[name], -1, 2)
        curves.append(Series(name, line.tolist(), curve.tolist()))
    return [
        Plot("Error on the first peak", "peaks learned", "error", errors, log_y=True),
        Plot("After the last peak, clipped to [-1, 2]", "x", "y", curves),
    ]
