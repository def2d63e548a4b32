"""The computations of the study of gradients."""

from collections.abc import Sequence

import numpy as np

from resound.studies.common.findings import Claim, Findings, Plot, Series, Source, Table
from resound.studies.gradients.depth import (
    depth_claims,
    depths_plot,
    depths_table,
    measure_depths,
)
from resound.studies.gradients.networks import (
    FORMULAS,
    Network,
    Vector,
    softmax,
    softmax_jacobian,
    softmax_jacobian_by_autograd,
)
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
    random = np.random.default_rng(settings.seed)
    logits = [random.normal(0, 2, int(width)) for width in widths]
    depths = measure_depths(settings)
    rows = [[f"dJ/d{name}", FORMULAS[name], f"{largest[name]:.1e}"] for name in differences]
    return Findings(
        title="Gradients of a residual network",
        method=(
            f"{settings.networks} networks of 2 to {settings.max_units} units with random weights,"
            " inputs and classes. The formulas of the report are compared with automatic"
            " differentiation in 64-bit arithmetic. The norm of the gradient is followed through up"
            f" to {settings.max_layers} layers of {settings.max_units} units without biases."
        ),
        claims=[
            Claim(
                "The gradient of the cross-entropy passes through both layers and along the skip"
                " connections, which add the gradient of the layer above unchanged.",
                SOURCE,
                max(largest.values()) < ROUNDING,
                f"The largest difference of any entry is {max(largest.values()):.0e}.",
            ),
            softmax_claim(logits),
            *depth_claims(depths),
        ],
        tables=[
            Table("Largest differences", ["gradient", "formula", "difference"], rows),
            depths_table(depths),
        ],
        plots=[
            Plot(
                "Differences by width",
                "units",
                "largest difference",
                [
                    Series(f"dJ/d{name}", widths.tolist(), values, style="points")
                    for name, values in differences.items()
                ],
            ),
            depths_plot(depths),
        ],
    )


def softmax_claim(logits: Sequence[Vector]) -> Claim:
    """Claim that the softmax has the Jacobian of the report, and the cross-entropy its gradient.

    The verdict is true if both differ from automatic differentiation and from each other by
    rounding only.
    """
    differences, products = [], []
    for label, theta in enumerate(logits):
        jacobian, p = softmax_jacobian(theta), softmax(theta)
        differences.append(float(np.abs(jacobian - softmax_jacobian_by_autograd(theta)).max()))
        y = np.eye(len(p))[label % len(p)]
        # The cross-entropy -sum y log p has the derivatives -y / p by the probabilities.
        products.append(float(np.abs(jacobian.T @ (-y / p) - (p - y)).max()))
    return Claim(
        "The derivative of the softmax probability p_i by the logit theta_j is p_i (1 - p_i) for"
        " i = j, else -p_i p_j; with it the gradient of the cross-entropy is p - y.",
        SOURCE,
        max(*differences, *products) < ROUNDING,
        f"For {len(logits)} random vectors of logits the Jacobian differs from automatic"
        f" differentiation by {max(differences):.0e} at most, and its product with the gradient of"
        f" the cross-entropy by the probabilities from p - y by {max(products):.0e}.",
    )
