"""Adam for the small networks of studies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class Adam:
    """Adam (Kingma and Ba, 2015) without what `torch.optim` imports, which takes seconds."""

    def __init__(self, parameters: "Sequence[torch.Tensor]", rate: float, decay: float) -> None:
        """Prepare steps of size `rate`; `decay` is that of the mean gradient."""
        import torch

        self._parameters, self._rate = list(parameters), rate
        self._decays = (decay, 0.99)
        self._moments = [[torch.zeros_like(p) for p in parameters] for _ in self._decays]
        self._steps = [0] * len(parameters)

    def step(self, loss: "torch.Tensor") -> None:
        """Reduce the loss by a step along its gradient by these parameters alone.

        Parameters that the loss does not depend on keep their values.
        """
        import torch

        gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        with torch.no_grad():
            for n, (parameter, gradient) in enumerate(zip(self._parameters, gradients)):
                if gradient is not None:
                    parameter -= self._update(n, gradient)

    def _update(self, n: int, gradient: "torch.Tensor") -> "torch.Tensor":
        """Return by how much parameter `n` falls."""
        self._steps[n] += 1
        first, second = (moments[n] for moments in self._moments)
        first.lerp_(gradient, 1 - self._decays[0])
        second.lerp_(gradient**2, 1 - self._decays[1])
        correction, second_correction = (1 - decay ** self._steps[n] for decay in self._decays)
        deviation = (second / second_correction).sqrt_() + 1e-8
        return self._rate / correction * first / deviation
