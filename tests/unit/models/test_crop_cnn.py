"""Crops: random in training, evenly spaced in test, independent of padding."""

import numpy as np
import pytest
import torch

from resound.models import crop_cnn
from resound.models.common import crops
from resound.models.common.torch_learner import TorchLearner
from resound.training.inputs.dense import Dense
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.examples import examples_of

SETTINGS = {"kind": "crop_cnn", "channels": [4, 6], "crop_frames": 8, "crops": 3}
NAN = float("nan")


def clips(lengths: list[int], most: int = 20, bands: int = 5) -> torch.Tensor:
    """Return clips whose frame n holds n in every band, NaN after their ends."""
    batch = torch.arange(float(most))[None, :, None].repeat(len(lengths), 1, bands)
    for clip, length in zip(batch, lengths):
        clip[length:] = NAN
    return batch


def learner_of(examples: Examples, **model: object) -> TorchLearner:
    settings = crop_cnn.Settings(**SETTINGS | model)
    training = Training(optimizer="adam", learning_rate=0.01, batch_size=8)
    return crop_cnn.learner(settings, training, examples, 0, "cpu")


def test_a_crop_is_a_run_of_frames_and_repeats_a_short_clip() -> None:
    cropped = crops.crops(clips([20, 5]), torch.tensor([7, 0]), 8)
    assert cropped[0, :, 0].tolist() == [7, 8, 9, 10, 11, 12, 13, 14]
    assert cropped[1, :, 0].tolist() == [0, 1, 2, 3, 4, 0, 1, 2]


def test_random_crops_start_at_any_position_that_fits() -> None:
    torch.manual_seed(0)
    starts = crops.random_crops(clips([12] * 500), 8)[:, 0, 0]
    assert set(starts.tolist()) == {0, 1, 2, 3, 4}
    assert not crops.random_crops(clips([3, 20, 9]), 8).isnan().any()


def test_a_clip_has_the_mean_probability_of_its_crops() -> None:
    network = crop_cnn.build(crop_cnn.Settings(**SETTINGS), 3).eval()
    averaging = crops.CropAverage(network, 8, 3).eval()
    batch = clips([20])
    alone = [network(batch[:, start : start + 8]).softmax(1) for start in (0, 6, 12)]
    torch.testing.assert_close(averaging(batch).softmax(1), torch.stack(alone).mean(0))


def test_probabilities_do_not_depend_on_padding_or_other_clips() -> None:
    network = crop_cnn.build(crop_cnn.Settings(**SETTINGS), 3)
    averaging = crops.CropAverage(network, 8, 3).eval()
    together = averaging(clips([20, 11, 3]))
    torch.testing.assert_close(averaging(clips([11], most=11)), together[1:2])
    torch.testing.assert_close(averaging(clips([3], most=40)), together[2:])


def test_pooling_does_not_depend_on_positions_within_the_crop() -> None:
    maps = torch.randn(2, 3, 4, 5)
    pooled = crops.MeanMaxPool()(maps)
    torch.testing.assert_close(pooled, crops.MeanMaxPool()(maps.flip(2, 3)))
    assert pooled.shape == (2, 6)


def test_it_learns_sounds_at_any_position() -> None:
    """Three classes differ in the band that is loud for four frames at several positions."""
    random = np.random.default_rng(0)
    inputs = random.standard_normal((96, 30, 8)).astype(np.float32) * 0.3
    targets = np.arange(96) % 3
    for clip, target in zip(inputs, targets):
        length = random.integers(12, 31)
        for start in range(random.integers(0, 4), length, 6):
            clip[start : start + 4, 2 * target] += 2
        clip[length:] = np.nan
    examples = examples_of({"train": inputs}, {"train": targets}, 3)
    learner = learner_of(examples, mask_frames=2, mask_bands=1)
    for number in range(1, 16):
        learner.epoch(number)
    assert (learner.scores(Dense(inputs)).argmax(1) == targets).mean() > 0.9


def test_scoring_is_deterministic() -> None:
    inputs = np.random.default_rng(1).standard_normal((6, 25, 8)).astype(np.float32)
    learner = learner_of(examples_of({"train": inputs}, {"train": np.arange(6) % 3}, 3))
    first = learner.scores(Dense(inputs))
    np.testing.assert_array_equal(learner.scores(Dense(inputs)), first)
    np.testing.assert_allclose(first.sum(1), 1, atol=1e-5)


def test_only_training_uses_one_masked_crop() -> None:
    inputs = np.random.default_rng(2).standard_normal((24, 25, 8)).astype(np.float32)
    examples = examples_of({"train": inputs}, {"train": np.arange(24) % 3}, 3)
    learner = learner_of(examples, mask_frames=4, mask_bands=4)
    batches: list[torch.Tensor] = []
    learner.network.network.register_forward_pre_hook(lambda _, inputs: batches.append(inputs[0]))

    learner.epoch(1)
    trained = torch.cat(batches)
    assert trained.shape == (24, 8, 8)
    masked = trained == 0
    assert masked.all(2).any() and masked.all(1).any() and not masked.all()

    batches.clear()
    learner.scores(Dense(inputs))
    tested = torch.cat(batches)
    assert tested.shape == (3 * 24, 8, 8)
    assert not (tested == 0).any()


@pytest.mark.parametrize(("frames", "fits"), [(4, True), (3, False)])
def test_crops_must_be_long_enough_for_all_poolings(frames: int, fits: bool) -> None:
    problem = crop_cnn.Settings(**SETTINGS | {"crop_frames": frames}).problem()
    assert (problem is None) == fits
