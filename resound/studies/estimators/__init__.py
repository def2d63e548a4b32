"""The estimators that the reports derive, simulated and compared with their formulas."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resound.runtime.progress import Progress
from resound.studies.common.material import Material
from resound.studies.estimators.settings import Settings

if TYPE_CHECKING:
    from resound.studies.common.findings import Findings

__all__ = ["Settings", "run"]


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
) -> "Findings":
    """Simulate every estimator and compare it with its formula."""
    from resound.studies.estimators.study import compute_findings

    return compute_findings(settings)
