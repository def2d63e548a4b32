"""The networks of the genres report: the reported parameters, independence of padding."""

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence

from resound.models import lstm, single_conv
from resound.models.common.recurrent import Recurrent
from resound.models.common.torch_learner import TorchLearner, _batches
from resound.training.inputs.dense import Dense
from resound.training.settings import Training
from tests.helpers.examples import examples_of

ADAM = Training(optimizer="adam", learning_rate=0.01, epochs=1, batch_size=4)


def trainable(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("layers", "bidirectional", "reported"),
    [([64, 64], False, 54730), ([128], False, 75466), ([64, 64], True, 141514)],
)
def test_lstms_have_the_reported_parameters(
    layers: list[int], bidirectional: bool, reported: int
) -> None:
    assert trainable(Recurrent(1, layers, bidirectional, [64], 0.3, 10)) == reported


def test_the_convolutional_network_has_the_reported_parameters() -> None:
    network = single_conv.build(32, 128, 128, 10)
    moments = sum(b.numel() for name, b in network.named_buffers() if "running" in name)
    assert trainable(network) == 1230474
    assert trainable(network) + moments == 1230538
    assert network(torch.zeros(2, 128, 128)).shape == (2, 10)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_logits_do_not_depend_on_padding(bidirectional: bool) -> None:
    network = Recurrent(3, [8, 5], bidirectional, [4], 0.0, 5)
    sequences = torch.randn(4, 9, 3)
    sequences[1, 5:] = float("nan")
    together = network(sequences)
    torch.testing.assert_close(together[1:2], network(sequences[1:2, :5]))
    longer = torch.cat([sequences, torch.full((4, 7, 3), float("nan"))], dim=1)
    torch.testing.assert_close(network(longer), together)


@pytest.mark.parametrize("bidirectional", [False, True])
def test_states_equal_those_of_packed_sequences(bidirectional: bool) -> None:
    network = Recurrent(3, [6, 5], bidirectional, [], 0.0, 4)
    lengths = torch.tensor([9, 2, 7, 1])
    sequences = torch.randn(4, 9, 3)
    for sequence, length in zip(sequences, lengths):
        sequence[length:] = float("nan")
    steps = pack_padded_sequence(
        sequences.nan_to_num(), lengths, batch_first=True, enforce_sorted=False
    )
    for layer, width in zip(network.layers, [3, 12 if bidirectional else 6]):
        units = layer.forwards.hidden_size
        reference = torch.nn.LSTM(width, units, batch_first=True, bidirectional=bidirectional)
        for lstm_, suffix in zip(layer.children(), ["", "_reverse"]):
            for name, value in lstm_.state_dict().items():
                reference.get_parameter(name + suffix).data = value
        steps, (state, _) = reference(steps)
    logits = network.head(state.transpose(0, 1).flatten(1))
    torch.testing.assert_close(network(sequences), logits)


def test_one_bias_vector_per_gate_is_trained() -> None:
    network = Recurrent(2, [3], False, [], 0.0, 2)
    network(torch.randn(4, 6, 2)).sum().backward()
    layer = network.layers[0].forwards
    assert layer.bias_hh_l0.grad is None and not layer.bias_hh_l0.any()
    assert layer.bias_ih_l0.grad is not None
    assert layer.bias_ih_l0.tolist() == [0.0] * 3 + [1.0] * 3 + [0.0] * 6


def test_scores_keep_the_order_of_items_of_varying_length() -> None:
    random = np.random.default_rng(0)
    inputs = random.standard_normal((300, 6, 2)).astype(np.float32)
    for row, length in zip(inputs, random.integers(1, 7, 300), strict=True):
        row[length:] = np.nan
    examples = examples_of({"train": inputs}, {"train": np.arange(300) % 3}, 3)
    settings = lstm.Settings(kind="lstm", layers=[4], head=[])
    learner = lstm.learner(settings, ADAM, examples, 0, "cpu")
    alone = np.concatenate([learner.scores(Dense(inputs[n : n + 1])) for n in (0, 131, 299)])
    scores = learner.scores(Dense(inputs))
    np.testing.assert_allclose(scores[[0, 131, 299]], alone, atol=1e-6)


def test_batches_hold_every_item_once_and_similar_lengths_together() -> None:
    lengths = np.random.default_rng(1).integers(1, 50, 64)
    batches = _batches(torch.randperm(64), lengths, 8)
    assert sorted(torch.cat(batches).tolist()) == list(range(64))
    assert sum(np.ptp(lengths[batch.numpy()]) for batch in batches) < 80


def test_lengths_count_steps_before_the_padding() -> None:
    inputs = np.zeros((2, 4, 3), np.float32)
    inputs[1, 1:] = np.nan
    assert Dense(inputs).lengths.tolist() == [4, 1]
    assert Dense(np.zeros((2, 13), np.float32)).lengths.tolist() == [13, 13]


def test_a_pooled_row_is_a_sequence_of_single_values() -> None:
    inputs = np.random.default_rng(2).standard_normal((8, 13)).astype(np.float32)
    examples = examples_of({"train": inputs}, {"train": np.arange(8) % 2}, 2)
    settings = lstm.Settings(kind="lstm", layers=[4], head=[3])
    learner = lstm.learner(settings, ADAM, examples, 0, "cpu")
    assert isinstance(learner, TorchLearner)
    assert np.isfinite(learner.epoch(1)["loss"])
    assert learner.scores(Dense(inputs)).shape == (8, 2)
