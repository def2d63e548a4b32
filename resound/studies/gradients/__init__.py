"""The gradients of a two-layer residual network, by formula and by automatic differentiation.

    z1 = W1 x + b1, h1 = relu(z1), d = h1 + x, z2 = W2 d + b2, h2 = relu(z2), theta = h2 + d

with the cross-entropy J of softmax(theta). All layers are as wide as the input, because it is added
to their outputs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resound.runtime.progress import Progress
from resound.studies.common.material import Material
from resound.studies.gradients.settings import Settings

if TYPE_CHECKING:
    from resound.studies.common.findings import Findings

__all__ = ["Settings", "run"]


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
) -> "Findings":
    """Compare the gradients by formula with those by automatic differentiation."""
    from resound.studies.gradients.study import compute_findings

    return compute_findings(settings)
