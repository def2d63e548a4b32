"""Whether the functions on a network's connections show what it has learned."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING, cast

import numpy as np

from resound.studies.common.findings import Claim, Plot, Series
from resound.studies.spline_networks.networks import SOURCE, Vector, below, fit, kan_of, tasks

if TYPE_CHECKING:
    from resound.models.common.splines import SplineLayer
    from resound.studies.spline_networks import Settings


DRAWS = 3
"""So often a network that is to be read is drawn; the one with the least training error is read."""
READABLE = 0.99
"""A correlation from which a learned function shows the true one."""
INNER = {"x₁": "sin(πx)", "x₂": "x²"}
"""What the connections from each input should be in exp(sin(πx₁) + x₂²), up to scale and shift."""


@dataclass(frozen=True)
class Reading:
    """The functions on the connections of the first layer, learned from one seed."""

    line: Vector
    """Places in [-1, 1], shape (places,)."""
    true: Vector
    """What there is to read: shape (inputs, places)."""
    narrow: Vector
    """Those of a network with a single hidden unit: shape (1, inputs, places)."""
    wide: Vector
    """Those of one with several: shape (units, inputs, places)."""

    def likeness(self, edges: Vector) -> Vector:
        """The correlation of each function with the true one, without its sign: (units, inputs).

        A constant is like nothing.
        """
        centred, true = (f - f.mean(axis=-1, keepdims=True) for f in (edges, self.true))
        lengths = np.linalg.norm(centred, axis=-1) * np.linalg.norm(true, axis=-1)
        products = np.abs((centred * true).sum(axis=-1))
        alike: Vector = np.zeros_like(products)
        np.divide(products, lengths, out=alike, where=lengths > 0)
        return alike


def read(settings: "Settings", seed: int, progress: Callable[[str], None]) -> Reading:
    """Learn exp(sin(πx₁) + x₂²) by one hidden unit, which is its form, and by several."""
    import torch

    progress(f"reads connections, seed {seed}")
    torch.manual_seed(seed)
    function = tasks()["exp(sin(πx₁) + x₂²)"]
    x = 2 * torch.rand(settings.points, 2, dtype=torch.float64) - 1
    line = torch.linspace(-1, 1, 101, dtype=torch.float64)
    true = np.stack([np.sin(np.pi * line.numpy()), line.numpy() ** 2])
    edges = []
    for units in (1, settings.units):
        drawn = [kan_of([2, units, 1], settings.grids[0]) for _ in range(DRAWS)]
        best = min(drawn, key=lambda net: min(fit(net, x, function(x), settings.looks)[0]))
        with torch.no_grad():
            edges.append(cast("SplineLayer", best[0]).edges(line).numpy())
    return Reading(line.numpy(), true, *edges)


def reading_claims(settings: "Settings", readings: Sequence[Reading]) -> list[Claim]:
    """Whether the functions on connections show the formula."""
    narrow = [float(1 - r.likeness(r.narrow).min()) for r in readings]
    wide = [float(1 - np.median(r.likeness(r.wide))) for r in readings]
    rule = (
        f"readable is a correlation of {READABLE} with the true function. Of {DRAWS} draws from"
        " each seed the one with the least training error is read"
    )
    return [
        Claim(
            "What a KAN has learned can be read off its connections: a network of the formula's"
            " own form.",
            SOURCE,
            below(narrow, 1 - READABLE),
            "With one hidden unit on exp(sin(πx₁) + x₂²) the less like of both connections"
            f" correlates by {1 - mean(narrow):.4f} in the mean over seeds, and at worst by"
            f" {1 - max(narrow):.4f}; {rule}.",
        ),
        Claim(
            "What a KAN has learned can be read off its connections: a wider network.",
            SOURCE,
            below(wide, 1 - READABLE),
            f"With {settings.units} hidden units the median connection correlates by"
            f" {1 - mean(wide):.2f} in the mean over seeds; {rule}.",
        ),
    ]


def reading_plots(reading: Reading) -> list[Plot]:
    """The functions on connections over the true ones, brought to their scale and shift."""
    line, plots = reading.line.tolist(), []
    for n, (name, formula) in enumerate(INNER.items()):
        true = reading.true[n]
        alike = reading.likeness(reading.narrow)[0, n]
        series = [
            Series("learned", line, scaled(reading.narrow[0, n], true).tolist()),
            Series(formula, line, true.tolist(), look="dashes"),
        ]
        plots.append(Plot(f"From {name}, one unit: r = {alike:.4f}", name, "function", series))
    units = [
        Series(f"unit {u}", line, scaled(edges[0], reading.true[0]).tolist())
        for u, edges in enumerate(reading.wide, 1)
    ]
    truth = Series(INNER["x₁"], line, reading.true[0].tolist(), look="dashes")
    plots.append(Plot(f"From x₁, {len(units)} units", "x₁", "function", [*units, truth]))
    return plots


def scaled(learned: Vector, true: Vector) -> Vector:
    """The learned function times a number plus another, as near to the true one as may be."""
    slope, shift = np.polyfit(learned, true, 1)
    return np.asarray(slope * learned + shift)
