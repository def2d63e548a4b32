"""The gradient through many layers, with and without skip connections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from resound.studies.common.findings import Cell, Claim, Plot, Series, Source, Table
from resound.studies.gradients.networks import Vector
from resound.studies.gradients.settings import Settings

SOURCE = Source("report", "theory report, vanishing gradients and residual connections")
VANISHED = 1e-3
"""The gradient has vanished where its norm falls below this, as a multiple of that at the end."""
NETWORKS = 30
"""Random networks of each kind."""
WEIGHTS = {"variance 1 / units": 1.0, "variance 2 / units (He)": 2.0}
"""The variance of the weights times the number of units."""


@dataclass(frozen=True)
class Depths:
    """Norms of gradients by the number of layers."""

    weights: str
    """One of `WEIGHTS`."""
    skip: bool
    layers: Sequence[int]
    ratios: Vector
    """The norm of the gradient at the input over that at the output, shape (depths, networks)."""

    @property
    def name(self) -> str:
        """Weights and connections, for a table or legend."""
        return f"{'with' if self.skip else 'without'} skip, {self.weights}"

    @property
    def medians(self) -> Vector:
        """The median over networks at each depth."""
        return np.asarray(np.median(self.ratios, axis=1))

    @property
    def factor(self) -> float:
        """The factor of the mean squared norm per layer, for random weights and many units.

        On average a layer passes half of the units, and random weights of variance v / units pass
        v / 2 of the squared norm; a skip connection adds all of it.
        """
        return WEIGHTS[self.weights] / 2 + self.skip


def measure_depths(settings: Settings) -> list[Depths]:
    """Return the norms for both kinds of weights, with and without skip connections.

    All use the same random numbers: they differ by the variance of weights and by the connections.
    """
    random = np.random.default_rng(settings.seed)
    layers = list(_doubled(settings.max_layers))
    kinds = [(name, skip) for name in WEIGHTS for skip in (False, True)]
    ratios = np.empty((len(kinds), len(layers), NETWORKS))
    for network in range(NETWORKS):
        shape = (settings.max_layers, settings.max_units, settings.max_units)
        numbers = random.normal(0, settings.max_units**-0.5, shape)
        x, output = random.normal(0, 1, (2, settings.max_units))
        for kind, (name, skip) in enumerate(kinds):
            weights = np.sqrt(WEIGHTS[name]) * numbers
            for depth, count in enumerate(layers):
                gradient = input_gradient(weights[:count], x, output, skip)
                norms = np.linalg.norm(gradient), np.linalg.norm(output)
                ratios[kind, depth, network] = norms[0] / norms[1]
    return [Depths(*kind, layers, values) for kind, values in zip(kinds, ratios)]


def _doubled(last: int) -> Iterator[int]:
    """Yield 1, 2, 4 and so on, and `last`."""
    count = 1
    while count < last:
        yield count
        count *= 2
    yield last


def input_gradient(weights: Vector, x: Vector, output: Vector, skip: bool) -> Vector:
    """Return the gradient at the input `x` for the gradient `output` at the end, both (units,).

    The layers are h + relu(W h) with a skip connection, else relu(W h); `weights` has the shape
    (layers, units, units).
    """
    active = []
    for matrix in weights:
        z = matrix @ x
        active.append(z > 0)
        x = np.maximum(z, 0) + (x if skip else 0)
    gradient = output
    for matrix, passed in zip(weights[::-1], active[::-1]):
        gradient = matrix.T @ (gradient * passed) + (gradient if skip else 0)
    return gradient


def depth_claims(depths: Sequence[Depths]) -> list[Claim]:
    """Claim that gradients vanish without skip connections, and that they do not with them.

    The first is true where the gradient vanishes with all kinds of weights, false where it does
    with none, else open. The second is true where it vanishes with none, false where with all.
    """
    verdicts = {}
    for skip in (False, True):
        vanished = [bool(d.medians.min() < VANISHED) for d in depths if d.skip is skip]
        verdicts[skip] = True if all(vanished) else None if any(vanished) else False
    rule = f"It has vanished below {VANISHED:g} of its norm at the output"
    without, with_skip = (_norms([d for d in depths if d.skip is skip]) for skip in (False, True))
    return [
        Claim(
            "Without skip connections the gradient vanishes in a deep network of rectified layers.",
            SOURCE,
            verdicts[False],
            f"{rule}: through {depths[0].layers[-1]} layers the median norm falls to {without}. It"
            " depends on the weights: a layer passes about half of the squared norm times their"
            " variance times the units.",
        ),
        Claim(
            "Skip connections keep the gradient from vanishing.",
            SOURCE,
            None if verdicts[True] is None else not verdicts[True],
            f"{rule}: through {depths[0].layers[-1]} layers the median norm becomes {with_skip}."
            " The skip adds the gradient unchanged, so that it grows rather than vanishes.",
        ),
    ]


def _norms(depths: Sequence[Depths]) -> str:
    return " and ".join(f"{d.medians[-1]:.2g} with weights of {d.weights}" for d in depths)


def depths_table(depths: Sequence[Depths]) -> Table:
    """Return the median norms by depth, and the expected factor per layer."""
    rows: list[list[Cell]] = [
        [d.name, f"{d.factor**0.5:.3f}", *(f"{median:.2g}" for median in d.medians)] for d in depths
    ]
    return Table(
        "The gradient at the input, as a multiple of that at the output",
        ["network", "factor per layer", *(f"{n} layers" for n in depths[0].layers)],
        rows,
        f"Medians of the norm over {depths[0].ratios.shape[1]} networks. The factor is the root of"
        " that of the mean squared norm, by formula for many units.",
    )


def depths_plot(depths: Sequence[Depths]) -> Plot:
    """Return a plot of the median norms by depth."""
    series = [Series(d.name, list(d.layers), d.medians.tolist()) for d in depths]
    label = "norm at the input / at the output"
    return Plot("The gradient through layers", "layers", label, series, log_x=True, log_y=True)
