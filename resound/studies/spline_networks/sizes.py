"""Which of both networks errs less at the same size, and which learns faster."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.spline_networks.networks import (
    SOURCE,
    below,
    error_of,
    fit,
    kan_of,
    mlp_of,
    parameters_of,
    standard_error,
    tasks,
    told,
)

if TYPE_CHECKING:
    from resound.studies.spline_networks import Settings


@dataclass(frozen=True)
class Trial:
    """A network that has learned a function of two numbers."""

    task: str
    size: int
    """The place of its size among those compared."""
    seed: int
    kind: str
    """KAN or MLP."""
    parameters: int
    error: float
    losses: list[float]
    """The mean squared error on the training points at each look."""
    seconds: float
    """A look's."""


def compare(settings: "Settings", progress: Callable[[str], None]) -> list[Trial]:
    """Both networks on every task, at every size, from every seed."""
    import torch

    trials = []
    for task, function in tasks().items():
        progress(f"learns {task}")
        for seed in settings.every_seed:
            torch.manual_seed(seed)
            x, others = (
                2 * torch.rand(count, 2, dtype=torch.float64) - 1
                for count in (settings.points, 1000)
            )
            for size, grid in enumerate(settings.grids):
                network = kan_of([2, settings.units, 1], grid)
                rival = mlp_of(parameters_of(network), 2)
                for kind, model in (("KAN", network), ("MLP", rival)):
                    losses, seconds = fit(model, x, function(x), settings.looks)
                    error, count = error_of(model, others, function(others)), parameters_of(model)
                    trials.append(Trial(task, size, seed, kind, count, error, losses, seconds))
    return trials


@dataclass(frozen=True)
class Pair:
    """A Kolmogorov-Arnold network and the perceptron of its size, on the same points."""

    kan: Trial
    mlp: Trial

    @property
    def error(self) -> float:
        """How many powers of ten the first's error lies above the second's."""
        return float(np.log10(self.kan.error / self.mlp.error))

    @property
    def look(self) -> float:
        """How many times as long a look takes the first, as a power of ten."""
        return float(np.log10(self.kan.seconds / self.mlp.seconds))

    @property
    def looks(self) -> float:
        """How many times as many looks the first needs for the second's last error.

        As a power of ten. One that never gets there is taken to arrive at its end, so this is the
        least that it may be.
        """
        reached = np.array(self.kan.losses) <= min(self.mlp.losses)
        needed = reached.argmax() + 1 if reached.any() else len(reached)
        return float(np.log10(needed / len(self.mlp.losses)))


def paired(trials: Sequence[Trial]) -> list[Pair]:
    """Trials on the same task, of the same size and seed."""
    first, second = (
        {(t.task, t.size, t.seed): t for t in trials if t.kind == kind} for kind in ("KAN", "MLP")
    )
    return [Pair(trial, second[key]) for key, trial in first.items()]


def by_seed(pairs: Sequence[Pair], figure: Callable[[Pair], float]) -> list[float]:
    """The mean of a figure over all pairs of each seed."""
    own = sorted({pair.kan.seed for pair in pairs})
    return [mean(figure(pair) for pair in pairs if pair.kan.seed == seed) for seed in own]


def of_task(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    """The pairs of each task."""
    return {
        task: [p for p in pairs if p.kan.task == task] for task in {p.kan.task: None for p in pairs}
    }


def size_claims(pairs: Sequence[Pair]) -> list[Claim]:
    """Whether errors at the same size are smaller, a claim a task."""
    claims = []
    for task, own in of_task(pairs).items():
        off = by_seed(own, lambda pair: pair.error)
        claims.append(
            Claim(
                f"For the same error a KAN needs fewer parameters than a perceptron: {task}.",
                SOURCE,
                below(off, 0),
                f"At the same size its error is {10 ** mean(off):.2g} times the perceptron's, in"
                f" the geometric mean over sizes and seeds; as a power of ten {told(off)}.",
            )
        )
    return claims


def time_claims(pairs: Sequence[Pair]) -> list[Claim]:
    """Whether a look takes less time, and whether fewer looks are needed."""
    look, looks = (by_seed(pairs, figure) for figure in (lambda p: p.look, lambda p: p.looks))
    reached = mean(min(pair.kan.losses) <= min(pair.mlp.losses) for pair in pairs)
    return [
        Claim(
            "A KAN trains faster than a perceptron of its size: a look at all points takes less"
            " time.",
            SOURCE,
            below(look, 0),
            f"A look with its gradient takes {10 ** mean(look):.1f} times the processor time, as"
            " measured in this run.",
        ),
        Claim(
            "A KAN trains faster than a perceptron of its size: it needs fewer looks.",
            SOURCE,
            below(looks, 0),
            f"To the perceptron's last training error it needs {10 ** mean(looks):.2g} times as"
            f" many looks, which is {10 ** (mean(look) + mean(looks)):.1f} times the processor"
            f" time; {reached:.0%} of trainings get there, the others count as if at their last"
            " look.",
        ),
    ]


def size_table(pairs: Sequence[Pair]) -> Table:
    """Errors of both, task by task and size by size."""
    rows: list[list[Cell]] = []
    for task, own in of_task(pairs).items():
        for size in sorted({pair.kan.size for pair in own}):
            here = [pair for pair in own if pair.kan.size == size]
            rows.append(
                [
                    task,
                    here[0].kan.parameters,
                    here[0].mlp.parameters,
                    f"{mean(p.kan.error for p in here):.2g}",
                    f"{mean(p.mlp.error for p in here):.2g}",
                    told([p.error for p in here]),
                    f"{10 ** mean(p.look for p in here):.1f}",
                ]
            )
    columns = "function;KAN's parameters;MLP's;KAN's error;MLP's;log₁₀ of their ratio;time a look"
    return Table(
        "Errors at the same size",
        columns.split(";"),
        rows,
        "Means over seeds; the ratio with its standard error; the KAN's time as a multiple of the"
        " perceptron's.",
    )


def size_plots(pairs: Sequence[Pair]) -> list[Plot]:
    """Errors by the number of parameters, a plot a task."""
    plots = []
    for task, own in of_task(pairs).items():
        series = []
        for name, trials in (("KAN", [p.kan for p in own]), ("MLP", [p.mlp for p in own])):
            counts = sorted({trial.parameters for trial in trials})
            errors = [[t.error for t in trials if t.parameters == count] for count in counts]
            spread = [standard_error(e) for e in errors]
            series.append(Series(name, counts, [mean(e) for e in errors], spread))
        plots.append(Plot(task, "parameters", "test error", series, log_x=True, log_y=True))
    return plots
