"""The fingerprint of a training run: a checkpoint is resumed only by the very same run."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def run_fingerprint(
    code: str,
    config: str,
    seed: int,
    device: str,
    split: Path,
    arrays: Sequence[Path],
    origin: Any,
) -> str:
    """Return a digest of everything that determines a run.

    The device is part of it: a CPU and a GPU do not produce the same bytes. `origin` describes the
    pretrained model from which it starts, or is None. `arrays` may be large, so their modification
    times stand for their contents.
    """
    written = [array.stat().st_mtime_ns for array in arrays]
    parts = (code, config, seed, device, split.read_text(), written, origin)
    return hashlib.sha256(repr(parts).encode()).hexdigest()
