"""Layers whose connections are learned functions of one variable (Liu et al. 2024).

A function is a sum of B-splines on a uniform grid and of a scaled SiLU. Outside the grid the
splines fall to zero within `order` intervals, and only the SiLU remains.
"""

from math import factorial

import torch
from torch import nn


def basis(x: torch.Tensor, grid: int, order: int, span: float) -> torch.Tensor:
    """Return the B-splines on [-span, span] with `grid` intervals at `x`: (..., grid + order).

    Computed by the recursion of Cox and de Boor for uniform knots, of which `order` are beyond
    either end; within the grid the splines sum to one at every point.
    """
    place = ((x + span) * (grid / (2 * span)) + order).unsqueeze(-1)
    knots = torch.arange(grid + 2 * order, dtype=x.dtype, device=x.device)
    from_knot = place - knots
    splines = ((from_knot >= 0) & (from_knot < 1)).to(x.dtype)
    for degree in range(1, order + 1):
        rising, falling = splines[..., :-1], splines[..., 1:]
        # u rising + (degree + 1 - u) falling; the division by each degree is made once at the end.
        splines = from_knot[..., :-degree] * (rising - falling) + (degree + 1) * falling
    return splines / factorial(order)


class SplineLayer(nn.Module):
    """Units that sum one learned function of each input, without a bias."""

    def __init__(self, inputs: int, units: int, grid: int, order: int, span: float) -> None:
        super().__init__()
        self.grid, self.order, self.span = grid, order, span
        self.base = nn.Parameter(torch.empty(units, inputs))
        """Weight of the SiLU in each function."""
        self.spline = nn.Parameter(torch.empty(units, inputs, grid + order))
        """Weight of each B-spline in each function."""
        nn.init.xavier_uniform_(self.base)
        nn.init.normal_(self.spline, std=0.1 * inputs**-0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (items, inputs) to (items, units)."""
        splines = basis(x, self.grid, self.order, self.span).flatten(1)
        base = nn.functional.linear(nn.functional.silu(x), self.base)
        return base + nn.functional.linear(splines, self.spline.flatten(1))

    def edges(self, x: torch.Tensor) -> torch.Tensor:
        """Return each function at the points `x`, shape (points,): (units, inputs, points)."""
        splines = basis(x, self.grid, self.order, self.span)
        return self.base.unsqueeze(-1) * nn.functional.silu(x) + self.spline @ splines.T
