"""Windows of frames: equal to those cut out of a padded array, in any order and batch."""

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
    """Return four utterances, one of a single frame."""
    rows = np.random.default_rng(0).standard_normal((41, 3)).astype(np.float32)
    np.save(tmp_path / "matrix.npy", rows)
    np.save(tmp_path / "offsets.npy", OFFSETS)
    return Features.open(tmp_path / "matrix.npy", tmp_path / "offsets.npy")


def padded_windows(
    features: Features, utterances: list[int], context: int, across: bool
) -> np.ndarray:
    """Return every window, cut out of frames that are padded with zeros."""
    cut = []
    for n in utterances:
        first, end = OFFSETS[n], OFFSETS[n + 1]
        rows = np.array(features.matrix) if across else np.array(features.matrix[first:end])
        padded = np.pad(rows, ((context, context), (0, 0)))
        begin = first if across else 0
        cut += [padded[begin + t : begin + t + 2 * context + 1] for t in range(end - first)]
    return np.stack(cut)


@pytest.mark.parametrize("across", [True, False])
@pytest.mark.parametrize("context", [0, 1, 5, 30])
@pytest.mark.parametrize("utterances", [[0, 1, 2, 3], [3, 1], [2]])
def test_windows_equal_those_of_padded_frames(
    features: Features, utterances: list[int], context: int, across: bool
) -> None:
    inputs = Windows.of(features, np.array(utterances), context, across)
    expected = padded_windows(features, utterances, context, across)
    assert (len(inputs), inputs.item_shape) == (len(expected), expected[0].shape)
    order = np.random.default_rng(1).permutation(len(expected))
    np.testing.assert_array_equal(inputs.batch(torch.from_numpy(order)), expected[order])


def test_chunks_hold_every_item_once(features: Features, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = Windows.of(features, np.arange(4), 2, False)
    for most in (1, 5, 8, 20, 100):
        monkeypatch.setattr(windows, "_CHUNK", most)
        chunks = [chunk.batch(torch.arange(len(chunk))) for chunk in inputs.chunks()]
        torch.testing.assert_close(torch.cat(chunks), inputs.batch(torch.arange(41)))
        assert len(chunks) <= 4


def test_the_array_of_all_windows_is_never_built(features: Features) -> None:
    inputs = Windows.of(features, np.arange(4), 20, False)
    assert inputs.matrix.data_ptr() == torch.from_numpy(features.matrix).data_ptr()
    assert inputs.device_bytes == features.matrix.nbytes


def test_windows_are_equally_long_and_scored_in_large_batches(features: Features) -> None:
    inputs = Windows.of(features, np.array([2]), 3, False)
    assert inputs.lengths is None
    assert inputs.item_shape == (7, 3)
    assert not inputs.resident
    assert inputs.scoring_batch_size(8) == inputs.scoring_batch_size(1024) == 4096


def test_windows_reuse_the_copied_frames_of_the_same_matrix(features: Features) -> None:
    first = Windows.of(features, np.array([0, 1]), 2, False)
    copied = first.to("meta")
    other = Windows.of(features, np.array([3, 2]), 2, True)
    assert other.reuse(first) is other  # there is no copy
    reused = other.reuse(copied)
    assert reused.matrix is copied.matrix
    assert (len(reused), reused.across) == (len(other), True)
    changed = Features(np.array(features.matrix), features.offsets)
    unrelated = Windows.of(changed, np.array([3]), 2, False)
    assert unrelated.reuse(copied) is unrelated


def test_reused_frames_give_the_same_windows(features: Features) -> None:
    copied = Windows.of(features, np.array([0]), 2, False).to("cpu")
    inputs = Windows.of(features, np.array([3, 2]), 2, False)
    items = torch.arange(len(inputs)).flip(0)
    np.testing.assert_array_equal(inputs.reuse(copied).batch(items), inputs.batch(items))
