"""How much of a first peak networks forget as they learn others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.spline_networks.networks import (
    ORDER,
    SOURCE,
    below,
    error_of,
    fit,
    kan_of,
    mlp_of,
    standard_error,
    told,
)

if TYPE_CHECKING:
    import torch

    from resound.studies.spline_networks import Settings

PEAKS = (-0.8, -0.4, 0.0, 0.4, 0.8)
"""Where the peaks stand that are learned one after another, as in the paper."""
FORGOTTEN = 0.1
"""So far, in deviations of what was to be learned, an error may rise without being forgetting."""
KNOWN = 0.05
"""The error, in the same measure, at which a peak counts as learned and training ends."""


@dataclass(frozen=True)
class Forgetting:
    """Networks that learned one peak after another, from one seed."""

    errors: dict[str, list[float]]
    """Of each network, on the first peak after it has learned each peak."""
    last: dict[str, float]
    """Of each network, on the last peak, which it has just learned."""
    curves: dict[str, list[float]]
    """What each network says at last, at 201 places in [-1, 1]."""

    def rise(self, name: str) -> float:
        """By how much a network's error on the first peak is larger at last than at first."""
        return self.errors[name][-1] - self.errors[name][0]

    def lost(self, name: str) -> float:
        """What is lost of the first peak at last: no more than all of it."""
        return min(1.0, self.errors[name][-1])


ALONE = "KAN, splines alone"
FLAT = "KAN, one layer"
DEEP = "KAN, two layers"
RIVAL = "MLP"


def forget(settings: "Settings", seed: int, progress: Callable[[str], None]) -> Forgetting:
    """Learn the peaks one after another, without a look at earlier ones."""
    import torch

    progress(f"learns peaks one after another, seed {seed}")
    torch.manual_seed(seed)
    count, units = settings.peak_parameters, settings.units
    one, two = (max(1, count // edges - 1 - ORDER) for edges in (1, 2 * units))
    networks = {
        ALONE: kan_of([1, 1], one),
        FLAT: kan_of([1, 1], one),
        DEEP: kan_of([1, units, 1], two),
        RIVAL: mlp_of(count, 1),
    }
    for name, parameter in networks[ALONE].named_parameters():
        parameter.requires_grad_(name.endswith("spline"))
    first = around(PEAKS[0])
    errors: dict[str, list[float]] = {name: [] for name in networks}
    for place in PEAKS:
        x = around(place)
        y = peak(x, place)
        enough = float(KNOWN**2 * y.var(correction=0))
        for name, network in networks.items():
            fit(network, x, y, settings.peak_looks, enough)
            errors[name].append(error_of(network, first, peak(first, PEAKS[0])))
    last = {name: error_of(network, x, y) for name, network in networks.items()}
    line = torch.linspace(-1, 1, 201, dtype=torch.float64)[:, None]
    with torch.no_grad():
        curves = {name: network(line)[:, 0].tolist() for name, network in networks.items()}
    return Forgetting(errors, last, curves)


def around(place: float) -> "torch.Tensor":
    """The 100 points that belong to a peak: shape (100, 1)."""
    import torch

    return torch.linspace(place - 0.2, place + 0.2, 100, dtype=torch.float64)[:, None]


def peak(x: "torch.Tensor", place: float) -> "torch.Tensor":
    """A Gaussian bump as narrow as the paper's at points of shape (points, 1)."""
    return (-300 * (x[:, 0] - place).square()).exp()


def forgetting_claims(found: Sequence[Forgetting]) -> list[Claim]:
    """Whether a network forgets, and whether less than the perceptron."""
    claims = []
    for name in (ALONE, FLAT, DEEP):
        rises = [f.rise(name) for f in found]
        claims.append(
            Claim(
                f"A KAN does not forget what it learned before: {name.split(', ')[1]}.",
                SOURCE,
                below(rises, FORGOTTEN),
                f"Its error on the first of {len(PEAKS)} peaks is"
                f" {mean(f.errors[name][0] for f in found):.2g} before it learns the others and"
                f" {mean(f.errors[name][-1] for f in found):.2g} after; a rise of up to"
                f" {FORGOTTEN} is no forgetting.",
            )
        )
    first, last = mean(f.errors[RIVAL][0] for f in found), mean(f.last[RIVAL] for f in found)
    kept, rival = ([f.lost(name) for f in found] for name in (DEEP, RIVAL))
    claims.append(
        Claim(
            "A KAN of two layers forgets less than a perceptron of its size.",
            SOURCE,
            below([a - b for a, b in zip(kept, rival)], 0),
            f"At last its error on the first peak is {told(kept)}, the perceptron's {told(rival)},"
            " where errors above one, at which all is lost, count as one. Just after learning"
            f" a peak, the perceptron is off by {first:.2g} on the first and by {last:.2g} on the"
            " last.",
        )
    )
    return claims


def forgetting_table(found: Sequence[Forgetting], parameters: int) -> Table:
    """The error on the first peak as the others are learned."""
    rows: list[list[Cell]] = []
    for name in found[0].errors:
        stages = [*zip(*(f.errors[name] for f in found)), [f.last[name] for f in found]]
        rows.append([name, *(f"{mean(errors):.2g}" for errors in stages)])
    columns = ["network", *(f"after peak {n}" for n in range(1, len(PEAKS) + 1)), "on the last"]
    note = (
        f"Means over seeds, of networks with about {parameters} parameters that learn each peak"
        f" until their error there is {KNOWN}, if they get there. Splines alone:"
        " the SiLU's share stays as it was drawn, as in the paper's example."
    )
    return Table("Error on the first peak", columns, rows, note)


def forgetting_plots(found: Sequence[Forgetting]) -> list[Plot]:
    """The error on the first peak, and what the networks of the first seed say at last."""
    stages = list(range(1, len(PEAKS) + 1))
    errors = []
    for name in found[0].errors:
        values = [[f.errors[name][n - 1] for f in found] for n in stages]
        spread = [standard_error(v) for v in values]
        errors.append(Series(name, stages, [mean(v) for v in values], spread))
    line = np.linspace(-1, 1, 201)
    truth = np.exp(-300 * np.subtract.outer(line, PEAKS) ** 2).sum(axis=1)
    curves = [Series("true", line.tolist(), truth.tolist(), look="dashes")]
    for name in (ALONE, DEEP, RIVAL):
        curves.append(Series(name, line.tolist(), np.clip(found[0].curves[name], -1, 2).tolist()))
    return [
        Plot("Error on the first peak", "peaks learned", "error", errors, log_y=True),
        Plot("After the last peak, cut at -1 and 2", "x", "y", curves),
    ]
