"""The convolutional network and training in torch: sizes, steps, augmentation, scores."""

from typing import Any

import numpy as np
import pytest
import torch

from resound.models import cnn
from resound.models.common import augmentation
from resound.models.common.torch_learner import TorchLearner
from resound.training.inputs.dense import Dense
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.examples import examples_of

FRAMES, BANDS, CLASSES = 13, 10, 3


def make_examples(items: int = 24) -> Examples:
    """Return noise with a louder band for each class."""
    rng = np.random.default_rng(0)
    targets = np.arange(items) % CLASSES
    inputs = rng.standard_normal((items, FRAMES, BANDS)).astype(np.float32)
    inputs[np.arange(items), :, 3 * targets] += 2
    return examples_of({"train": inputs}, {"train": targets}, CLASSES)


def make_learner(
    seed: int = 0, optimizer: str = "adam", batch_size: int = 8, **model: Any
) -> TorchLearner:
    settings = cnn.Settings(**({"kind": "cnn", "channels": [4, 6]} | model))
    training = Training(optimizer=optimizer, learning_rate=0.01, epochs=1, batch_size=batch_size)
    return cnn.learner(settings, training, make_examples(), seed, "cpu")


@pytest.mark.parametrize("channels", [[4], [4, 6], [16, 32, 64]])
def test_parameters_are_those_of_the_layers(channels: list[int]) -> None:
    halved = 2 ** len(channels)
    positions = -(-FRAMES // halved) * -(-BANDS // halved)  # each block halves, rounding up
    filters = sum(9 * a * b for a, b in zip([1, *channels], channels, strict=False))
    normalisation = 2 * sum(channels)
    head = (channels[-1] * positions + 1) * CLASSES
    assert make_learner(channels=channels).parameters == filters + normalisation + head


def test_hidden_layers_are_those_of_a_perceptron_after_the_blocks() -> None:
    settings = cnn.Settings(kind="cnn", channels=[4, 6], hidden=[7, 5], dropout=0.5)
    network = cnn.build(settings, FRAMES, BANDS, CLASSES).eval()
    flatten = next(n for n, layer in enumerate(network) if isinstance(layer, torch.nn.Flatten))
    batch = torch.randn(3, FRAMES, BANDS, generator=torch.Generator().manual_seed(0))
    values = network[: flatten + 1](batch)
    dense = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    assert [layer.out_features for layer in dense] == [7, 5, CLASSES]
    for layer in dense[:-1]:
        values = (values @ layer.weight.T + layer.bias).clamp(min=0)
    expected = values @ dense[-1].weight.T + dense[-1].bias
    torch.testing.assert_close(network(batch), expected)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_step_follows_the_gradient_of_cross_entropy(optimizer: str) -> None:
    """The first step on all items; Adam divides the gradient by its absolute value."""
    learner, examples = make_learner(optimizer=optimizer, batch_size=99), make_examples()
    network = cnn.build(cnn.Settings(kind="cnn", channels=[4, 6]), FRAMES, BANDS, CLASSES)
    network.load_state_dict({k: torch.tensor(v) for k, v in learner.weights().items()})
    scores = network(examples.inputs["train"].tensor).log_softmax(1)
    loss = -scores[torch.arange(len(scores)), examples.targets["train"]].mean()
    loss.backward()
    metrics = learner.epoch(1)
    assert metrics["loss"] == pytest.approx(loss.item(), rel=1e-5)
    correct = scores.argmax(1).numpy() == examples.targets["train"]
    assert metrics["accuracy"] == pytest.approx(correct.mean())
    after = learner.weights()
    for name, tensor in network.named_parameters():
        gradient = tensor.grad
        step = gradient if optimizer == "sgd" else gradient / (gradient.abs() + 1e-8)
        expected = (tensor - 0.01 * step).detach().numpy()
        np.testing.assert_allclose(after[name], expected, rtol=1e-3, atol=1e-5, err_msg=name)


def test_loud_bands_are_learned() -> None:
    learner, examples = make_learner(dropout=0.1, mask_frames=2, mask_bands=1), make_examples()
    for number in range(1, 16):
        learner.epoch(number)
    predicted = learner.scores(examples.inputs["train"]).argmax(axis=1)
    assert (predicted == examples.targets["train"]).all()


def test_scores_are_probabilities_independent_of_the_batch() -> None:
    learner = make_learner()
    learner.epoch(1)
    inputs = np.random.default_rng(1).standard_normal((300, FRAMES, BANDS)).astype(np.float32)
    scores = learner.scores(Dense(inputs))
    assert scores.shape == (300, CLASSES)
    assert (scores >= 0).all()
    np.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
    alone = np.concatenate([learner.scores(Dense(inputs[n : n + 1])) for n in range(0, 300, 30)])
    np.testing.assert_allclose(alone, scores[::30], atol=1e-6)


def test_scoring_changes_no_weights() -> None:
    learner = make_learner(dropout=0.5, shift_frames=3)
    before = {name: tensor.copy() for name, tensor in learner.weights().items()}
    inputs = make_examples().inputs["train"]
    assert learner.scores(inputs).tobytes() == learner.scores(inputs).tobytes()
    for name, tensor in learner.weights().items():
        assert tensor.tobytes() == before[name].tobytes()


def test_loaded_weights_give_the_same_scores() -> None:
    one, other = make_learner(seed=1), make_learner(seed=2)
    inputs = make_examples().inputs["train"]
    one.epoch(1)
    assert one.scores(inputs).tobytes() != other.scores(inputs).tobytes()
    other.load_weights(one.weights())
    assert one.scores(inputs).tobytes() == other.scores(inputs).tobytes()


def test_seed_determines_the_network_and_its_training() -> None:
    def after_an_epoch(seed: int) -> list[bytes]:
        learner = make_learner(seed, dropout=0.3, shift_frames=2, mask_frames=3, mask_bands=2)
        first = [tensor.tobytes() for tensor in learner.weights().values()]
        learner.epoch(1)
        return first + [tensor.tobytes() for tensor in learner.weights().values()]

    assert after_an_epoch(1) == after_an_epoch(1)
    assert after_an_epoch(1) != after_an_epoch(2)


@pytest.mark.parametrize("axis", [1, 2])
@pytest.mark.parametrize("most", [1, 3, 50])
def test_mask_zeroes_one_run_of_each_item(axis: int, most: int) -> None:
    torch.manual_seed(0)
    batch = torch.ones(400, 8, 6)
    masked = augmentation._mask(batch, most, axis)
    assert (batch == 1).all()
    other_axis = 3 - axis
    zero = masked == 0
    assert torch.equal(zero.any(other_axis), zero.all(other_axis))  # whole frames or bands
    positions = zero.all(other_axis).int()
    widths = positions.sum(1)
    assert set(widths.tolist()) == set(range(min(most, batch.shape[axis]) + 1))
    edges = positions.diff(dim=1, prepend=torch.zeros(400, 1), append=torch.zeros(400, 1))
    assert ((edges == 1).sum(1) == (widths > 0)).all()  # consecutive
    assert positions.any(0).all()  # at any position


def test_shift_rolls_each_item_along_time() -> None:
    torch.manual_seed(0)
    item = torch.arange(8.0)[:, None] + torch.tensor([0.0, 100.0])
    shifted = augmentation.shift(item.expand(400, 8, 2), 2)
    offsets = set()
    for rolled in shifted:
        offset = int((rolled[:, 0] == 0).nonzero())
        assert torch.equal(rolled, item.roll(offset, dims=0))
        offsets.add((offset + 4) % 8 - 4)
    assert offsets == {-2, -1, 0, 1, 2}


def test_no_augmentation_returns_items_unchanged() -> None:
    batch = torch.ones(2, 4, 3)
    assert augmentation.shift(batch, 0) is batch
    assert augmentation._mask(batch, 0, 1) is batch


def test_augmentation_applies_only_to_training() -> None:
    plain, augmented = make_learner(), make_learner(shift_frames=3, mask_frames=9, mask_bands=9)
    inputs = make_examples().inputs["train"]
    assert plain.scores(inputs).tobytes() == augmented.scores(inputs).tobytes()
    plain.epoch(1), augmented.epoch(1)
    assert plain.scores(inputs).tobytes() != augmented.scores(inputs).tobytes()


def test_a_last_batch_of_one_item_can_be_trained() -> None:
    inputs, targets = {"train": np.ones((5, 8, 8), np.float32)}, {"train": np.zeros(5, int)}
    training = Training(optimizer="adam", learning_rate=0.01, epochs=1, batch_size=4)
    deep = cnn.Settings(kind="cnn", channels=[2, 2, 2])
    cnn.learner(deep, training, examples_of(inputs, targets, 2), 0, "cpu").epoch(1)
