"""The computations of the study of gradients."""

import numpy as np

from resound.studies.common.findings import Claim, Findings, Plot, Series, Source, Table
from resound.studies.gradients.networks import FORMULAS, Network
from resound.studies.gradients.settings import Settings

SOURCE = Source("report", "theory report, backpropagation through a residual network")
ROUNDING = 1e-12
"""Smaller differences are due to rounding: 64-bit floats have sixteen digits."""


def compute_findings(settings: Settings) -> Findings:
    """Compare the gradients by formula with those by automatic differentiation."""
    random = np.random.default_rng(settings.seed)
    widths = random.integers(2, settings.max_units, settings.networks, endpoint=True)
    differences: dict[str, list[float]] = {name: [] for name in FORMULAS}
    for width in widths:
        network = Network.sample(int(width), random)
        derived, expected = network.gradients_by_formula(), network.gradients_by_autograd()
        for name, values in differences.items():
            values.append(float(np.abs(derived[name] - expected[name]).max()))
    largest = {name: max(values) for name, values in differences.items()}
    rows = [[f"dJ/d{name}", FORMULAS[name], f"{largest[name]:.1e}"] for name in differences]
    return Findings(
        title="Gradients of a residual network",
        method=(
            f"{settings.networks} networks of 2 to {settings.max_units} units with random weights,"
            " inputs and classes. The formulas of the report are compared with automatic"
            " differentiation in 64-bit arithmetic."
        ),
        claims=[
            Claim(
                "The gradient of the cross-entropy passes through both layers and along the skip"
                " connections, which add the gradient of the layer above unchanged.",
                SOURCE,
                max(largest.values()) < ROUNDING,
                f"The largest difference of any entry is {max(largest.values()):.0e}.",
            )
        ],
        tables=[Table("Largest differences", ["gradient", "formula", "difference"], rows)],
        plots=[
            Plot(
                "Differences by width",
                "units",
                "largest difference",
                [
                    Series(f"dJ/d{name}", widths.tolist(), values, style="points")
                    for name, values in differences.items()
                ],
            )
        ],
    )
