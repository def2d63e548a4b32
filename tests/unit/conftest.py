"""What several unit tests share: recordings to write, real ones to read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

REAL = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def write_clip() -> Callable[..., Path]:
    """Write samples, or seconds of noise drawn from a seed, as a recording; returns its path."""

    def write(
        path: Path, samples: Any, rate_hz: int = 16000, seed: int = 0, **options: str
    ) -> Path:
        if isinstance(samples, float):
            count = round(samples * rate_hz)
            samples = np.random.default_rng(seed).uniform(-0.5, 0.5, count).astype(np.float32)
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, samples, rate_hz, **options)
        return path

    return write


@pytest.fixture(scope="session")
def real_clips() -> Callable[[str, int], list[Path]]:
    """Some recordings of a real corpus, spread over it; skips where the corpus is not at hand."""

    def clips(corpus: str, count: int) -> list[Path]:
        found = sorted((REAL / corpus).rglob("*.wav"))
        if not found:
            pytest.skip(f"needs real recordings of {corpus}")
        return found[:: max(1, len(found) // count)][:count]

    return clips


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tests of a module make what they share."""
    return tmp_path_factory.mktemp("shared")
