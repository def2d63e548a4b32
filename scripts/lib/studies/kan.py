"""A Kolmogorov-Arnold network (Liu et al. 2024) against a perceptron of as many parameters.

Both learn functions in closed form: by the same quasi-Newton method, from the same points, with
the same number of looks at them. A statement holds where a figure lies below a bound by more than
two standard errors over seeds, and is wrong where it lies above by as much.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import TYPE_CHECKING, Annotated, Literal, cast

import numpy as np
from annotated_types import Ge, MinLen
from numpy.typing import NDArray

from scripts.lib.models import kan, mlp
from scripts.lib.settings import Natural, Positive, settings
from scripts.lib.studies.findings import Cell, Claim, Findings, Plot, Series, Table
from scripts.lib.studies.material import Material

if TYPE_CHECKING:
    import torch
    from scipy.optimize import OptimizeResult

    from scripts.lib.models.splines import SplineLayer

SOURCE = "theory report, Kolmogorov-Arnold networks"
ORDER = 3
SPAN = 1.0
"""Inputs are drawn from [-1, 1], and there grids lie."""
PEAKS = (-0.8, -0.4, 0.0, 0.4, 0.8)
"""Where the peaks stand that are learned one after another, as in the paper."""
FORGOTTEN = 0.1
"""So far, in deviations of what was to be learned, an error may rise without being forgetting."""
KNOWN = 0.05
"""The error, in the same measure, at which a peak counts as learned and training ends."""
DRAWS = 3
"""So often a network that is to be read is drawn; the one with the least training error is read."""
READABLE = 0.99
"""A correlation from which a learned function shows the true one."""


@settings
class Settings:
    """Functions of two numbers, peaks in a row, and the functions on connections."""

    kind: Literal["kan"]
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


Vector = NDArray[np.float64]
Function = Callable[["torch.Tensor"], "torch.Tensor"]


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    announce: Callable[[str], None],
) -> Findings:
    """Compare both networks by error, time, forgetting and what can be read."""
    import torch

    torch.set_num_threads(1)
    trials = compare(settings, announce)
    forgetting = [forget(settings, seed, announce) for seed in seeds(settings)]
    readings = [read(settings, seed, announce) for seed in seeds(settings)]
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


def seeds(settings: Settings) -> range:
    """One for each time that a network is drawn."""
    return range(settings.seed, settings.seed + settings.seeds)


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


def compare(settings: Settings, announce: Callable[[str], None]) -> list[Trial]:
    """Both networks on every task, at every size, from every seed."""
    import torch

    trials = []
    for task, function in tasks().items():
        announce(f"learns {task}")
        for seed in seeds(settings):
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


def told(values: Sequence[float]) -> str:
    """A mean with its standard error."""
    return f"{mean(values):.2f} ± {standard_error(values):.2f}"


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


ALONE, FLAT, DEEP, RIVAL = "KAN, splines alone", "KAN, one layer", "KAN, two layers", "MLP"


def forget(settings: Settings, seed: int, announce: Callable[[str], None]) -> Forgetting:
    """Learn the peaks one after another, without a look at earlier ones."""
    import torch

    announce(f"learns peaks one after another, seed {seed}")
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


def read(settings: Settings, seed: int, announce: Callable[[str], None]) -> Reading:
    """Learn exp(sin(πx₁) + x₂²) by one hidden unit, which is its form, and by several."""
    import torch

    announce(f"reads connections, seed {seed}")
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


def reading_claims(settings: Settings, readings: Sequence[Reading]) -> list[Claim]:
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
