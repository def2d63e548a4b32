"""What a model sees: features arranged, padded and standardised, by small examples."""

import numpy as np
import pytest

from resound.data.feature_cache import Features
from resound.training.inputs.arrange import Arrange, Input, arrange

# Clips of 2, 1, 3 and 2 frames of two coefficients: tens, and tens of hundreds.
CLIPS = [
    [[10, 1000], [20, 2000]],
    [[30, 3000]],
    [[40, 4000], [50, 5000], [60, 6000]],
    [[70, 7000], [80, 8000]],
]


def features(clips: list[list[list[float]]]) -> Features:
    offsets = np.cumsum([0, *map(len, clips)])
    return Features(np.concatenate(clips).astype(np.float32), offsets)


def arranged(
    how: Arrange, train: list[int], test: list[int], standardise: str = "none"
) -> tuple[np.ndarray, np.ndarray]:
    parts = {"train": np.array(train), "test": np.array(test)}
    made = arrange(features(CLIPS), parts, Input(arrange=how, standardise=standardise))
    assert {values.dtype for values in made.values()} == {np.dtype(np.float32)}
    return made["train"], made["test"]


def test_flatten_then_pad_shears_the_coefficients() -> None:
    train, test = arranged("flatten_then_pad", train=[2, 1], test=[0])
    assert train.tolist() == [[40, 50, 60, 4000, 5000, 6000], [30, 3000, 0, 0, 0, 0]]
    assert test.tolist() == [[10, 20, 1000, 2000, 0, 0]]


def test_flatten_then_pad_goes_to_the_longest_of_all_parts() -> None:
    train, test = arranged("flatten_then_pad", train=[1, 0], test=[2])
    assert train.tolist() == [[30, 3000, 0, 0, 0, 0], [10, 20, 1000, 2000, 0, 0]]
    assert test.tolist() == [[40, 50, 60, 4000, 5000, 6000]]


def test_pad_then_flatten_keeps_each_element_in_its_place() -> None:
    train, test = arranged("pad_then_flatten", train=[2, 1], test=[0])
    assert train.tolist() == [[40, 50, 60, 4000, 5000, 6000], [30, 0, 0, 3000, 0, 0]]
    assert test.tolist() == [[10, 20, 0, 1000, 2000, 0]]


def test_padded_keeps_frames() -> None:
    train, test = arranged("padded", train=[2, 1], test=[0])
    assert train.tolist() == [CLIPS[2], [[30, 3000], [0, 0], [0, 0]]]
    assert test.tolist() == [[*CLIPS[0], [0, 0]]]


def test_clips_longer_than_any_of_train_lose_their_end() -> None:
    _, test = arranged("padded", train=[0, 1], test=[2])
    assert test.tolist() == [[[40, 4000], [50, 5000]]]
    _, test = arranged("pad_then_flatten", train=[0, 1], test=[2])
    assert test.tolist() == [[40, 50, 4000, 5000]]


def test_pooled_takes_the_one_row_of_a_clip() -> None:
    pooled = features([[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]]])
    parts = {"train": np.array([2, 0]), "test": np.array([1])}
    made = arrange(pooled, parts, Input(arrange="pooled"))
    assert made["train"].tolist() == [[7, 8, 9], [1, 2, 3]]
    assert made["test"].tolist() == [[4, 5, 6]]


def scaled(clip: int, rows: list[int]) -> np.ndarray:
    """A clip by the mean and deviation of each column over the rows of some clips."""
    over = np.concatenate([np.array(CLIPS[row], float) for row in rows])
    return (np.array(CLIPS[clip]) - over.mean(axis=0)) / over.std(axis=0)


@pytest.mark.parametrize(("standardise", "by"), [("train", [0, 1]), ("each_part", [2, 3])])
def test_columns_are_standardised_before_padding(standardise: str, by: list[int]) -> None:
    train, test = arranged("padded", [0, 1], [2, 3], standardise)
    np.testing.assert_allclose(train[0], scaled(0, [0, 1]), rtol=1e-5)
    np.testing.assert_allclose(train[1][:1], scaled(1, [0, 1]), rtol=1e-5)
    assert train[1][1:].tolist() == [[0, 0]]
    np.testing.assert_allclose(test[0], scaled(2, by)[:2], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(test[1], scaled(3, by), rtol=1e-5, atol=1e-6)


def test_pad_then_flatten_is_padded_flattened() -> None:
    for frames, flat in zip(
        arranged("padded", [0, 2], [1, 3], "train"),
        arranged("pad_then_flatten", [0, 2], [1, 3], "train"),
        strict=True,
    ):
        assert flat.tolist() == [clip.T.ravel().tolist() for clip in frames]


@pytest.mark.parametrize("standardise", ["train", "each_part"])
def test_flatten_then_pad_is_standardised_as_one(standardise: str) -> None:
    raw_train, raw_test = arranged("flatten_then_pad", [0, 3], [1, 0])
    train, test = arranged("flatten_then_pad", [0, 3], [1, 0], standardise)
    by = raw_train if standardise == "train" else raw_test
    np.testing.assert_allclose(train, (raw_train - raw_train.mean()) / raw_train.std(), rtol=1e-5)
    np.testing.assert_allclose(test, (raw_test - by.mean()) / by.std(), rtol=1e-5)


def test_flatten_then_pad_standardises_all_elements() -> None:
    train, _ = arranged("flatten_then_pad", [0, 3], [2], "each_part")
    assert train.mean() == pytest.approx(0, abs=1e-6)
    assert train.std() == pytest.approx(1)


def test_constant_columns_become_zero() -> None:
    constant = features([[[5, 1]], [[5, 3]]])
    parts = {"train": np.array([0, 1])}
    made = arrange(constant, parts, Input(arrange="pooled", standardise="train"))
    assert made["train"].tolist() == [[0, -1], [0, 1]]


def test_test_part_does_not_move_train_statistics() -> None:
    train, _ = arranged("padded", [0, 1], [2], "train")
    again, _ = arranged("padded", [0, 1], [3], "train")
    assert train.tolist() == again.tolist()


def test_sequences_end_in_nan_and_lose_nothing() -> None:
    train, test = arranged("sequences", train=[1], test=[0, 2])
    nan = np.nan
    np.testing.assert_array_equal(train, [[[30, 3000], [nan, nan], [nan, nan]]])
    assert np.isnan(test[:, :, 0]).sum(axis=1).tolist() == [1, 0]
    assert test[1].tolist() == [[40, 4000], [50, 5000], [60, 6000]]


def test_statistics_of_all_parts_are_those_before_the_split() -> None:
    one = features([[[1, 0]], [[3, 4]], [[8, 2]]])
    parts = {"train": np.array([0, 1]), "test": np.array([2])}
    made = arrange(one, parts, Input(arrange="pooled", standardise="all_parts"))
    every = np.array([[1, 0], [3, 4], [8, 2]])
    expected = (every - every.mean(axis=0)) / every.std(axis=0)
    np.testing.assert_allclose(np.concatenate([made["train"], made["test"]]), expected, rtol=1e-6)
