"""Distances between distributions: in closed form, from samples, and of test parts of splits."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resound.runtime.progress import Progress
from resound.studies.common.material import Material
from resound.studies.distances.settings import Settings

if TYPE_CHECKING:
    from resound.studies.common.findings import Findings

__all__ = ["Settings", "run"]


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
) -> "Findings":
    """Compare estimates with closed forms, test inequalities, and compare the parts of splits."""
    from resound.studies.distances.study import compute_findings

    return compute_findings(settings, materials, progress)
