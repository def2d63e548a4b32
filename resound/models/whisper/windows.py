"""Windows of a Whisper model that are shorter than those of its pretraining, for short clips.

The time of the encoder is proportional to the window: 30 s, of which most is silence if clips last
a few seconds. A window that ends soon after the clip makes the decoder repeat itself, so a margin
of some seconds remains.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

_STEP_S = 5
"""Windows are multiples of it, so that a clip's does not depend on the other clips."""


def window_frames(seconds: float, margin_s: float, hop_s: float, most: int) -> int:
    """Return the frames of the window of a clip: at most `most`, those of the model."""
    window_s = _STEP_S * math.ceil((seconds + margin_s) / _STEP_S)
    return min(most, 2 * round(window_s / hop_s / 2))


@contextmanager
def shorter_window(model: Any, frames: int) -> Iterator[None]:
    """Let the encoder of a model take windows of `frames`, two for each of its positions."""
    encoder, config = model.get_encoder(), model.config
    table, positions = encoder.embed_positions, config.max_source_positions
    encoder.embed_positions = nn.Embedding.from_pretrained(table.weight[: frames // 2])
    config.max_source_positions = encoder.max_source_positions = frames // 2
    try:
        yield
    finally:
        encoder.embed_positions = table
        config.max_source_positions = encoder.max_source_positions = positions
