"""Estimates in architecture search: fewer data, shared weights and gradients.

The space is small enough to train every network, so that each estimate is compared with what it
estimates.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resound.runtime.progress import Progress
from resound.studies.architectures.settings import Settings
from resound.studies.common.material import Material

if TYPE_CHECKING:
    from resound.studies.common.findings import Findings

__all__ = ["Settings", "run"]


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
) -> "Findings":
    """Train every network, estimate by each method, and compare what they choose."""
    from resound.studies.architectures.study import compute_findings

    return compute_findings(settings, materials, progress)
