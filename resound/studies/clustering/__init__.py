"""Clustering of cached features by density and by k-means, and neighbours of whole sequences.

Labels are used for evaluation alone.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from resound.runtime.progress import Progress
from resound.studies.clustering.settings import Settings
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
    """Cluster the first material and find nearest neighbours in the second."""
    from resound.studies.clustering.study import compute_findings

    return compute_findings(settings, materials)
