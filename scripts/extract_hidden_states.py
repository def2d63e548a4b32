"""Let a pretrained encoder, left as it is, make features of a corpus.

Input: the features that it is given, and where it lies. Output: a matrix of rows and an offset an
item, as `.npy` files that open with `mmap_mode="r"`. Method: in batches of like length; the mean of
a layer's states over an item's valid steps is a row.
"""

import json
from pathlib import Path

import numpy as np

from resound.data.feature_cache import Features
from resound.features.hidden_states import Settings
from resound.io.files import atomic_file, read_json
from resound.runtime.device import device_for
from resound.runtime.progress import Progress
from resound.runtime.stage import stage
from resound.training.inputs.arrange import Ragged


def main(
    source: Path,
    matrix: Path,
    offsets: Path,
    config: str,
    gpus: int,
    gpus_per_device: int,
    made: Path,
    made_offsets: Path,
    progress: Progress,
) -> None:
    """Write the states by `config` (JSON: the configuration) into `made` and `made_offsets`."""
    from resound.models.encoder.backbone import open_encoder
    from resound.models.encoder.hidden_states import mean_states

    device = device_for(gpus, gpus_per_device, progress)
    configuration = Settings(**json.loads(config)["configuration"])
    encoder = open_encoder(Path(read_json(source)["path"]))
    features = Features.open(matrix, offsets)
    clips = Ragged(features, np.arange(len(features.offsets) - 1))
    states = mean_states(encoder, clips, configuration, device, progress)
    with atomic_file(made) as draft, atomic_file(made_offsets) as offsets_draft:
        np.save(draft, states.reshape(-1, states.shape[2]))
        np.save(offsets_draft, np.arange(len(clips) + 1) * states.shape[1])


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            source=Path(job.input.source),
            matrix=Path(job.input.matrix),
            offsets=Path(job.input.offsets),
            config=job.params.config,
            gpus=job.resources.get("gpu", 0),
            gpus_per_device=job.config["gpus_per_device"],
            made=Path(job.output.matrix),
            made_offsets=Path(job.output.offsets),
            progress=progress,
        )
