"""Waveforms and texts as features: equal to those of transformers' extractors."""

import json
from pathlib import Path

import numpy as np
import pytest

from resound.features import characters, tokens, waveform
from resound.features.common.texts import preprocessed_texts
from resound.io.csv_table import write_table
from resound.io.files import write_json
from scripts import tokenize
from tests.helpers.encoders import save_bert

ROWS = [("a b c", "d"), ("e f g h a b", "c d"), ("b", "a \u200c b")]


def test_a_normalised_wave_equals_that_of_transformers() -> None:
    from transformers import Wav2Vec2FeatureExtractor

    random = np.random.default_rng(0)
    clips = [random.normal(0.1, 0.02, n).astype(np.float32) for n in (800, 1000)]
    extractor = Wav2Vec2FeatureExtractor(do_normalize=True)
    expected = [extractor(clip, sampling_rate=16000).input_values[0] for clip in clips]
    rows = waveform.extract(waveform.Settings(kind="waveform"), clips)
    assert rows.shape == (1800, 1)
    np.testing.assert_allclose(rows[:, 0], np.concatenate(expected), atol=1e-5)


def test_a_silent_wave_stays_silent() -> None:
    rows = waveform.extract(waveform.Settings(kind="waveform"), [np.zeros(10, np.float32)])
    assert not rows.any()


def test_tokens_are_those_of_the_model_with_its_special_tokens(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(save_bert(tmp_path, layers=1))
    configuration = tokens.Settings(kind="tokens", pretrained="any")
    pairs = tokens.extract(configuration, ROWS[:2], tokenizer)
    words = [tokenizer.convert_ids_to_tokens(rows[:, 0].tolist()) for rows in pairs]
    assert words[0] == "[CLS] a b c [SEP] d [SEP]".split()
    assert pairs[0][:, 1].tolist() == [0, 0, 0, 0, 0, 1, 1]
    assert pairs[0].dtype == np.int32
    short = tokens.Settings(kind="tokens", pretrained="any", longest=8)
    truncated = tokens.extract(short, ROWS[:2], tokenizer)[1]
    assert tokenizer.convert_ids_to_tokens(truncated[:, 0].tolist()) == (
        "[CLS] e f g [SEP] c d [SEP]".split()
    )
    alone = tokens.Settings(kind="tokens", pretrained="any", fields=["hypothesis"])
    (first, *_) = tokens.extract(alone, [("d",)], tokenizer)
    assert tokenizer.convert_ids_to_tokens(first[:, 0].tolist()) == "[CLS] d [SEP]".split()


def test_characters_give_the_text_back() -> None:
    configuration = characters.Settings(kind="characters", fields=["premise", "hypothesis"])
    pairs = characters.extract(configuration, ROWS, None)
    assert [characters.text_of(rows) for rows in pairs] == ["\n".join(row) for row in ROWS]


def test_texts_are_preprocessed_in_the_order_of_fields() -> None:
    table = {"premise": [a for a, _ in ROWS], "hypothesis": [b for _, b in ROWS]}
    configuration = tokens.Settings(
        kind="tokens", pretrained="any", fields=["hypothesis", "premise"], prepare=["zwnj"]
    )
    assert preprocessed_texts(configuration, table)[2] == ("a  b", "b")


@pytest.mark.parametrize("kind", ["tokens", "characters"])
def test_the_stage_writes_rows_and_offsets(tmp_path: Path, kind: str) -> None:
    write_table(tmp_path / "index.csv", ("premise", "hypothesis"), ROWS)
    configuration: dict[str, object] = {
        "kind": kind,
        "fields": ["premise", "hypothesis"],
        "prepare": [],
    }
    pretrained = None
    if kind == "tokens":
        configuration |= {"pretrained": "any", "longest": 64}
        pretrained = tmp_path / "pretrained.json"
        write_json(pretrained, {"path": str(save_bert(tmp_path / "bert", layers=1))})
    matrix, offsets = tmp_path / "matrix.npy", tmp_path / "offsets.npy"
    tokenize.main(
        tmp_path / "index.csv",
        pretrained,
        json.dumps({"configuration": configuration}),
        matrix,
        offsets,
    )
    rows, bounds = np.load(matrix, mmap_mode="r"), np.load(offsets)
    assert len(bounds) == 4
    assert bounds[-1] == len(rows)
    if kind == "characters":
        assert characters.text_of(rows[: bounds[1]]) == "a b c\nd"
