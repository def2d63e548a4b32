"""Damaged recordings: read as libsndfile or FFmpeg reads them, or rejected with a reason."""

import numpy as np
import pytest

from resound.data.decoding.decode import decode
from resound.data.decoding.errors import UnreadableClip
from tests.inputs.audio_files import WRITERS
from tests.inputs.audio_oracles import read_by_ffmpeg, read_by_libsndfile

MUTATIONS = 60


def damage(data: bytes, rng: np.random.Generator) -> bytes:
    """Return `data` with one range of bytes changed, half of the times in the first 200."""
    start = int(rng.integers(len(data) if rng.random() < 0.5 else min(200, len(data))))
    end = min(len(data), start + int(2 ** rng.uniform(0, 10)))
    kind = rng.choice(["flip", "noise", "zero", "delete", "insert", "repeat", "truncate"])
    replaced = {
        "flip": bytes([data[start] ^ 1 << int(rng.integers(8))]) + data[start + 1 : end],
        "noise": rng.bytes(end - start),
        "zero": bytes(end - start),
        "delete": b"",
        "insert": rng.bytes(end - start) + data[start:end],
        "repeat": 2 * data[start:end],
    }
    return data[:start] if kind == "truncate" else data[:start] + replaced[kind] + data[end:]


def as_2d(frames: np.ndarray) -> np.ndarray:
    return frames.reshape(len(frames), -1)


def is_equal(frames: np.ndarray, others: np.ndarray | None) -> bool:
    if others is None or others.shape != frames.shape:
        return False
    return bool(np.allclose(frames, others, rtol=0, atol=2e-3, equal_nan=True))


@pytest.mark.parametrize("kind", WRITERS)
def test_damaged_recordings(kind: str) -> None:
    data = WRITERS[kind]()
    written = as_2d(decode(data)[0])
    rng = np.random.default_rng(len(data))
    for number in range(MUTATIONS):
        damaged = damage(data, rng)
        try:
            frames = as_2d(decode(damaged)[0])
        except UnreadableClip as error:
            assert len(str(error).split()) > 2
            continue
        if not is_equal(frames, written):
            oracles = (read_by_libsndfile(damaged), read_by_ffmpeg(damaged))
            assert any(is_equal(frames, oracle) for oracle in oracles), number
