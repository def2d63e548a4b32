"""What an encoder makes of many items: the mean states of one layer, or of each."""

from typing import Any

import numpy as np
import torch

from scripts.lib.arithmetic import Arithmetic
from scripts.lib.encoders import mean_of, states_of
from scripts.lib.features.hidden import Settings
from scripts.lib.features.spectrum import Array
from scripts.lib.inputs import Ragged
from scripts.lib.log import Announce
from scripts.lib.placement import Batches


@torch.inference_mode()
def mean_states(
    encoder: Any, clips: Ragged, recipe: Settings, device: str, announce: Announce
) -> Array:
    """The means over valid steps: shape (clips, layers, width), one layer or one more than all.

    Clips are taken in order of their length; the result depends neither on that nor on the size of
    a batch.
    """
    torch.set_num_threads(1)
    arithmetic = Arithmetic(device, "mixed" if recipe.precision == "half" else "single")
    arithmetic.set_up()
    encoder.to(device).eval()
    order = torch.from_numpy(np.argsort(-clips.lengths, kind="stable"))
    batches, done = order.split(recipe.batch_size), 0
    rows: list[Array] = [np.zeros(0, np.float32)] * len(clips)
    for items, batch in zip(batches, Batches(clips, device).of(batches), strict=True):
        with arithmetic.autocast():
            states, valid = states_of(encoder, batch, recipe.layers == "each")
        means = torch.stack([mean_of(layer.float(), valid) for layer in states], dim=1)
        for item, row in zip(items.tolist(), means.cpu().numpy(), strict=True):
            rows[item] = row
        done += len(items)
        announce(f"{done} of {len(order)} items")
    return np.stack(rows)
