"""A corpus of recordings for several test modules."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Write = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path, write_clip: Write) -> Path:
    """Write four usable recordings, four unusable ones, and another file."""
    write_clip(tmp_path / "b" / "yes_1.wav", 0.5, 8000)
    write_clip(tmp_path / "b" / "no_1.wav", np.zeros((4410, 2)), 44100)
    write_clip(tmp_path / "a" / "yes_2.wav", 0.2)
    write_clip(tmp_path / "a" / "no_1.wav", 0.1)
    write_clip(tmp_path / "a" / "maybe_1.wav", 0.5)
    write_clip(tmp_path / "a" / "yes_1.wav", 0.0999)
    write_clip(tmp_path / "c" / "no_1.wav", np.zeros(0))
    (tmp_path / "c" / "yes_1.wav").write_text("not a recording")
    (tmp_path / "c" / "readme.txt").write_text("text")
    return tmp_path
