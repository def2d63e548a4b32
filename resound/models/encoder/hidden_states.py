"""What an encoder makes of many items: the mean states of one layer, or of each."""

from typing import Any

import numpy as np
import torch

from resound.arrays import Array
from resound.features.hidden_states import Settings
from resound.models.encoder.backbone import mean_of, states_of
from resound.runtime.progress import Progress
from resound.training.inputs.arrange import Ragged
from resound.training.inputs.batches import Batches
from resound.training.precision import Precision


@torch.inference_mode()
def mean_states(
    encoder: Any, clips: Ragged, configuration: Settings, device: str, progress: Progress
) -> Array:
    """The means over valid steps: shape (clips, layers, width), one layer or one more than all.

    Clips are taken in order of their length; the result depends neither on that nor on the size of
    a batch.
    """
    torch.set_num_threads(1)
    precision = Precision(device, "mixed" if configuration.precision == "half" else "single")
    precision.set_up()
    encoder.to(device).eval()
    order = torch.from_numpy(np.argsort(-clips.lengths, kind="stable"))
    batches, done = order.split(configuration.batch_size), 0
    rows: list[Array] = [np.zeros(0, np.float32)] * len(clips)
    for items, batch in zip(batches, Batches(clips, device).of(batches), strict=True):
        with precision.autocast():
            states, valid = states_of(encoder, batch, configuration.layers == "each")
        means = torch.stack([mean_of(layer.float(), valid) for layer in states], dim=1)
        for item, row in zip(items.tolist(), means.cpu().numpy(), strict=True):
            rows[item] = row
        done += len(items)
        progress(f"{done} of {len(order)} items")
    return np.stack(rows)
