"""Hidden states of an encoder as features: the means over time of one layer, or of each layer."""

from typing import Any

import numpy as np
import torch

from resound.arrays import Array
from resound.features.hidden_states import Settings
from resound.models.encoder.backbone import hidden_states, mean_over_valid
from resound.runtime.progress import Progress
from resound.training.inputs.batches import Batches
from resound.training.inputs.ragged import Ragged
from resound.training.precision import Precision


@torch.inference_mode()
def mean_hidden_states(
    encoder: Any, clips: Ragged, configuration: Settings, device: str, progress: Progress
) -> Array:
    """Return the means over valid steps, shape (clips, layers, width).

    There is one layer, or one more than the encoder has. Clips are processed in order of their
    length; the result depends neither on that nor on the batch size.
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
            states, valid = hidden_states(encoder, batch, configuration.layers == "each")
        means = torch.stack([mean_over_valid(layer.float(), valid) for layer in states], dim=1)
        for item, row in zip(items.tolist(), means.cpu().numpy(), strict=True):
            rows[item] = row
        done += len(items)
        progress(f"{done} of {len(order)} items")
    return np.stack(rows)
