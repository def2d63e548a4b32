"""Fine-tuning: trained and frozen parts, and resuming after a kill with equal results."""

import json
import math
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from resound.data.dataset import Dataset
from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.io.csv_table import read_table, write_table
from resound.models.whisper.finetuning import Result, Utterances, tune
from resound.models.whisper.model import Recogniser
from resound.models.whisper.prompts import IGNORED, labels
from resound.models.whisper.settings import Adapters, Decode, FineTuning, Whisper
from resound.training.run import Run
from scripts import finetune
from tests.helpers.examples import features_of
from tests.helpers.whisper import CONFIGURATION, TEXTS, make_clips, save_untrained

DECODE = Decode(task="transcribe", language="fa", batch_size=4)
TRAINING = FineTuning(learning_rate=0.01, epochs=3, batch_size=4)
LAST = replace(TRAINING, checkpoint="last")
WHOLE = Whisper(kind="whisper", pretrained="any")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_untrained(tmp_path_factory.mktemp("whisper"))


@pytest.fixture(scope="module")
def features() -> Features:
    return features_of(make_clips(12))


class Killed(Exception):
    """Ends a run early."""


def fine_tune(
    folder: Path,
    features: Features,
    checkpoints: Path,
    model: Whisper = WHOLE,
    training: FineTuning = TRAINING,
    kill_after: int | None = None,
) -> tuple[Recogniser, Result, list[str]]:
    """Return a model fine-tuned on a few clips of noise, the result and the progress lines."""
    recogniser, lines = Recogniser(folder), list[str]()

    def progress(line: str) -> None:
        lines.append(line)
        if len(lines) == kill_after:
            raise Killed

    def part(items: range) -> Utterances:
        texts = [TEXTS[n % len(TEXTS)] for n in items]
        return Utterances(recogniser, features, np.array(items), texts, DECODE)

    result = tune(
        recogniser, model, DECODE, training, part(range(8)), part(range(8, 12)), 7, checkpoints,
        progress,
    )  # fmt: skip
    return recogniser, result, lines


def weights(recogniser: Recogniser) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in recogniser.model.state_dict().items()}


def changed_parts(before: Recogniser, after: Recogniser) -> set[str]:
    """Return which parts of the model have changed: encoder, decoder."""
    old, new = weights(before), weights(after)
    assert old.keys() == new.keys()
    changed = {name for name in old if not torch.equal(old[name], new[name])}
    return {name.split(".")[1] for name in changed - {"proj_out.weight"}}


def test_fine_tuning_lowers_the_loss(folder: Path, features: Features, tmp_path: Path) -> None:
    recogniser, result, lines = fine_tune(folder, features, tmp_path)
    assert changed_parts(Recogniser(folder), recogniser) == {"encoder", "decoder"}
    assert result.parameters == sum(
        p.numel() for p in recogniser.model.parameters() if p.requires_grad
    )
    assert [row["epoch"] for row in result.history] == [1, 2, 3]
    assert result.history[-1]["loss"] < result.history[0]["loss"]
    assert all(math.isfinite(value) for row in result.history for value in row.values())
    assert len(lines) == 3 and "validation WER" in lines[0]


def test_the_kept_model_is_the_best_on_the_validation_part(
    folder: Path, features: Features, tmp_path: Path
) -> None:
    recogniser, result, _ = fine_tune(folder, features, tmp_path)
    import jiwer

    clips = [features.clip(n) for n in range(8, 12)]
    hypotheses = recogniser.texts(clips, ["fa"] * 4, "transcribe", 4)
    wer = jiwer.wer([TEXTS[n % 3] for n in range(8, 12)], hypotheses)
    assert wer == pytest.approx(min(row["validation_wer"] for row in result.history))


def test_the_last_model_is_kept_where_an_earlier_one_is_better(
    folder: Path, features: Features, tmp_path: Path
) -> None:
    best, result, _ = fine_tune(folder, features, tmp_path / "best")
    rates = [row["validation_wer"] for row in result.history]
    assert rates[-1] > min(rates)  # noise, learned by heart
    last, same, _ = fine_tune(folder, features, tmp_path / "last", training=LAST)
    assert same.history == result.history
    import jiwer

    clips, texts = [features.clip(n) for n in range(8, 12)], [TEXTS[n % 3] for n in range(8, 12)]
    for recogniser, rate in ((best, min(rates)), (last, rates[-1])):
        hypotheses = recogniser.texts(clips, ["fa"] * 4, "transcribe", 4)
        assert jiwer.wer(texts, hypotheses) == pytest.approx(rate)


# What is left of the checkpoints at the end is the best one, or the last one.
@pytest.mark.parametrize(("training", "left"), [(TRAINING, 2), (LAST, 6)], ids=["best", "last"])
def test_a_killed_run_ends_with_the_same_weights(
    folder: Path, features: Features, tmp_path: Path, training: FineTuning, left: int
) -> None:
    uninterrupted, expected, _ = fine_tune(
        folder, features, tmp_path / "uninterrupted", training=training
    )
    with pytest.raises(Killed):
        fine_tune(folder, features, tmp_path / "killed", training=training, kill_after=2)
    # A checkpoint that was not completely written.
    half = tmp_path / "killed" / "checkpoint-4"
    shutil.copytree(half.with_name("checkpoint-2"), half, dirs_exist_ok=True)
    (half / "trainer_state.json").write_text('{"epoch": ')
    # The second time it was killed after its last step, before its results were written.
    for step in (2, left):
        resumed, result, lines = fine_tune(folder, features, tmp_path / "killed", training=training)
        assert lines[0] == f"resumes after step {step}"
        assert result == expected
        before, after = weights(uninterrupted), weights(resumed)
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_frozen_encoder_does_not_change(folder: Path, features: Features, tmp_path: Path) -> None:
    recogniser, result, _ = fine_tune(folder, features, tmp_path, replace(WHOLE, freeze="encoder"))
    assert changed_parts(Recogniser(folder), recogniser) == {"decoder"}
    encoder = sum(p.numel() for p in recogniser.model.model.encoder.parameters())
    every = sum(p.numel() for p in recogniser.model.parameters())
    assert result.parameters == every - encoder


def test_adapters_are_merged(folder: Path, features: Features, tmp_path: Path) -> None:
    adapters = Adapters(rank=2, alpha=4, modules=["q_proj", "v_proj"])
    model = replace(WHOLE, adapters=adapters)
    recogniser, result, _ = fine_tune(folder, features, tmp_path / "c", model)
    before, after = weights(Recogniser(folder)), weights(recogniser)
    changed = {name.split(".")[-2] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"q_proj", "v_proj"}
    # Three attentions, two layers each, two matrices of 32 x 2 per layer.
    assert result.parameters == 3 * 2 * 2 * 32 * 2
    difference = after["model.decoder.layers.0.self_attn.q_proj.weight"]
    difference = difference - before["model.decoder.layers.0.self_attn.q_proj.weight"]
    assert torch.linalg.matrix_rank(difference) <= 2
    recogniser.save(tmp_path / "m")
    clips = [features.clip(0)]
    loaded = Recogniser(tmp_path / "m").texts(clips, ["fa"], "transcribe", 1)
    assert loaded == recogniser.texts(clips, ["fa"], "transcribe", 1)


def test_evaluation_by_steps(folder: Path, features: Features, tmp_path: Path) -> None:
    by_steps = replace(TRAINING, evaluate_every=2, epochs=2)
    _, result, _ = fine_tune(folder, features, tmp_path, training=by_steps)
    assert [row["epoch"] for row in result.history] == [1, 2]
    with pytest.raises(UserError, match="`evaluate_every: 50` is never reached in 6 steps"):
        fine_tune(folder, features, tmp_path / "n", training=replace(TRAINING, evaluate_every=50))


def test_labels_are_the_target_tokens_of_the_decoder(folder: Path) -> None:
    tokenizer = Recogniser(folder).tokenizer
    tokens = labels(tokenizer, "fa", "transcribe", TEXTS[0])
    text = tokenizer.decode(tokens)
    assert text == f"<|fa|><|transcribe|><|notimestamps|>{TEXTS[0]}<|endoftext|>"


def test_an_item_with_too_long_a_text_is_skipped(
    folder: Path, features: Features, capsys: pytest.CaptureFixture[str]
) -> None:
    recogniser, texts = Recogniser(folder), [TEXTS[0], "بسیار " * 30]
    utterances = Utterances(recogniser, features, np.array([0, 1]), texts, DECODE)
    assert len(utterances) == 1 and utterances[0]["input_features"].shape == (20, 50)
    assert "tokens, and the decoder takes 24; cut the recording" in capsys.readouterr().out


def test_only_texts_that_are_too_long_are_an_error(folder: Path, features: Features) -> None:
    with pytest.raises(UserError, match="each of the 2 texts has more tokens than the 24"):
        Utterances(Recogniser(folder), features, np.array([0, 1]), ["بسیار " * 30] * 2, DECODE)


def test_labels_are_padded_with_an_ignored_label() -> None:
    from resound.models.whisper.finetuning import _collate

    image = np.zeros((20, 50), np.float32)
    batch = _collate(
        [{"input_features": image, "labels": [5, 6, 7]}, {"input_features": image, "labels": [5]}]
    )
    assert batch["input_features"].shape == (2, 20, 50)
    assert batch["labels"].tolist() == [[5, 6, 7], [5, IGNORED, IGNORED]]


def test_the_stage_writes_a_model_and_removes_checkpoints(
    folder: Path, features: Features, tmp_path: Path
) -> None:
    np.save(tmp_path / "matrix.npy", features.matrix)
    np.save(tmp_path / "offsets.npy", features.offsets)
    ids = [f"c{n}" for n in range(12)]
    texts = [TEXTS[n % 3] for n in range(12)]
    write_table(tmp_path / "index.csv", ("id", "text"), zip(ids, texts))
    (tmp_path / "summary.json").write_text('{"classes": []}')
    parts = ["train"] * 8 + ["validation"] * 4
    write_table(tmp_path / "split.csv", ("fold", "id", "part"), zip(["all"] * 12, ids, parts))
    pretrained = tmp_path / "pretrained.json"
    pretrained.write_text(json.dumps({"kind": "folder", "path": str(folder)}))
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
    (stale / "trainer_state.json").write_text("{}")  # of another run, so it is ignored
    files = ("index.csv", "summary.json", "split.csv", "matrix.npy", "offsets.npy")
    dataset = Dataset.open({Path(name).stem: str(tmp_path / name) for name in files})
    finetune.main(dataset, pretrained, Run(run, config, "code", 7, "cpu"), lambda line: None)
    assert len(read_table(run / "history.csv")["epoch"]) == 3
    assert not (run / "checkpoints").exists()
    record = json.loads((run / "training.json").read_text())
    assert record["parameters"] > 0 and record["origin"]["path"] == str(folder)
    assert Recogniser(run / "model").model.generation_config.language == "fa"
