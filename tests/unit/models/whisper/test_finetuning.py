"""Fine-tuning: what learns and what does not, and that a broken run ends as an unbroken one."""

import json
import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.io.csv_table import read_table, write_table
from resound.models.whisper.finetuning import Utterances, tune
from resound.models.whisper.model import Recogniser
from resound.models.whisper.prompts import IGNORED, labels
from resound.models.whisper.settings import Adapters, Decode, FineTuning, Whisper
from scripts import finetune
from tests.helpers.whisper import CONFIGURATION, TEXTS, clips, save_untrained

DECODE = Decode(task="transcribe", language="fa", batch_size=4)
TRAINING = FineTuning(learning_rate=0.01, epochs=3, batch_size=4)
WHOLE = Whisper(kind="whisper", pretrained="any")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_untrained(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def features() -> Features:
    rows = clips(12)
    offsets = np.concatenate([[0], np.cumsum([len(own) for own in rows])])
    return Features(np.concatenate(rows), offsets)


class Stop(Exception):
    """The run is broken off."""


def tuned(
    folder: Path,
    features: Features,
    checkpoints: Path,
    model: Whisper = WHOLE,
    training: FineTuning = TRAINING,
    stop_after: int | None = None,
) -> tuple[Recogniser, Any, list[str]]:
    """A model after fine-tuning on a few noises, what came of it, and what was announced."""
    recogniser, said = Recogniser(folder), list[str]()

    def progress(line: str) -> None:
        said.append(line)
        if len(said) == stop_after:
            raise Stop

    def part(items: range) -> Utterances:
        texts = [TEXTS[n % len(TEXTS)] for n in items]
        return Utterances(recogniser, features, np.array(items), texts, DECODE)

    came = tune(
        recogniser, model, DECODE, training, part(range(8)), part(range(8, 12)), 7, checkpoints,
        progress,
    )  # fmt: skip
    return recogniser, came, said


def weights(recogniser: Recogniser) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in recogniser.model.state_dict().items()}


def moved(before: Recogniser, after: Recogniser) -> set[str]:
    """Which parts of the model are no longer what they were: encoder, decoder."""
    old, new = weights(before), weights(after)
    assert old.keys() == new.keys()
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    return {name.split(".")[1] for name in changed - {"proj_out.weight"}}


def test_it_learns_what_it_is_told(folder: Path, features: Features, tmp_path: Path) -> None:
    recogniser, came, said = tuned(folder, features, tmp_path)
    assert moved(Recogniser(folder), recogniser) == {"encoder", "decoder"}
    assert came.parameters == sum(
        p.numel() for p in recogniser.model.parameters() if p.requires_grad
    )
    assert [row["epoch"] for row in came.history] == [1, 2, 3]
    assert came.history[-1]["loss"] < came.history[0]["loss"]
    assert all(math.isfinite(value) for row in came.history for value in row.values())
    assert len(said) == 3 and "validation WER" in said[0]


def test_the_kept_model_is_the_best_of_the_validation_part(
    folder: Path, features: Features, tmp_path: Path
) -> None:
    recogniser, came, _ = tuned(folder, features, tmp_path)
    import jiwer

    own = [features.clip(n) for n in range(8, 12)]
    said = recogniser.texts(own, ["fa"] * 4, "transcribe", 4)
    wer = jiwer.wer([TEXTS[n % 3] for n in range(8, 12)], said)
    assert wer == pytest.approx(min(row["validation_wer"] for row in came.history))


def test_a_broken_run_ends_with_the_same_weights(
    folder: Path, features: Features, tmp_path: Path
) -> None:
    unbroken, whole, _ = tuned(folder, features, tmp_path / "unbroken")
    with pytest.raises(Stop):
        tuned(folder, features, tmp_path / "broken", stop_after=2)
    # The second epoch was never saved whole.
    half = tmp_path / "broken" / "checkpoint-9"
    shutil.copytree(tmp_path / "broken" / "checkpoint-2", half)
    (half / "trainer_state.json").write_text('{"epoch": ')
    again, came, said = tuned(folder, features, tmp_path / "broken")
    assert said[0] == "goes on after step 2"
    assert came == whole
    one, two = weights(unbroken), weights(again)
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_frozen_encoder_stays(folder: Path, features: Features, tmp_path: Path) -> None:
    recogniser, came, _ = tuned(folder, features, tmp_path, replace(WHOLE, freeze="encoder"))
    assert moved(Recogniser(folder), recogniser) == {"decoder"}
    encoder = sum(p.numel() for p in recogniser.model.model.encoder.parameters())
    every = sum(p.numel() for p in recogniser.model.parameters())
    assert came.parameters == every - encoder


def test_adapters_are_merged(folder: Path, features: Features, tmp_path: Path) -> None:
    adapters = Adapters(rank=2, alpha=4, modules=["q_proj", "v_proj"])
    model = replace(WHOLE, adapters=adapters)
    recogniser, came, _ = tuned(folder, features, tmp_path / "c", model)
    before, after = weights(Recogniser(folder)), weights(recogniser)
    changed = {name.split(".")[-2] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"q_proj", "v_proj"}
    # Three attentions, two layers each, two matrices of 32 x 2 a layer.
    assert came.parameters == 3 * 2 * 2 * 32 * 2
    difference = after["model.decoder.layers.0.self_attn.q_proj.weight"]
    difference = difference - before["model.decoder.layers.0.self_attn.q_proj.weight"]
    assert torch.linalg.matrix_rank(difference) <= 2
    recogniser.save(tmp_path / "m")
    own = [features.clip(0)]
    again = Recogniser(tmp_path / "m").texts(own, ["fa"], "transcribe", 1)
    assert again == recogniser.texts(own, ["fa"], "transcribe", 1)


def test_looks_by_steps_and_never(folder: Path, features: Features, tmp_path: Path) -> None:
    by_steps = replace(TRAINING, evaluate_every=2, epochs=2)
    assert [
        row["epoch"] for row in tuned(folder, features, tmp_path, training=by_steps)[1].history
    ] == [1, 2]
    with pytest.raises(UserError, match="`evaluate_every: 50` is never in 6 steps"):
        tuned(folder, features, tmp_path / "n", training=replace(TRAINING, evaluate_every=50))


def test_labels_are_what_the_decoder_is_to_say(folder: Path) -> None:
    tokenizer = Recogniser(folder).tokenizer
    told = labels(tokenizer, "fa", "transcribe", TEXTS[0])
    text = tokenizer.decode(told)
    assert text == f"<|fa|><|transcribe|><|notimestamps|>{TEXTS[0]}<|endoftext|>"


def test_too_long_a_text_is_left_out(
    folder: Path, features: Features, capsys: pytest.CaptureFixture[str]
) -> None:
    recogniser, texts = Recogniser(folder), [TEXTS[0], "بسیار " * 30]
    own = Utterances(recogniser, features, np.array([0, 1]), texts, DECODE)
    assert len(own) == 1 and own[0]["input_features"].shape == (20, 50)
    assert "tokens, 24 at most: بسیار" in capsys.readouterr().out


def test_padding_of_labels_counts_in_no_loss() -> None:
    from resound.models.whisper.finetuning import _collated

    image = np.zeros((20, 50), np.float32)
    batch = _collated(
        [{"input_features": image, "labels": [5, 6, 7]}, {"input_features": image, "labels": [5]}]
    )
    assert batch["input_features"].shape == (2, 20, 50)
    assert batch["labels"].tolist() == [[5, 6, 7], [5, IGNORED, IGNORED]]


def test_the_stage_leaves_a_model_and_no_checkpoints(
    folder: Path, features: Features, tmp_path: Path
) -> None:
    np.save(tmp_path / "matrix.npy", features.matrix)
    np.save(tmp_path / "offsets.npy", features.offsets)
    ids = [f"c{n}" for n in range(12)]
    texts = [TEXTS[n % 3] for n in range(12)]
    write_table(tmp_path / "index.csv", ("id", "text"), zip(ids, texts))
    parts = ["train"] * 8 + ["validation"] * 4
    write_table(tmp_path / "parts.csv", ("fold", "id", "part"), zip(["all"] * 12, ids, parts))
    (tmp_path / "source.json").write_text(json.dumps({"kind": "folder", "path": str(folder)}))
    config = json.dumps(
        {
            "configuration": asdict(CONFIGURATION),
            "model": asdict(WHOLE),
            "decode": asdict(DECODE),
            "train": asdict(TRAINING),
        }
    )
    run = tmp_path / "run"
    stale = run / "checkpoints" / "checkpoint-2"
    stale.mkdir(parents=True)
    (stale / "trainer_state.json").write_text("{}")  # of another run: not taken up
    files = [
        tmp_path / n for n in ("source.json", "index.csv", "parts.csv", "matrix.npy", "offsets.npy")
    ]
    finetune.main(*files, config, "code", 7, 0, 1, run, lambda line: None)
    assert len(read_table(run / "history.csv")["epoch"]) == 3
    assert not (run / "checkpoints").exists()
    told = json.loads((run / "training.json").read_text())
    assert told["parameters"] > 0 and told["origin"]["path"] == str(folder)
    assert Recogniser(run / "model").model.generation_config.language == "fa"
