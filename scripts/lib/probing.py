"""What an encoder makes of many items: the mean states of one layer, or of each."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import torch

from scripts.lib.encoders import mean_of, states_of
from scripts.lib.features.hidden import Settings
from scripts.lib.features.spectrum import Array
from scripts.lib.inputs import Ragged
from scripts.lib.log import Announce


@torch.inference_mode()
def mean_states(
    encoder: Any, clips: Ragged, recipe: Settings, device: str, announce: Announce
) -> Array:
    """The means over valid steps: shape (clips, layers, width), one layer or one more than all.

    Clips are taken in order of their length; the result depends neither on that nor on the size of
    a batch.
    """
    torch.set_num_threads(1)
    half = recipe.precision == "half" and device == "cuda"
    encoder.to(device).eval()
    order = np.argsort(-clips.lengths, kind="stable")
    rows: list[Array] = [np.zeros(0, np.float32)] * len(clips)
    for first in range(0, len(order), recipe.batch_size):
        items = order[first : first + recipe.batch_size]
        batch = torch.from_numpy(clips.padded(items)).to(device)
        with torch.autocast("cuda", torch.bfloat16) if half else nullcontext():
            states, valid = states_of(encoder, batch, recipe.layers == "each")
        means = torch.stack([mean_of(layer.float(), valid) for layer in states], dim=1)
        for item, row in zip(items, means.cpu().numpy(), strict=True):
            rows[item] = row
        announce(f"{min(first + recipe.batch_size, len(order))} of {len(order)} items")
    return np.stack(rows)
