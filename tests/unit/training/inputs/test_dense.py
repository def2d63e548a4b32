"""Dense inputs: batches of an array, lengths before the padding, one copy per device."""

import numpy as np
import pytest
import torch

from resound.training.inputs.dense import Dense, dense_array
from resound.training.inputs.ragged import Ragged
from tests.helpers.examples import features_of

ARRAY = np.random.default_rng(0).standard_normal((9, 4, 3)).astype(np.float32)


def test_batches_are_those_of_indexing() -> None:
    inputs = Dense(ARRAY)
    items = torch.tensor([7, 0, 7, 3])
    np.testing.assert_array_equal(inputs.batch(items), ARRAY[items.numpy()])
    assert (len(inputs), inputs.item_shape) == (9, (4, 3))
    assert inputs.device_bytes == ARRAY.nbytes
    assert inputs.tensor.data_ptr() == ARRAY.ctypes.data


def test_lengths_count_steps_before_the_padding() -> None:
    sequences = np.zeros((2, 4, 3), np.float32)
    sequences[1, 1:] = np.nan
    assert Dense(sequences).lengths.tolist() == [4, 1]
    assert Dense(np.zeros((2, 13), np.float32)).lengths.tolist() == [13, 13]
    assert Dense(np.zeros((0, 4, 3), np.float32)).lengths.tolist() == []


def test_a_copy_on_a_device_is_used_for_batches() -> None:
    inputs = Dense(ARRAY, torch.from_numpy(ARRAY) + 1)
    np.testing.assert_array_equal(inputs.batch(torch.tensor([2, 1])), ARRAY[[2, 1]] + 1)
    assert not inputs.resident
    assert Dense(ARRAY).to("meta").tensor.is_meta
    np.testing.assert_array_equal(Dense(ARRAY).to("cpu").tensor, ARRAY)


def test_arrays_are_scored_at_once_and_not_shared() -> None:
    inputs = Dense(ARRAY)
    assert list(inputs.chunks()) == [inputs]
    assert inputs.reuse(Dense(ARRAY).to("meta")) is inputs
    assert inputs.scoring_batch_size(2) == inputs.scoring_batch_size(1024) == 64


def test_only_dense_inputs_have_an_array() -> None:
    assert dense_array(Dense(ARRAY)) is ARRAY
    with pytest.raises(AssertionError):
        dense_array(Ragged(features_of(list(ARRAY)), np.arange(9)))
