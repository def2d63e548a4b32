"""What a training run is for: its checkpoint is taken up by the very same run alone."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def run_fingerprint(
    code: str,
    config: str,
    seed: int,
    device: str,
    parts: Path,
    arrays: Sequence[Path],
    origin: Any,
) -> str:
    """A digest of all that a run follows from; a CPU and a GPU do not end with the same bytes.

    `origin` tells the pretrained model that it begins as, None for none. `arrays` may be large:
    when they were written stands for what they hold.
    """
    written = [array.stat().st_mtime_ns for array in arrays]
    told = (code, config, seed, device, parts.read_text(), written, origin)
    return hashlib.sha256(repr(told).encode()).hexdigest()
