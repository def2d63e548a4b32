"""A Kolmogorov-Arnold network (Liu et al. 2024) compared with a perceptron of the same size.

Both learn functions in closed form by the same quasi-Newton method, from the same points, with the
same number of evaluations of the loss. A statement is true where a metric is below a bound by more
than two standard errors over seeds, and false where it is above by as much.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resound.runtime.progress import Progress
from resound.studies.common.material import Material
from resound.studies.spline_networks.settings import Settings

if TYPE_CHECKING:
    from resound.studies.common.findings import Findings

__all__ = ["Settings", "run"]


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
) -> "Findings":
    """Compare both networks by error, time, forgetting and interpretability."""
    from resound.studies.spline_networks.study import compute_findings

    return compute_findings(settings, progress)
