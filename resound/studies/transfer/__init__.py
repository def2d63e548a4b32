"""Transfer learning: a pretrained encoder, fine-tuned or frozen, against training from scratch.

The settings of an existing experiment are those of every training; only what is pretrained, what is
frozen and the number of training items differ.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resound.runtime.progress import Progress
from resound.studies.common.material import Material
from resound.studies.transfer.settings import Settings

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
    origin: Path,
    device: str,
) -> "Findings":
    """Train the encoder in the folder `origin` in each way on each share, and compare them.

    `experiment` has the `input`, `model` and `train` settings of the fine-tuned encoder. `folder`
    keeps finished trainings and checkpoints, from which an interrupted run resumes if the version
    of its `code` is the same.
    """
    from resound.studies.transfer.study import compute_findings

    return compute_findings(settings, materials, folder, progress, experiment, code, origin, device)
