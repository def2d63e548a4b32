"""Architecture search over the project's own models, compared with a model designed by hand.

The settings of an existing experiment are those of the model designed by hand; the space contains
the settings that a search may choose differently. Searches use training and validation items; the
test part is used for the two final models alone.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resound.runtime.progress import Progress
from resound.studies.common.material import Material
from resound.studies.search.settings import Settings

if TYPE_CHECKING:
    from resound.studies.common.findings import Findings

__all__ = ["Settings", "run"]


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
    experiment: Mapping[str, Any],
    code: str,
) -> "Findings":
    """Search, train the best model and the one designed by hand to the end, and compare them.

    `experiment` has the `input`, `model` and `train` settings of the model designed by hand.
    `folder` keeps finished trials and checkpoints, from which an interrupted run resumes if the
    version of its `code` is the same.
    """
    from resound.studies.search.study import compute_findings

    return compute_findings(settings, materials, folder, progress, experiment, code)
