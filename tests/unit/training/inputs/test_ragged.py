"""Ragged inputs: clips of any length, padded one batch at a time."""

import numpy as np
import pytest
import torch

from resound.training.inputs.ragged import Ragged
from tests.helpers.examples import features_of

LENGTHS = [3, 1, 5, 2]


def clips(dtype: type) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, 50, (length, 2)).astype(dtype) for length in LENGTHS]


@pytest.mark.parametrize(("dtype", "fill"), [(np.float32, np.nan), (np.int32, -1)])
def test_batches_are_padded_to_their_longest_clip(dtype: type, fill: float) -> None:
    rows = clips(dtype)
    inputs = Ragged(features_of(rows), np.array([3, 0, 1]))
    batch = inputs.batch(torch.tensor([2, 1]))
    assert batch.shape == (2, 3, 2)
    assert batch.numpy().dtype == dtype
    np.testing.assert_array_equal(batch[0, :1], rows[1])
    np.testing.assert_array_equal(batch[0, 1:], np.full((2, 2), fill))
    np.testing.assert_array_equal(batch[1], rows[0])
    np.testing.assert_array_equal(inputs.padded(np.array([2, 1])), batch)


def test_items_have_any_length() -> None:
    rows = clips(np.float32)
    inputs = Ragged(features_of(rows), np.array([2, 0]))
    assert (len(inputs), inputs.item_shape) == (2, (None, 2))
    assert inputs.lengths.tolist() == [5, 3]
    np.testing.assert_array_equal(inputs.clip(0), rows[2])


def test_clips_are_never_copied_as_a_whole() -> None:
    inputs = Ragged(features_of(clips(np.float32)), np.arange(4))
    assert inputs.device_bytes is None
    assert inputs.to("cuda") is inputs
    assert inputs.reuse(inputs.to("cuda")) is inputs
    assert not inputs.resident
    assert list(inputs.chunks()) == [inputs]
    assert inputs.scoring_batch_size(3) == 3
