"""The inference experiments against their report: preparation, freezing, rates, figures."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from resound.config.load import load, read, shipped_files
from resound.config.schema import Config
from resound.data.persian_text import ZWNJ, prepare
from resound.features.tokens import Settings as Tokens
from resound.models.encoder import learner as encoder
from resound.models.encoder.learner import EncoderLearner
from resound.models.encoder.settings import Settings
from resound.training.inputs.ragged import Ragged
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.encoders import make_sentences, save_bert
from tests.helpers.examples import features_of

TRAINING = Training(optimizer="adamw", learning_rate=0.001, epochs=2, batch_size=4)
TARGETS = np.array([0, 1, 2, 0, 1, 2, 0, 1])
PAIRS = [519, 510, 535]
"""Test pairs of FarsTail: entailment, contradiction, neutral."""
EMBEDDINGS, POOLER, HEAD = r"encoder\.embeddings\.", r"encoder\.pooler\.", r"head\."


@pytest.fixture(scope="module")
def shipped() -> Config:
    return load(read(shipped_files()), shipped_files())


def model_of(config: Config, name: str) -> Settings:
    model = config.classifications()[name].model
    assert isinstance(model, Settings)
    return model


def save_without_dropout(folder: Path) -> Path:
    """Write a BERT of twelve layers that draws nothing in training."""
    save_bert(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text())
    rates = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    path.write_text(json.dumps(config | rates))
    return folder


def sentences() -> list[np.ndarray]:
    return make_sentences(9, 4, 12, 7, 15, 6, 8, 11)


def learner_of(folder: Path, model: Settings) -> EncoderLearner:
    inputs = {"train": Ragged(features_of(sentences()), np.arange(8))}
    examples = Examples(inputs, {"train": TARGETS}, 3)
    without_dropout = replace(model, head=replace(model.head, dropout=0.0))
    return encoder.learner(without_dropout, TRAINING, examples, 7, "cpu", folder)


def test_stop_words_and_joiners_go_before_the_spelling_is_normalised(shipped: Config) -> None:
    pairs = shipped.features["pairs_prepared"]
    assert isinstance(pairs, Tokens)
    assert pairs.prepare == ["stop_words", "zwnj", "normalise"]
    text = f"این کتاب هایی است که می{ZWNJ}خوانم ."
    # The stop words «این»، «است»، «که» go, then the joiner; a new joiner replaces a space.
    assert prepare(text, pairs.prepare) == f"کتاب{ZWNJ}هایی میخوانم."
    assert prepare(text, ["normalise", "stop_words", "zwnj"]) == "کتابهایی میخوانم."


def test_a_stop_word_in_another_spelling_stays(shipped: Config) -> None:
    """Words are compared before their letters are normalised: Arabic yeh is not Persian yeh."""
    pairs = shipped.features["pairs_prepared"]
    assert isinstance(pairs, Tokens)
    assert prepare("كتاب براي من", pairs.prepare) == "کتاب برای"
    assert prepare("كتاب براي من", ["normalise", "stop_words", "zwnj"]) == "کتاب"


def layers(*numbers: int) -> str:
    return rf"encoder\.encoder\.layer\.({'|'.join(map(str, numbers))})\."


@pytest.mark.parametrize(
    ("name", "learning"),
    [
        ("nli_full", [EMBEDDINGS, layers(*range(12)), POOLER, HEAD]),
        ("nli_freeze_first_9", [layers(9, 10, 11), POOLER, HEAD]),
        ("nli_freeze_first_9_head_only", [HEAD]),
        ("nli_freeze_all_but_last", [EMBEDDINGS, layers(11), POOLER, HEAD]),
        ("nli_head_only", [HEAD]),
        ("nli_first_9_layers", [EMBEDDINGS, layers(*range(9)), POOLER, HEAD]),
        ("nli_half_heads_of_layer_1", [EMBEDDINGS, layers(*range(12)), POOLER, HEAD]),
    ],
)
def test_which_tensors_change(
    tmp_path: Path, shipped: Config, name: str, learning: list[str]
) -> None:
    learner = learner_of(save_without_dropout(tmp_path), model_of(shipped, name))
    before = {key: value.copy() for key, value in learner.weights().items()}
    for epoch in (1, 2):
        learner.epoch(epoch)
    for key, value in learner.weights().items():
        learns = any(re.match(pattern, key) for pattern in learning)
        # The bias of keys changes no attention, so it has no gradient.
        if not (learns and key.endswith("key.bias")):
            assert np.array_equal(value, before[key]) != learns, key


def test_partial_freezing_equals_two_rates_of_a_plain_adamw(
    tmp_path: Path, shipped: Config
) -> None:
    """The head has its own rate, the rest that of the training, both constant over epochs."""
    from transformers import BertModel

    folder = save_without_dropout(tmp_path)
    learner = learner_of(folder, model_of(shipped, "nli_freeze_first_9"))
    bert, head = BertModel.from_pretrained(folder).train(), nn.Linear(16, 3)
    own = learner.network.head.state_dict()
    head.load_state_dict({name.split(".")[-1]: value for name, value in own.items()})
    learned = [*bert.encoder.layer[9:].parameters(), *bert.pooler.parameters()]
    train_plainly(bert, head, learned, learner)
    expected = bert.state_dict()
    for name, value in learner.network.encoder.state_dict().items():
        # The bias of keys changes no attention: its gradient is rounding, which Adam scales up.
        if not name.endswith("key.bias"):
            torch.testing.assert_close(value, expected[name], atol=2e-5, rtol=1e-3, msg=name)
    last = list(learner.network.head.parameters())
    for value, reference in zip(last, head.parameters(), strict=True):
        torch.testing.assert_close(value, reference, atol=2e-5, rtol=1e-3)


def test_parameters_without_gradient_stay_although_the_optimizer_has_them(
    tmp_path: Path, shipped: Config
) -> None:
    """The other reading: no gradient for all of BERT, whose later layers the optimizer gets."""
    from transformers import BertModel

    folder = save_without_dropout(tmp_path)
    learner = learner_of(folder, model_of(shipped, "nli_freeze_first_9_head_only"))
    bert, head = BertModel.from_pretrained(folder).train(), nn.Linear(16, 3)
    own = learner.network.head.state_dict()
    head.load_state_dict({name.split(".")[-1]: value for name, value in own.items()})
    before = {name: value.clone() for name, value in bert.state_dict().items()}
    bert.requires_grad_(False)
    train_plainly(bert, head, list(bert.encoder.layer[9:].parameters()), learner)
    for name, value in bert.state_dict().items():
        assert torch.equal(value, before[name]), name
    last = list(learner.network.head.parameters())
    for value, reference in zip(last, head.parameters(), strict=True):
        torch.testing.assert_close(value, reference, atol=1e-6, rtol=1e-4)


def train_plainly(
    bert: nn.Module, head: nn.Module, learned: list[nn.Parameter], learner: EncoderLearner
) -> None:
    """Train `learner`, and on the same batches the others by AdamW as the report does."""
    texts = sentences()
    groups = [{"params": learned, "lr": 0.001}, {"params": list(head.parameters()), "lr": 1e-4}]
    optimizer = torch.optim.AdamW(groups)
    for epoch in (1, 2):
        for batch, _ in learner.steps(epoch):
            rows = [texts[n] for n in batch.tolist()]
            width = max(map(len, rows))
            fields = np.zeros((3, len(rows), width), np.int64)
            for n, row in enumerate(rows):
                fields[0, n, : len(row)], fields[1, n, : len(row)] = row.T
                fields[2, n, : len(row)] = 1
            numbers, kinds, mask = torch.from_numpy(fields)
            pooled = bert(numbers, attention_mask=mask, token_type_ids=kinds).pooler_output
            loss = nn.functional.cross_entropy(head(pooled), torch.from_numpy(TARGETS)[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        learner.epoch(epoch)


def test_partial_freezings_train_the_head_at_a_higher_rate(shipped: Config) -> None:
    names = ["freeze_first_9", "freeze_first_9_head_only", "freeze_all_but_last"]
    for name in names:
        experiment = shipped.classifications()[f"nli_{name}"]
        assert experiment.train.learning_rate == 2e-5
        assert model_of(shipped, f"nli_{name}").head_learning_rate == 1e-4
    others = ["full", "head_only", "first_9_layers", "half_heads_of_layer_1"]
    assert {model_of(shipped, f"nli_{name}").head_learning_rate for name in others} == {None}


def test_the_reported_protocols_train_five_plain_epochs(shipped: Config) -> None:
    for name, experiment in shipped.classifications().items():
        if name.startswith("nli_") and experiment.reported:
            train = experiment.train
            assert experiment.features == "pairs_prepared"
            assert (train.optimizer, train.learning_rate, train.epochs) == ("adamw", 2e-5, 5)
            assert (train.schedule, train.warm_up, train.checkpoint) == ("constant", 0, "last")
            assert (train.batch_size, train.precision) == (32, "single")
    corrected = shipped.classifications()["nli_full_corrected"]
    assert corrected.features == "pairs_plain"
    assert (corrected.train.schedule, corrected.train.checkpoint) == ("linear", "best_validation")


REPORTED = {
    "full": (0.77, 0.79, 0.79, None, [0.82, 0.65, 0.90]),
    "freeze_first_9": (0.47, 0.43, 0.50, None, [0.55, 0.30, 0.65]),
    "freeze_first_9_head_only": (0.47, 0.43, 0.50, None, [0.55, 0.30, 0.65]),
    "freeze_all_but_last": (0.66, 0.65, 0.65, None, [0.70, 0.41, 0.82]),
    "head_only": (0.64, 0.61, None, None, [0.77, 0.29, 0.84]),
    "first_9_layers": (0.76, 0.79, None, 0.76, [0.66, 0.75, 0.87]),
    "half_heads_of_layer_1": (0.77, 0.75, None, 0.77, [0.75, 0.79, 0.76]),
}


@pytest.mark.parametrize("name", REPORTED)
def test_reported_figures_of_table_and_printed_output(shipped: Config, name: str) -> None:
    reported = shipped.classifications()[f"nli_{name}"].reported
    assert (
        reported
        and (
            reported.test_accuracy,
            reported.f1,
            reported.printed_accuracy,
            reported.printed_f1,
            reported.per_class,
        )
        == (REPORTED[name])
    )
    # Recalls in the order of our classes give the printed accuracy.
    accuracy = np.average(reported.per_class, weights=PAIRS)
    printed = reported.printed_accuracy or reported.test_accuracy
    assert accuracy == pytest.approx(printed, abs=0.01)
