"""A CNN followed by an LSTM: its steps, independence of padding, and that it learns an order."""

import numpy as np
import pytest
import torch

from resound.errors import UserError
from resound.models import cnn_lstm
from resound.models.common import crops
from resound.models.common.torch_learner import TorchLearner
from resound.training.inputs.dense import Dense
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.examples import examples_of

SETTINGS = {"kind": "cnn_lstm", "channels": [4, 6], "layers": [5], "crop_frames": 16, "crops": 2}


def learner_of(examples: Examples, rate: float = 0.01) -> TorchLearner:
    training = Training(optimizer="adam", learning_rate=rate, batch_size=8)
    return cnn_lstm.learner(cnn_lstm.Settings(**SETTINGS), training, examples, 0, "cpu")


def test_a_step_has_all_channels_and_bands_of_a_frame() -> None:
    maps = torch.arange(2 * 3 * 4 * 5.0).reshape(2, 3, 4, 5)
    steps = crops.Steps()(maps)
    assert steps.shape == (2, 4, 15)
    assert torch.equal(steps[1, 2], torch.cat([maps[1, channel, 2] for channel in range(3)]))


@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_network_equals_torch_layers_one_after_the_other(bidirectional: bool) -> None:
    settings = cnn_lstm.Settings(**SETTINGS, bidirectional=bidirectional)
    network = cnn_lstm.build(settings, 9, 3).eval()
    batch = torch.randn(2, 16, 9)
    convolutions, _, _, recurrent = network
    maps = convolutions(batch)
    assert maps.shape == (2, 6, 4, 2)
    reference = torch.nn.LSTM(12, 5, batch_first=True, bidirectional=bidirectional)
    for layer, suffix in zip(recurrent.layers[0].children(), ["", "_reverse"]):
        for name, value in layer.state_dict().items():
            reference.get_parameter(name + suffix).data = value
    _, (state, _) = reference(maps.permute(0, 2, 1, 3).reshape(2, 4, 12))
    logits = recurrent.head(state.transpose(0, 1).flatten(1))
    torch.testing.assert_close(network(batch), logits)


def test_scores_do_not_depend_on_padding() -> None:
    random = np.random.default_rng(0)
    inputs = random.standard_normal((6, 40, 8)).astype(np.float32)
    inputs[3, 21:] = np.nan
    learner = learner_of(examples_of({"train": inputs}, {"train": np.arange(6) % 3}, 3))
    alone = learner.scores(Dense(inputs[3:4, :21]))
    np.testing.assert_allclose(learner.scores(Dense(inputs))[3:4], alone, atol=1e-6)
    np.testing.assert_allclose(alone.sum(1), 1, atol=1e-5)


def test_it_learns_the_order_of_two_sounds() -> None:
    """Two classes have the same sounds in the other order, which a mean over frames would lose."""
    random = np.random.default_rng(0)
    inputs = random.standard_normal((64, 16, 8)).astype(np.float32) * 0.3
    targets = np.arange(64) % 2
    for clip, target in zip(inputs, targets, strict=True):
        clip[:8, 6 * target : 6 * target + 2] += 2
        clip[8:, 6 - 6 * target : 8 - 6 * target] += 2
    learner = learner_of(examples_of({"train": inputs}, {"train": targets}, 2))
    for number in range(1, 16):
        learner.epoch(number)
    assert (learner.scores(Dense(inputs)).argmax(1) == targets).mean() > 0.9


def test_too_short_crops_and_too_few_bands_are_refused() -> None:
    assert "need crops of 4 frames" in str(
        cnn_lstm.Settings(**SETTINGS | {"crop_frames": 3}).problem()
    )
    examples = examples_of({"train": np.zeros((4, 20, 3), np.float32)}, {"train": np.zeros(4)}, 2)
    with pytest.raises(UserError, match="features of 4 values per frame, not 3"):
        learner_of(examples)
