"""Labels of frames as text."""

import numpy as np
import pytest

from scripts.lib import stretches

CLASSES = ["[SIL]", "AA", "a*b"]


def test_stretches_read_as_they_should() -> None:
    assert stretches.told(np.array([0, 0, 1, -1, -1, 2]), CLASSES) == "[SIL]*2 AA*1 ?*2 a*b*1"
    assert stretches.told(np.array([], int), CLASSES) == ""
    assert stretches.heard("", CLASSES).tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_what_is_told_is_heard(seed: int) -> None:
    labels = np.random.default_rng(seed).integers(-1, 3, 200)
    np.testing.assert_array_equal(stretches.heard(stretches.told(labels, CLASSES), CLASSES), labels)
