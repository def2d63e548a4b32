"""The gradients of a two-layer residual network, by formula and by automatic differentiation.

    z1 = W1 x + b1, h1 = relu(z1), d = h1 + x, z2 = W2 d + b2, h2 = relu(z2), theta = h2 + d

with the cross-entropy J of softmax(theta). All layers are as wide as the input, for it is added.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from resound.settings import Natural, Positive, settings
from resound.studies.common.findings import Claim, Findings, Plot, Series, Table
from resound.studies.common.material import Material

Vector = NDArray[np.float64]

SOURCE = "theory report, backpropagation through a residual network"
ROUNDING = 1e-12
"""Differences below it are those of rounding: 64-bit numbers have sixteen digits."""


@settings
class Settings:
    """Networks of random sizes, weights and inputs."""

    kind: Literal["gradients"]
    """The gradients of a residual network."""
    networks: Positive = 100
    """Networks that are drawn."""
    widest: Positive = 64
    """Units at most; two at least."""
    seed: Natural = 1


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Callable[[str], None],
) -> Findings:
    """Compare both ways on every network."""
    random = np.random.default_rng(settings.seed)
    widths = random.integers(2, settings.widest, settings.networks, endpoint=True)
    off: dict[str, list[float]] = {name: [] for name in ("theta", "z2", "d", "x")}
    for width in widths:
        network = Network.drawn(int(width), random)
        derived, oracle = network.by_formula(), network.by_differentiation()
        for name, differences in off.items():
            differences.append(float(np.abs(derived[name] - oracle[name]).max()))
    worst = {name: max(differences) for name, differences in off.items()}
    rows = [[f"dJ/d{name}", FORMULAS[name], f"{worst[name]:.1e}"] for name in off]
    return Findings(
        title="Gradients of a residual network",
        method=(
            f"{settings.networks} networks of 2 to {settings.widest} units with weights, input and"
            " class drawn at random; the reports' formulas against automatic differentiation in"
            " 64-bit numbers."
        ),
        claims=[
            Claim(
                "The gradient of the cross-entropy passes through both layers and around them: the"
                " way around adds the gradient from above unchanged.",
                SOURCE,
                max(worst.values()) < ROUNDING,
                f"The largest difference of any entry is {max(worst.values()):.0e}.",
            )
        ],
        tables=[Table("Largest differences", ["gradient", "formula", "difference"], rows)],
        figures=[
            Plot(
                "Differences by width",
                "units",
                "largest difference",
                [Series(f"dJ/d{n}", widths.tolist(), off[n], look="dots") for n in off],
            )
        ],
    )


FORMULAS = {
    "theta": "softmax(theta) - y",
    "z2": "dJ/dtheta where z2 > 0, else 0",
    "d": "W2' dJ/dz2 + dJ/dtheta",
    "x": "W1' (dJ/dd where z1 > 0, else 0) + dJ/dd",
}


class Network:
    """A residual network with an input and its class."""

    def __init__(
        self, weights: Sequence[Vector], biases: Sequence[Vector], x: Vector, label: int
    ) -> None:
        self.weights, self.biases, self.x, self.label = weights, biases, x, label

    @classmethod
    def drawn(cls, width: int, random: np.random.Generator) -> "Network":
        """A network of `width` units; weights keep the scale of what they are given."""
        weights = [random.normal(0, width**-0.5, (width, width)) for _ in range(2)]
        biases = [random.normal(0, 0.1, width) for _ in range(2)]
        return cls(weights, biases, random.normal(0, 1, width), int(random.integers(width)))

    def by_formula(self) -> dict[str, Vector]:
        """The gradients as the report derives them."""
        (w1, w2), (b1, b2) = self.weights, self.biases
        z1 = w1 @ self.x + b1
        d = np.maximum(z1, 0) + self.x
        z2 = w2 @ d + b2
        theta = np.maximum(z2, 0) + d
        likely = np.exp(theta - theta.max())
        to_theta = likely / likely.sum() - np.eye(len(theta))[self.label]
        to_z2 = to_theta * (z2 > 0)
        to_d = w2.T @ to_z2 + to_theta
        return {
            "theta": to_theta,
            "z2": to_z2,
            "d": to_d,
            "x": w1.T @ (to_d * (z1 > 0)) + to_d,
        }

    def by_differentiation(self) -> dict[str, Vector]:
        """The same by torch."""
        import torch

        (w1, w2), (b1, b2) = (
            list(map(torch.from_numpy, given)) for given in (self.weights, self.biases)
        )
        x = torch.from_numpy(self.x).requires_grad_()
        d = torch.relu(w1 @ x + b1) + x
        z2 = w2 @ d + b2
        theta = torch.relu(z2) + d
        steps = {"theta": theta, "z2": z2, "d": d, "x": x}
        for step in steps.values():
            step.retain_grad()
        torch.nn.functional.cross_entropy(theta, torch.tensor(self.label)).backward()
        return {name: step.grad.numpy() for name, step in steps.items() if step.grad is not None}
