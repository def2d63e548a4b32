"""Errors and training times of both kinds of networks at the same size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

import numpy as np

from resound.runtime.progress import Progress
from resound.studies.common.findings import Cell, Claim, Plot, Series, Table
from resound.studies.spline_networks.networks import (
    SOURCE,
    build_kan,
    build_mlp,
    count_parameters,
    fit,
    is_below,
    relative_error,
    standard_error,
    target_functions,
    with_error,
)
from resound.studies.spline_networks.settings import Settings


@dataclass(frozen=True)
class Trial:
    """A network after training on a function of two variables."""

    function: str
    size: int
    """The index of its size among those compared."""
    seed: int
    kind: str
    """KAN or MLP."""
    parameters: int
    error: float
    losses: list[float]
    """The mean squared error on the training points at each evaluation."""
    seconds: float
    """The processor time of an evaluation."""


def train_networks(settings: Settings, progress: Progress) -> list[Trial]:
    """Train both networks on every function, at every size, from every seed."""
    import torch

    trials = []
    for name, function in target_functions().items():
        progress(f"training on {name}")
        for seed in settings.seed_range:
            torch.manual_seed(seed)
            x, test_x = (
                2 * torch.rand(count, 2, dtype=torch.float64) - 1
                for count in (settings.points, 1000)
            )
            y, test_y = function(x), function(test_x)
            for size, grid in enumerate(settings.grids):
                kan = build_kan([2, settings.hidden_units, 1], grid)
                mlp = build_mlp(count_parameters(kan), 2)
                for kind, network in (("KAN", kan), ("MLP", mlp)):
                    losses, seconds = fit(network, x, y, settings.evaluations)
                    error = relative_error(network, test_x, test_y)
                    count = count_parameters(network)
                    trials.append(Trial(name, size, seed, kind, count, error, losses, seconds))
    return trials


@dataclass(frozen=True)
class Pair:
    """A Kolmogorov-Arnold network and a perceptron of its size, trained on the same points.

    Ratios are of the former to the latter, as decimal logarithms.
    """

    kan: Trial
    mlp: Trial

    @property
    def error_ratio(self) -> float:
        """The ratio of test errors."""
        return float(np.log10(self.kan.error / self.mlp.error))

    @property
    def time_ratio(self) -> float:
        """The ratio of the times of an evaluation."""
        return float(np.log10(self.kan.seconds / self.mlp.seconds))

    @property
    def evaluations_ratio(self) -> float:
        """The ratio of the evaluations needed for the final training error of the perceptron.

        A network that never reaches it counts as reaching it at its last evaluation, so this is a
        lower bound.
        """
        reached = np.array(self.kan.losses) <= min(self.mlp.losses)
        needed = reached.argmax() + 1 if reached.any() else len(reached)
        return float(np.log10(needed / len(self.mlp.losses)))


def pair_trials(trials: Sequence[Trial]) -> list[Pair]:
    """Pair the trials on the same function, of the same size and seed."""
    kans, mlps = (
        {(t.function, t.size, t.seed): t for t in trials if t.kind == kind}
        for kind in ("KAN", "MLP")
    )
    return [Pair(trial, mlps[key]) for key, trial in kans.items()]


def means_by_seed(pairs: Sequence[Pair], metric: Callable[[Pair], float]) -> list[float]:
    """Return the mean of a metric over the pairs of each seed."""
    seeds = sorted({pair.kan.seed for pair in pairs})
    return [mean(metric(pair) for pair in pairs if pair.kan.seed == seed) for seed in seeds]


def group_by_function(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    """Return the pairs of each function, in the order of their first occurrence."""
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(pair.kan.function, []).append(pair)
    return groups


def size_claims(pairs: Sequence[Pair]) -> list[Claim]:
    """Claim, for each function, that errors at the same size are smaller."""
    claims = []
    for function, group in group_by_function(pairs).items():
        ratios = means_by_seed(group, lambda pair: pair.error_ratio)
        claims.append(
            Claim(
                f"For the same error a KAN needs fewer parameters than a perceptron: {function}.",
                SOURCE,
                is_below(ratios, 0),
                f"At the same size its error is {10 ** mean(ratios):.2g} times the perceptron's,"
                " in the geometric mean over sizes and seeds; as a power of ten"
                f" {with_error(ratios)}.",
            )
        )
    return claims


def time_claims(pairs: Sequence[Pair]) -> list[Claim]:
    """Claim that an evaluation takes less time, and that fewer evaluations are needed."""
    times = means_by_seed(pairs, lambda pair: pair.time_ratio)
    evaluations = means_by_seed(pairs, lambda pair: pair.evaluations_ratio)
    reached = mean(min(pair.kan.losses) <= min(pair.mlp.losses) for pair in pairs)
    return [
        Claim(
            "A KAN trains faster than a perceptron of its size: an evaluation on all points takes"
            " less time.",
            SOURCE,
            is_below(times, 0),
            f"An evaluation of loss and gradient takes {10 ** mean(times):.1f} times the processor"
            " time, as measured in this run.",
        ),
        Claim(
            "A KAN trains faster than a perceptron of its size: it needs fewer evaluations.",
            SOURCE,
            is_below(evaluations, 0),
            f"For the perceptron's final training error it needs {10 ** mean(evaluations):.2g}"
            " times as many evaluations, which is"
            f" {10 ** (mean(times) + mean(evaluations)):.1f} times the processor time;"
            f" {reached:.0%} of trainings reach it, the others count as if they reached it at their"
            " last evaluation.",
        ),
    ]


def size_table(pairs: Sequence[Pair]) -> Table:
    """Return the errors of both networks by function and size."""
    rows: list[list[Cell]] = []
    for function, group in group_by_function(pairs).items():
        for size in sorted({pair.kan.size for pair in group}):
            same_size = [pair for pair in group if pair.kan.size == size]
            rows.append(
                [
                    function,
                    same_size[0].kan.parameters,
                    same_size[0].mlp.parameters,
                    f"{mean(pair.kan.error for pair in same_size):.2g}",
                    f"{mean(pair.mlp.error for pair in same_size):.2g}",
                    with_error([pair.error_ratio for pair in same_size]),
                    f"{10 ** mean(pair.time_ratio for pair in same_size):.1f}",
                ]
            )
    columns = (
        "function;KAN's parameters;MLP's;KAN's error;MLP's;log₁₀ of their ratio;time per evaluation"
    )
    return Table(
        "Errors at the same size",
        columns.split(";"),
        rows,
        "Means over seeds; the ratio with its standard error; the KAN's time as a multiple of the"
        " perceptron's.",
    )


def size_plots(pairs: Sequence[Pair]) -> list[Plot]:
    """Return one plot per function: errors against the number of parameters."""
    plots = []
    for function, group in group_by_function(pairs).items():
        series = []
        for name, trials in (("KAN", [p.kan for p in group]), ("MLP", [p.mlp for p in group])):
            counts = sorted({trial.parameters for trial in trials})
            errors = [[t.error for t in trials if t.parameters == count] for count in counts]
            bars = [standard_error(of_size) for of_size in errors]
            series.append(Series(name, counts, [mean(of_size) for of_size in errors], bars))
        plots.append(Plot(function, "parameters", "test error", series, log_x=True, log_y=True))
    return plots
