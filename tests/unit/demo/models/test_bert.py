"""The small BERT: that it opens as the real ones do, learns and is the same each time."""

import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from resound.data.persian_text import prepare
from resound.demo.corpora import nli
from resound.demo.models import bert

SMALL = bert.Settings(
    kind="bert",
    width=16,
    layers=4,
    heads=2,
    pairs=200,
    shallow=2,
    warm_up=150,
    steps=2,
    learning_rate=0.005,
)


def made(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """The bytes of each file of the model, and what was announced."""
    said: list[str] = []
    bert.make(SMALL, folder, said.append)
    return {path.name: path.read_bytes() for path in folder.iterdir()}, said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bert")


@pytest.fixture(scope="module")
def model(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    return made(folder)


def test_two_makes_are_the_same_bytes(
    tmp_path: Path, model: tuple[dict[str, bytes], list[str]]
) -> None:
    assert made(tmp_path) == model


def test_loss_falls_below_that_of_a_blind_guess_among_the_words(
    model: tuple[dict[str, bytes], list[str]],
) -> None:
    losses = [float(loss) for line in model[1] for loss in re.findall(r"loss ([\d.]+)", line)]
    assert losses[-1] < np.log(len(nli.vocabulary()))


def test_all_weights_of_the_encoder_are_found(
    folder: Path, model: tuple[dict[str, bytes], list[str]]
) -> None:
    opened, told = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert not told["missing_keys"]
    assert opened.config.num_hidden_layers == 4
    classifier, told = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=3, output_loading_info=True
    )
    assert set(told["missing_keys"]) == {"classifier.weight", "classifier.bias"}
    assert classifier.bert.pooler.dense.weight.equal(opened.pooler.dense.weight)


def test_no_word_of_the_demo_is_unknown_or_cut(
    folder: Path, model: tuple[dict[str, bytes], list[str]]
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    source = nli.pairs("corpus", np.random.default_rng(3))
    for pair in (pair for group in islice(source, 100) for pair in group):
        for steps in ([], ["normalise", "zwnj"], ["normalise", "stop_words", "zwnj"]):
            text = prepare(pair.premise, steps)
            pieces = tokenizer.tokenize(text)
            assert [piece for piece in pieces if piece.startswith("##")] == []
            assert "[UNK]" not in pieces
            assert len(pieces) == len(text.split())


def test_other_words_are_spelt(folder: Path, model: tuple[dict[str, bytes], list[str]]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.tokenize("آب") == ["آ", "##ب"]
    assert tokenizer.tokenize("Ab، ۱۲.") == ["a", "##b", "،", "۱", "##۲", "."]
    coded = tokenizer("سگ", "گربه")
    assert tokenizer.convert_ids_to_tokens(coded["input_ids"]) == [
        "[CLS]", "سگ", "[SEP]", "گربه", "[SEP]",
    ]  # fmt: skip
    assert coded["token_type_ids"] == [0, 0, 0, 1, 1]


def test_a_deepened_model_guesses_what_the_shallow_one_does() -> None:
    # Layers that add zero still normalise what is normalised: nothing but rounding changes.
    shallow, tokenizer = bert.untrained(SMALL, SMALL.shallow)
    deep = bert._deepened(shallow, SMALL)
    coded = tokenizer("سگ بیدار است", "حیوان خواب نیست", return_tensors="pt")
    with torch.no_grad():
        one, other = (m.eval()(**coded).prediction_logits for m in (shallow, deep))
    torch.testing.assert_close(one, other, atol=1e-3, rtol=1e-3)


def test_seed_changes_the_weights() -> None:
    one, other = (bert.untrained(replace(SMALL, seed=seed))[0] for seed in (1, 2))
    assert not one.bert.pooler.dense.weight.equal(other.bert.pooler.dense.weight)
