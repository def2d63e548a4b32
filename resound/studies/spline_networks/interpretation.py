"""Whether the functions on the connections of a network show the formula that it learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING, cast

import numpy as np

from resound.runtime.progress import Progress
from resound.studies.common.findings import Claim, Plot, Series
from resound.studies.spline_networks.networks import (
    FORMULA,
    SOURCE,
    Vector,
    build_kan,
    fit,
    is_below,
    target_functions,
)
from resound.studies.spline_networks.settings import Settings

if TYPE_CHECKING:
    from resound.models.common.splines import SplineLayer


DRAWS = 3
"""Initialisations of a network; the one with the least training error is interpreted."""
MIN_CORRELATION = 0.99
"""The correlation from which on a learned function shows the true one."""
INNER_FUNCTIONS = {"x₁": "sin(πx)", "x₂": "x²"}
"""The function of each input in `FORMULA`, which connections show up to scale and shift."""


@dataclass(frozen=True)
class ConnectionFunctions:
    """The functions on the connections of the first layer, learned from one seed."""

    line: Vector
    """Points in [-1, 1], shape (points,)."""
    true: Vector
    """The true functions at these points, shape (inputs, points)."""
    one_unit: Vector
    """The functions of a network with one hidden unit, shape (1, inputs, points)."""
    several_units: Vector
    """The functions of a network with several hidden units, shape (units, inputs, points)."""

    def correlations(self, functions: Vector) -> Vector:
        """Return the absolute correlation of each function with the true one: (units, inputs).

        That of a constant is 0.
        """
        centred, true = (f - f.mean(axis=-1, keepdims=True) for f in (functions, self.true))
        norms = np.linalg.norm(centred, axis=-1) * np.linalg.norm(true, axis=-1)
        products = np.abs((centred * true).sum(axis=-1))
        correlations: Vector = np.zeros_like(products)
        np.divide(products, norms, out=correlations, where=norms > 0)
        return correlations


def learn_functions(settings: Settings, seed: int, progress: Progress) -> ConnectionFunctions:
    """Train networks with one hidden unit, as `FORMULA` has, and with several."""
    import torch

    progress(f"training networks to interpret, seed {seed}")
    torch.manual_seed(seed)
    x = 2 * torch.rand(settings.points, 2, dtype=torch.float64) - 1
    y = target_functions()[FORMULA](x)
    line = torch.linspace(-1, 1, 101, dtype=torch.float64)
    true = np.stack([np.sin(np.pi * line.numpy()), line.numpy() ** 2])
    functions = []
    for units in (1, settings.hidden_units):
        networks = [build_kan([2, units, 1], settings.grids[0]) for _ in range(DRAWS)]
        best = min(networks, key=lambda network: min(fit(network, x, y, settings.evaluations)[0]))
        with torch.no_grad():
            functions.append(cast("SplineLayer", best[0]).edges(line).numpy())
    return ConnectionFunctions(line.numpy(), true, *functions)


def interpretation_claims(
    settings: Settings, results: Sequence[ConnectionFunctions]
) -> list[Claim]:
    """Claim that the functions on connections show the formula."""
    one_unit = [float(1 - result.correlations(result.one_unit).min()) for result in results]
    several_units = [
        float(1 - np.median(result.correlations(result.several_units))) for result in results
    ]
    rule = (
        f"the claim needs a correlation of {MIN_CORRELATION} with the true function. Of {DRAWS}"
        " initialisations from each seed the one with the least training error is used"
    )
    return [
        Claim(
            "The connections of a KAN show what it has learned: a network of the formula's own"
            " form.",
            SOURCE,
            is_below(one_unit, 1 - MIN_CORRELATION),
            f"With one hidden unit, trained on {FORMULA}, the lower correlation of both connections"
            f" is {1 - mean(one_unit):.4f} in the mean over seeds, and at worst"
            f" {1 - max(one_unit):.4f}; {rule}.",
        ),
        Claim(
            "The connections of a KAN show what it has learned: a wider network.",
            SOURCE,
            is_below(several_units, 1 - MIN_CORRELATION),
            f"With {settings.hidden_units} hidden units the median correlation of connections is"
            f" {1 - mean(several_units):.2f} in the mean over seeds; {rule}.",
        ),
    ]


def interpretation_plots(result: ConnectionFunctions) -> list[Plot]:
    """Return plots of the functions on connections, scaled and shifted to the true ones."""
    line, plots = result.line.tolist(), []
    for n, (name, formula) in enumerate(INNER_FUNCTIONS.items()):
        true = result.true[n]
        correlation = result.correlations(result.one_unit)[0, n]
        series = [
            Series("learned", line, fit_to(result.one_unit[0, n], true).tolist()),
            Series(formula, line, true.tolist(), style="dashed"),
        ]
        title = f"From {name}, one unit: r = {correlation:.4f}"
        plots.append(Plot(title, name, "function", series))
    units = [
        Series(f"unit {number}", line, fit_to(functions[0], result.true[0]).tolist())
        for number, functions in enumerate(result.several_units, 1)
    ]
    truth = Series(INNER_FUNCTIONS["x₁"], line, result.true[0].tolist(), style="dashed")
    plots.append(Plot(f"From x₁, {len(units)} units", "x₁", "function", [*units, truth]))
    return plots


def fit_to(learned: Vector, true: Vector) -> Vector:
    """Return the learned function with the scale and shift of least squared distance to `true`."""
    slope, shift = np.polyfit(learned, true, 1)
    return np.asarray(slope * learned + shift)
