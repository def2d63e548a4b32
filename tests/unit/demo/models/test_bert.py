"""Demo BERT: loading by transformers, training and reproducibility."""

import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer

from resound.data.persian_text import prepare
from resound.demo.models import bert
from resound.demo.synthesis.sentence_pairs import pairs, vocabulary

SMALL = bert.Settings(
    kind="bert",
    width=16,
    layers=4,
    heads=2,
    pairs=200,
    shallow_layers=2,
    shallow_steps=150,
    steps=2,
    learning_rate=0.005,
)


def train(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """Train the model; return the bytes of each file, and the progress lines."""
    lines: list[str] = []
    bert.make(SMALL, folder, lines.append)
    return {path.name: path.read_bytes() for path in folder.iterdir()}, lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bert")


@pytest.fixture(scope="module")
def model(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    return train(folder)


def test_training_is_reproducible(
    tmp_path: Path, model: tuple[dict[str, bytes], list[str]]
) -> None:
    assert train(tmp_path) == model


def test_loss_falls_below_that_of_a_uniform_guess(
    model: tuple[dict[str, bytes], list[str]],
) -> None:
    losses = [float(loss) for line in model[1] for loss in re.findall(r"loss ([\d.]+)", line)]
    assert losses[-1] < np.log(len(vocabulary()))


def test_all_weights_of_the_encoder_are_loaded(
    folder: Path, model: tuple[dict[str, bytes], list[str]]
) -> None:
    encoder, report = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"]
    assert encoder.config.num_hidden_layers == 4
    classifier, report = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=3, output_loading_info=True
    )
    assert set(report["missing_keys"]) == {"classifier.weight", "classifier.bias"}
    assert classifier.bert.pooler.dense.weight.equal(encoder.pooler.dense.weight)


def test_no_word_of_the_demo_is_unknown_or_split(
    folder: Path, model: tuple[dict[str, bytes], list[str]]
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    source = pairs("corpus", np.random.default_rng(3))
    for pair in (pair for group in islice(source, 100) for pair in group):
        for steps in ([], ["normalise", "zwnj"], ["normalise", "stop_words", "zwnj"]):
            text = prepare(pair.premise, steps)
            pieces = tokenizer.tokenize(text)
            assert [piece for piece in pieces if piece.startswith("##")] == []
            assert "[UNK]" not in pieces
            assert len(pieces) == len(text.split())


def test_other_words_are_split_into_letters(
    folder: Path, model: tuple[dict[str, bytes], list[str]]
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer.tokenize("آب") == ["آ", "##ب"]
    assert tokenizer.tokenize("Ab، ۱۲.") == ["a", "##b", "،", "۱", "##۲", "."]
    encoded = tokenizer("سگ", "گربه")
    assert tokenizer.convert_ids_to_tokens(encoded["input_ids"]) == [
        "[CLS]", "سگ", "[SEP]", "گربه", "[SEP]",
    ]  # fmt: skip
    assert encoded["token_type_ids"] == [0, 0, 0, 1, 1]


def test_a_deepened_model_predicts_the_same_as_the_shallow_one() -> None:
    # The inserted layers add zero, and normalising twice changes only the rounding.
    shallow, tokenizer = bert.build_model(SMALL, SMALL.shallow_layers)
    deep = bert._deepen(shallow, SMALL)
    encoded = tokenizer("سگ بیدار است", "حیوان خواب نیست", return_tensors="pt")
    with torch.no_grad():
        before, after = (m.eval()(**encoded).prediction_logits for m in (shallow, deep))
    torch.testing.assert_close(before, after, atol=1e-3, rtol=1e-3)


def test_seed_changes_the_weights() -> None:
    first, other = (bert.build_model(replace(SMALL, seed=seed))[0] for seed in (1, 2))
    assert not first.bert.pooler.dense.weight.equal(other.bert.pooler.dense.weight)
