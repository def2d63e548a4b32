"""Test clips to listen to: which are selected, and their audio."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from resound.data.audio import read
from resound.data.clips import Clip
from resound.io.csv_table import write_table
from resound.report.audio_examples import AudioExample, select_audio_examples


def test_examples_are_the_most_confident_errors_and_correct_predictions(
    tmp_path: Path, write_clip: Callable[..., Path]
) -> None:
    predictions = {  # label, predicted, and the scores of x, y and z
        "confident error": ("x", "y", 0.1, 0.8, 0.1),
        "error": ("x", "y", 0.35, 0.45, 0.2),
        "uncertain": ("x", "x", 0.5, 0.45, 0.05),
        "confident": ("z", "z", 0.0, 0.1, 0.9),
    }
    rows = [("all", name, "test", *values) for name, values in predictions.items()]
    rows.append(("all", "trained", "train", "x", "y", 0.0, 1.0, 0.0))
    rows.append(("again", "error", "test", "x", "y", 0.0, 1.0, 0.0))
    header = ("fold", "id", "part", "label", "predicted", "score_x", "score_y", "score_z")
    write_table(tmp_path / "predictions.csv", header, rows)
    recordings = {}
    for name in {row[1]: row for row in rows}:
        path = write_clip(tmp_path / f"{name}.wav", 9.0 if name == "confident" else 0.5, 8000)
        recordings[str(name)] = Clip(path, 4000, 8000)

    def select(errors: int, correct: int) -> list[AudioExample]:
        return select_audio_examples(tmp_path / "predictions.csv", recordings, errors, correct)

    assert [example.id for example in select(1, 1)] == ["confident error", "confident"]
    examples = select(9, 9)
    assert [example.id for example in examples] == [
        "confident error",
        "error",
        "confident",
        "uncertain",
    ]
    lengths = []
    for example in examples:
        header, audio = example.audio.split(",")
        assert header == "data:audio/mpeg;base64"
        (tmp_path / "a.mp3").write_bytes(base64.b64decode(audio))
        samples, rate_hz = read(tmp_path / "a.mp3")
        lengths.append(len(samples) / rate_hz)
    assert lengths == pytest.approx([0.5, 0.5, 8.0, 0.5], abs=0.1)
