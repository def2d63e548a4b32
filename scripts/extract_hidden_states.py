"""Extract the hidden states of a pretrained encoder as features of a corpus.

Input: the features that the encoder takes, and its manifest. Output: a matrix of rows and the
offset of each item, as `.npy` files that can be memory-mapped. Method: in batches of similar
length; a row is the mean of a layer's states over the valid steps of an item.
"""

import json
from pathlib import Path

import numpy as np

from resound.data.feature_cache import Features
from resound.features.hidden_states import Settings
from resound.io.files import atomic_file, read_json
from resound.models.encoder.backbone import open_encoder
from resound.models.encoder.hidden_states import mean_hidden_states
from resound.runtime.device import device_for
from resound.runtime.progress import Progress
from resound.runtime.stage import stage
from resound.training.inputs.ragged import Ragged


def main(
    pretrained: Path,
    features: Features,
    config: str,
    device: str,
    matrix: Path,
    offsets: Path,
    progress: Progress,
) -> None:
    """Write the states by `config` (JSON: the feature configuration)."""
    configuration = Settings(**json.loads(config)["configuration"])
    folder = Path(read_json(pretrained)["path"])
    encoder = open_encoder(folder, positions=configuration.positions)
    clips = Ragged(features, np.arange(len(features.offsets) - 1))
    states = mean_hidden_states(encoder, clips, configuration, device, progress)
    with atomic_file(matrix) as draft, atomic_file(offsets) as offsets_draft:
        np.save(draft, states.reshape(-1, states.shape[2]))
        np.save(offsets_draft, np.arange(len(clips) + 1) * states.shape[1])


if __name__ == "__main__":
    with stage() as (job, progress):
        gpus, per_device = job.resources.get("gpu", 0), job.config["gpus_per_device"]
        main(
            pretrained=Path(job.input.pretrained),
            features=Features.open(job.input.matrix, job.input.offsets),
            config=job.params.config,
            device=device_for(gpus, per_device, progress),
            matrix=Path(job.output.matrix),
            offsets=Path(job.output.offsets),
            progress=progress,
        )
