"""A Kolmogorov-Arnold network (Liu et al. 2024) against a perceptron of as many parameters.

Both learn functions in closed form: by the same quasi-Newton method, from the same points, with
the same number of looks at them. A statement holds where a figure lies below a bound by more than
two standard errors over seeds, and is wrong where it lies above by as much.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, MinLen

from resound.settings import Natural, Positive, settings
from resound.studies.common.findings import Findings
from resound.studies.common.material import Material
from resound.studies.spline_networks.forgetting import (
    forget,
    forgetting_claims,
    forgetting_plots,
    forgetting_table,
)
from resound.studies.spline_networks.networks import ORDER
from resound.studies.spline_networks.reading import read, reading_claims, reading_plots
from resound.studies.spline_networks.sizes import (
    compare,
    paired,
    size_claims,
    size_plots,
    size_table,
    time_claims,
)


@settings
class Settings:
    """Functions of two numbers, peaks in a row, and the functions on connections."""

    kind: Literal["spline_networks"]
    """A Kolmogorov-Arnold network against a perceptron of as many parameters."""
    seeds: Annotated[int, Ge(2)] = 4
    """How often each network is drawn and trained."""
    points: Positive = 300
    """Points that a function is learned from; 1,000 others judge it."""
    looks: Positive = 100
    """How often a training may look at all its points."""
    units: Positive = 5
    """Hidden units of the Kolmogorov-Arnold networks."""
    grids: Annotated[list[Positive], MinLen(1)] = field(default_factory=lambda: [3, 6, 12])
    """Steps of their grids: the sizes that are compared."""
    peak_parameters: Positive = 200
    """Parameters of the networks that learn the peaks, about."""
    peak_looks: Positive = 400
    """How often they may look at all points of a peak; most need far fewer to know it."""
    seed: Natural = 1
    """The first of the seeds."""

    @property
    def every_seed(self) -> range:
        """One for each time that a network is drawn."""
        return range(self.seed, self.seed + self.seeds)


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Callable[[str], None],
) -> Findings:
    """Compare both networks by error, time, forgetting and what can be read."""
    import torch

    torch.set_num_threads(1)
    trials = compare(settings, progress)
    forgetting = [forget(settings, seed, progress) for seed in settings.every_seed]
    readings = [read(settings, seed, progress) for seed in settings.every_seed]
    pairs = paired(trials)
    return Findings(
        title="Kolmogorov-Arnold networks",
        method=(
            f"Networks of B-splines of degree {ORDER} on [-1, 1] plus a SiLU on each connection,"
            " against perceptrons of two hidden layers (SiLU) with as many parameters, to within"
            f" 2 %. Both learn by L-BFGS from {settings.points} points of a function, with"
            f" {settings.looks} looks at all of them, from {settings.seeds} seeds. Errors are root"
            " mean squares over other points in deviations of the function: one is as good as its"
            " mean. A statement counts as true or false where its figure is off its bound by more"
            " than two standard errors over seeds, else it is open."
        ),
        claims=[
            *size_claims(pairs),
            *forgetting_claims(forgetting),
            *time_claims(pairs),
            *reading_claims(settings, readings),
        ],
        tables=[size_table(pairs), forgetting_table(forgetting, settings.peak_parameters)],
        figures=[
            *size_plots(pairs),
            *forgetting_plots(forgetting),
            *reading_plots(readings[0]),
        ],
    )
