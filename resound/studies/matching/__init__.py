"""Matching two distributions of features, so that a classifier of one works on the other.

The features of the target are adapted to those of the source. Labels of the target are used for
evaluation alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resound.runtime.progress import Progress
from resound.studies.common.material import Material
from resound.studies.matching.settings import Settings

if TYPE_CHECKING:
    from resound.studies.common.findings import Findings

__all__ = ["Settings", "run"]


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
) -> "Findings":
    """Adapt the features of unseen speakers in every draw, with and without another channel."""
    from resound.studies.matching.study import compute_findings

    return compute_findings(settings, materials, progress)
