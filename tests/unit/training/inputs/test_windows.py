"""Windows of frames: equal to those cut out of a padded array, however they are asked for."""

from pathlib import Path

import numpy as np
import pytest
import torch

from resound.data.feature_cache import Features
from resound.training.inputs import windows
from resound.training.inputs.windows import Windows

OFFSETS = np.array([0, 7, 8, 30, 41])


@pytest.fixture
def features(tmp_path: Path) -> Features:
    """Four utterances, one of a single frame."""
    rows = np.random.default_rng(0).standard_normal((41, 3)).astype(np.float32)
    np.save(tmp_path / "matrix.npy", rows)
    np.save(tmp_path / "offsets.npy", OFFSETS)
    return Features.open(tmp_path / "matrix.npy", tmp_path / "offsets.npy")


def naive(features: Features, utterances: list[int], context: int, across: bool) -> np.ndarray:
    """Every window, cut out of frames that are padded with zeros."""
    made = []
    for n in utterances:
        first, end = OFFSETS[n], OFFSETS[n + 1]
        rows = np.array(features.matrix) if across else np.array(features.matrix[first:end])
        padded = np.pad(rows, ((context, context), (0, 0)))
        begin = first if across else 0
        made += [padded[begin + t : begin + t + 2 * context + 1] for t in range(end - first)]
    return np.stack(made)


@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize("context", [0, 1, 5, 30])
@pytest.mark.parametrize("utterances", [[0, 1, 2, 3], [3, 1], [2]])
def test_windows_are_cut_out_of_padded_frames(
    features: Features, utterances: list[int], context: int, across: bool
) -> None:
    made = Windows.of(features, np.array(utterances), context, across)
    right = naive(features, utterances, context, across)
    assert (len(made), made.size) == (len(right), right[0].size)
    order = np.random.default_rng(1).permutation(len(right))
    np.testing.assert_array_equal(made[torch.from_numpy(order)], right[order])


def test_chunks_hold_every_item_once(features: Features, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Windows.of(features, np.arange(4), 2, False)
    for most in (1, 5, 8, 20, 100):
        monkeypatch.setattr(windows, "_CHUNK", most)
        chunks = [chunk[torch.arange(len(chunk))] for chunk in made.chunks()]
        torch.testing.assert_close(torch.cat(chunks), made[torch.arange(41)])
        assert len(chunks) <= 4


def test_the_wide_array_is_never_made(features: Features) -> None:
    made = Windows.of(features, np.arange(4), 20, False)
    assert made.matrix.data_ptr() == torch.from_numpy(features.matrix).data_ptr()
