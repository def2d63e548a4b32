"""A two-layer residual network whose gradients are computed in two ways."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

FORMULAS = {
    "theta": "softmax(theta) - y",
    "z2": "dJ/dtheta where z2 > 0, else 0",
    "d": "W2' dJ/dz2 + dJ/dtheta",
    "x": "W1' (dJ/dd where z1 > 0, else 0) + dJ/dd",
}
"""The gradient of the loss by each variable, as the report derives it."""


def softmax(theta: Vector) -> Vector:
    """Return the softmax of the logits `theta`, shape (classes,)."""
    exponentials = np.exp(theta - theta.max())
    return np.asarray(exponentials / exponentials.sum())


def softmax_jacobian(theta: Vector) -> Vector:
    """Return the derivatives of each probability p_i by each logit: p_i (1[i = j] - p_j)."""
    p = softmax(theta)
    return np.diag(p) - np.outer(p, p)


def softmax_jacobian_by_autograd(theta: Vector) -> Vector:
    """Return the same derivatives by PyTorch's automatic differentiation."""
    import torch

    def probabilities(logits: torch.Tensor) -> torch.Tensor:
        return torch.softmax(logits, dim=0)

    jacobian = torch.autograd.functional.jacobian(probabilities, torch.from_numpy(theta))
    return np.asarray(jacobian.numpy())


class Network:
    """A residual network with one input and its class.

    Of `weights` and `biases` the first entry belongs to the first layer.
    """

    def __init__(
        self, weights: Sequence[Vector], biases: Sequence[Vector], x: Vector, label: int
    ) -> None:
        self.weights, self.biases, self.x, self.label = weights, biases, x, label

    @classmethod
    def sample(cls, width: int, random: np.random.Generator) -> "Network":
        """Draw a network of `width` units whose weights preserve the scale of their inputs."""
        weights = [random.normal(0, width**-0.5, (width, width)) for _ in range(2)]
        biases = [random.normal(0, 0.1, width) for _ in range(2)]
        return cls(weights, biases, random.normal(0, 1, width), int(random.integers(width)))

    def gradients_by_formula(self) -> dict[str, Vector]:
        """Return the gradients by `FORMULAS`."""
        (w1, w2), (b1, b2) = self.weights, self.biases
        z1 = w1 @ self.x + b1
        d = np.maximum(z1, 0) + self.x
        z2 = w2 @ d + b2
        theta = np.maximum(z2, 0) + d
        by_theta = softmax(theta) - np.eye(len(theta))[self.label]
        by_z2 = by_theta * (z2 > 0)
        by_d = w2.T @ by_z2 + by_theta
        return {
            "theta": by_theta,
            "z2": by_z2,
            "d": by_d,
            "x": w1.T @ (by_d * (z1 > 0)) + by_d,
        }

    def gradients_by_autograd(self) -> dict[str, Vector]:
        """Return the same gradients by PyTorch's automatic differentiation."""
        import torch

        (w1, w2), (b1, b2) = (
            list(map(torch.from_numpy, arrays)) for arrays in (self.weights, self.biases)
        )
        x = torch.from_numpy(self.x).requires_grad_()
        d = torch.relu(w1 @ x + b1) + x
        z2 = w2 @ d + b2
        theta = torch.relu(z2) + d
        variables = {"theta": theta, "z2": z2, "d": d, "x": x}
        for variable in variables.values():
            variable.retain_grad()
        torch.nn.functional.cross_entropy(theta, torch.tensor(self.label)).backward()
        return {name: v.grad.numpy() for name, v in variables.items() if v.grad is not None}
