"""Model inputs: features arranged, padded and standardised, by small examples."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.training.inputs.arrangement import Arrangement, arrange
from resound.training.inputs.dense import dense_array
from resound.training.inputs.settings import Arrange, Input
from tests.helpers.examples import features_of

# Clips of 2, 1, 3 and 2 frames of two coefficients: tens and thousands.
CLIPS = [
    [[10, 1000], [20, 2000]],
    [[30, 3000]],
    [[40, 4000], [50, 5000], [60, 6000]],
    [[70, 7000], [80, 8000]],
]


def features(clips: list[list[list[float]]]) -> Features:
    return features_of([np.array(clip, np.float32) for clip in clips])


def arrays_of(
    how: Arrange, train: list[int], test: list[int], standardise: str = "none"
) -> tuple[np.ndarray, np.ndarray]:
    parts = {"train": np.array(train), "test": np.array(test)}
    inputs = arrange(features(CLIPS), parts, Input(arrange=how, standardise=standardise))
    train_array, test_array = (dense_array(inputs[part]) for part in ("train", "test"))
    assert train_array.dtype == test_array.dtype == np.float32
    return train_array, test_array


def test_flatten_then_pad_concatenates_coefficients_before_padding() -> None:
    train, test = arrays_of("flatten_then_pad", train=[2, 1], test=[0])
    assert train.tolist() == [[40, 50, 60, 4000, 5000, 6000], [30, 3000, 0, 0, 0, 0]]
    assert test.tolist() == [[10, 20, 1000, 2000, 0, 0]]


def test_flatten_then_pad_pads_to_the_longest_clip_of_all_parts() -> None:
    train, test = arrays_of("flatten_then_pad", train=[1, 0], test=[2])
    assert train.tolist() == [[30, 3000, 0, 0, 0, 0], [10, 20, 1000, 2000, 0, 0]]
    assert test.tolist() == [[40, 50, 60, 4000, 5000, 6000]]


def test_pad_then_flatten_keeps_the_position_of_each_element() -> None:
    train, test = arrays_of("pad_then_flatten", train=[2, 1], test=[0])
    assert train.tolist() == [[40, 50, 60, 4000, 5000, 6000], [30, 0, 0, 3000, 0, 0]]
    assert test.tolist() == [[10, 20, 0, 1000, 2000, 0]]


def test_padded_keeps_frames() -> None:
    train, test = arrays_of("padded", train=[2, 1], test=[0])
    assert train.tolist() == [CLIPS[2], [[30, 3000], [0, 0], [0, 0]]]
    assert test.tolist() == [[*CLIPS[0], [0, 0]]]


def test_clips_longer_than_any_training_clip_are_truncated() -> None:
    _, test = arrays_of("padded", train=[0, 1], test=[2])
    assert test.tolist() == [[[40, 4000], [50, 5000]]]
    _, test = arrays_of("pad_then_flatten", train=[0, 1], test=[2])
    assert test.tolist() == [[40, 50, 4000, 5000]]


def test_pooled_takes_the_single_row_of_a_clip() -> None:
    pooled = features([[[1, 2, 3]], [[4, 5, 6]], [[7, 8, 9]]])
    parts = {"train": np.array([2, 0]), "test": np.array([1])}
    inputs = arrange(pooled, parts, Input(arrange="pooled"))
    assert dense_array(inputs["train"]).tolist() == [[7, 8, 9], [1, 2, 3]]
    assert dense_array(inputs["test"]).tolist() == [[4, 5, 6]]


def standardised(clip: int, clips: list[int]) -> np.ndarray:
    """Return a clip standardised by the moments of each column over the rows of `clips`."""
    rows = np.concatenate([np.array(CLIPS[n], float) for n in clips])
    return (np.array(CLIPS[clip]) - rows.mean(axis=0)) / rows.std(axis=0)


@pytest.mark.parametrize(("standardise", "clips"), [("train", [0, 1]), ("each_part", [2, 3])])
def test_columns_are_standardised_before_padding(standardise: str, clips: list[int]) -> None:
    train, test = arrays_of("padded", [0, 1], [2, 3], standardise)
    np.testing.assert_allclose(train[0], standardised(0, [0, 1]), rtol=1e-5)
    np.testing.assert_allclose(train[1][:1], standardised(1, [0, 1]), rtol=1e-5)
    assert train[1][1:].tolist() == [[0, 0]]
    np.testing.assert_allclose(test[0], standardised(2, clips)[:2], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(test[1], standardised(3, clips), rtol=1e-5, atol=1e-6)


def test_pad_then_flatten_equals_padded_frames_flattened() -> None:
    for frames, flat in zip(
        arrays_of("padded", [0, 2], [1, 3], "train"),
        arrays_of("pad_then_flatten", [0, 2], [1, 3], "train"),
        strict=True,
    ):
        assert flat.tolist() == [clip.T.ravel().tolist() for clip in frames]


@pytest.mark.parametrize("standardise", ["train", "each_part"])
def test_flatten_then_pad_has_one_mean_and_deviation(standardise: str) -> None:
    raw_train, raw_test = arrays_of("flatten_then_pad", [0, 3], [1, 0])
    train, test = arrays_of("flatten_then_pad", [0, 3], [1, 0], standardise)
    source = raw_train if standardise == "train" else raw_test
    np.testing.assert_allclose(train, (raw_train - raw_train.mean()) / raw_train.std(), rtol=1e-5)
    np.testing.assert_allclose(test, (raw_test - source.mean()) / source.std(), rtol=1e-5)


def test_flatten_then_pad_standardises_all_elements() -> None:
    train, _ = arrays_of("flatten_then_pad", [0, 3], [2], "each_part")
    assert train.mean() == pytest.approx(0, abs=1e-6)
    assert train.std() == pytest.approx(1)


@pytest.mark.parametrize("standardise", ["train", "each_part", "all_parts"])
def test_flatten_then_pad_is_standardised_by_columns_of_the_padded_vectors(
    standardise: str,
) -> None:
    parts = {"train": np.array([2, 1]), "test": np.array([0, 3])}
    settings = Input(arrange="flatten_then_pad", standardise=standardise, standardise_by="column")
    inputs = arrange(features(CLIPS), parts, settings)
    raw = dict(zip(parts, arrays_of("flatten_then_pad", [2, 1], [0, 3]), strict=True))
    everything = np.concatenate(list(raw.values()))
    for part, vectors in raw.items():
        source = {"train": raw["train"], "each_part": vectors, "all_parts": everything}[standardise]
        # A column that is constant, such as the zeros at the end of the test part, is not divided.
        expected = StandardScaler().fit(source).transform(vectors)
        np.testing.assert_allclose(dense_array(inputs[part]), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("how", ["pad_then_flatten", "flatten_then_pad", "pooled"])
def test_components_are_those_of_the_training_part(how: Arrange) -> None:
    random = np.random.default_rng(0)
    clips = [random.standard_normal((1 if how == "pooled" else 2 + n % 3, 4)) for n in range(20)]
    source, parts = features_of(clips), {"train": np.arange(12), "test": np.arange(12, 20)}
    settings = Input(arrange=how, standardise="train")
    vectors = arrange(source, parts, settings)
    arrangement = Arrangement.fit(replace(settings, components=3), source, parts)
    pca = PCA(3, svd_solver="full").fit(dense_array(vectors["train"]).astype(float))
    for part, items in parts.items():
        found = dense_array(arrangement.apply(source, items, part))
        expected = pca.transform(dense_array(vectors[part]).astype(float))
        signs = np.sign((found * expected).sum(axis=0))
        np.testing.assert_allclose(found, signs * expected, rtol=1e-4, atol=1e-5)
        assert found.dtype == np.float32
    assert arrangement.empty((3,)).item_shape == (3,)


def test_more_components_than_training_items_are_an_error() -> None:
    parts = {"train": np.array([0, 2]), "test": np.array([1, 3])}
    settings = Input(arrange="pad_then_flatten", components=3)
    with pytest.raises(UserError, match=r"components: 3.*not 2 items of 6 elements"):
        Arrangement.fit(settings, features(CLIPS), parts)


def test_constant_columns_become_zero() -> None:
    constant = features([[[5, 1]], [[5, 3]]])
    parts = {"train": np.array([0, 1])}
    inputs = arrange(constant, parts, Input(arrange="pooled", standardise="train"))
    assert dense_array(inputs["train"]).tolist() == [[0, -1], [0, 1]]


def test_the_test_part_does_not_change_training_statistics() -> None:
    train, _ = arrays_of("padded", [0, 1], [2], "train")
    again, _ = arrays_of("padded", [0, 1], [3], "train")
    assert train.tolist() == again.tolist()


def test_sequences_are_padded_with_nan_and_not_truncated() -> None:
    train, test = arrays_of("sequences", train=[1], test=[0, 2])
    nan = np.nan
    np.testing.assert_array_equal(train, [[[30, 3000], [nan, nan], [nan, nan]]])
    assert np.isnan(test[:, :, 0]).sum(axis=1).tolist() == [1, 0]
    assert test[1].tolist() == [[40, 4000], [50, 5000], [60, 6000]]


def test_statistics_of_all_parts_are_those_before_the_split() -> None:
    pooled = features([[[1, 0]], [[3, 4]], [[8, 2]]])
    parts = {"train": np.array([0, 1]), "test": np.array([2])}
    inputs = arrange(pooled, parts, Input(arrange="pooled", standardise="all_parts"))
    rows = np.array([[1, 0], [3, 4], [8, 2]])
    expected = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    arrays = [dense_array(inputs[part]) for part in ("train", "test")]
    np.testing.assert_allclose(np.concatenate(arrays), expected, rtol=1e-6)


ALL: list[Arrange] = ["flatten_then_pad", "pad_then_flatten", "padded", "sequences"]


@pytest.mark.parametrize("standardise", ["none", "train", "each_part", "all_parts"])
@pytest.mark.parametrize("how", ALL)
def test_a_fitted_arrangement_gives_the_inputs_of_each_part(how: Arrange, standardise: str) -> None:
    settings = Input(arrange=how, standardise=standardise)
    parts = {"train": np.array([0, 1]), "test": np.array([2, 3])}
    inputs = arrange(features(CLIPS), parts, settings)
    arrangement = Arrangement.fit(settings, features(CLIPS), parts)
    for part, clips in parts.items():
        again = arrangement.apply(features(CLIPS), clips, part)
        np.testing.assert_array_equal(dense_array(again), dense_array(inputs[part]))


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("padded", [[[1, 6], [2, 7]]]),
        ("sequences", [[[1, 6], [2, 7]]]),
        ("pad_then_flatten", [[1, 2, 6, 7]]),
        ("flatten_then_pad", [[1, 2, 3, 4]]),
    ],
)
def test_new_clips_are_truncated_to_the_fitted_length(how: Arrange, expected: list[object]) -> None:
    """A new clip has five frames; the longest clip of the split has two."""
    parts = {"train": np.array([0]), "test": np.array([1])}
    arrangement = Arrangement.fit(Input(arrange=how), features(CLIPS), parts)
    assert arrangement.length == 2
    new = features([[[9, 9]], [[1, 6], [2, 7], [3, 8], [4, 9], [5, 10]]])
    assert dense_array(arrangement.apply(new, np.array([1]))).tolist() == expected


@pytest.mark.parametrize("standardise", ["train", "each_part", "all_parts"])
@pytest.mark.parametrize("how", ALL)
def test_new_clips_are_standardised_by_the_training_part(how: Arrange, standardise: str) -> None:
    """That of all parts where these have one mean and deviation in common."""
    settings = Input(arrange=how, standardise=standardise)
    parts = {"train": np.array([0, 1]), "test": np.array([2, 3])}
    arrangement = Arrangement.fit(settings, features(CLIPS), parts)
    new = features([CLIPS[3], CLIPS[1]])
    for part in ("train", "unknown"):
        applied = arrangement.apply(new, np.array([1, 0]), part)
        expected = arrangement.apply(features(CLIPS), np.array([1, 3]), "train")
        np.testing.assert_array_equal(dense_array(applied), dense_array(expected))
    mean, deviation = arrangement.moments["train"]
    assert mean.dtype == deviation.dtype == np.float32
    assert mean.shape == deviation.shape == ((1,) if how == "flatten_then_pad" else (2,))


@pytest.mark.parametrize("how", [*ALL, "pooled", "windows", "ragged"])
def test_empty_inputs_have_the_shape_of_an_item(how: Arrange) -> None:
    parts = {"train": np.array([0, 1]), "test": np.array([2, 3])}
    clips = [[[1, 2]], [[3, 4]], [[5, 6]], [[7, 8]]] if how == "pooled" else CLIPS
    arrangement = Arrangement.fit(Input(arrange=how, context=2), features(clips), parts)
    inputs = arrangement.apply(features(clips), parts["train"])
    empty = arrangement.empty(inputs.item_shape)
    assert type(empty) is type(inputs)
    assert len(empty) == 0
    assert empty.item_shape == inputs.item_shape


@pytest.mark.parametrize("how", ["windows", "ragged"])
def test_inputs_read_from_the_cache_are_neither_padded_nor_standardised(how: Arrange) -> None:
    parts = {"train": np.array([0, 1]), "test": np.array([2, 3])}
    arrangement = Arrangement.fit(Input(arrange=how), features(CLIPS), parts)
    assert arrangement.length == 0
    for mean, deviation in arrangement.moments.values():
        assert (mean.tolist(), deviation.tolist()) == ([0], [1])
