"""Run-length coding of frame labels."""

import numpy as np
import pytest

from resound.data import run_length

CLASSES = ["[SIL]", "AA", "a*b"]


def test_runs_are_encoded_as_text() -> None:
    assert run_length.encode(np.array([0, 0, 1, -1, -1, 2]), CLASSES) == "[SIL]*2 AA*1 ?*2 a*b*1"
    assert run_length.encode(np.array([], int), CLASSES) == ""
    assert run_length.decode("", CLASSES).tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_decoding_inverts_encoding(seed: int) -> None:
    labels = np.random.default_rng(seed).integers(-1, 3, 200)
    np.testing.assert_array_equal(
        run_length.decode(run_length.encode(labels, CLASSES), CLASSES), labels
    )
