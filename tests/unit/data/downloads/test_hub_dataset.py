"""Recordings in Parquet files become files and tables: a corpus by configuration alone."""

import json
from pathlib import Path

import pytest

from resound.data.downloads.hub_dataset import export
from resound.data.path_pattern import PathPattern
from resound.data.transcripts import Transcripts
from resound.errors import UserError
from resound.runtime.progress import silent
from tests.helpers.parquet import encode, make_row, write_parquet
from tests.helpers.recordings import make_rules, read


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two splits, one of them in two files."""
    folder = tmp_path / "set"
    rows = [make_row(n, f"clip{n}.wav", encode(n)) for n in range(4)]
    write_parquet(folder / "data/train-00000-of-00002.parquet", rows[:2])
    write_parquet(folder / "data/train-00001-of-00002.parquet", rows[2:])
    write_parquet(folder / "data/test-00000-of-00001.parquet", [make_row(9, "9", encode(9))])
    return folder


def rows_in(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_recordings_are_written_as_they_are_stored(dataset: Path, tmp_path: Path) -> None:
    export(dataset, tmp_path / "out", "audio", None, silent)
    for n in range(4):
        assert (tmp_path / f"out/train/clip{n}.wav").read_bytes() == encode(n)
    assert (tmp_path / "out/test/9.wav").read_bytes() == encode(9)
    assert rows_in(tmp_path / "out/train.jsonl")[3] == {
        "path": "train/clip3.wav",
        "label": "no",
        "sentence": "جمله 3",
        "speaker_id": "1",
    }


def test_an_exported_dataset_is_a_corpus(dataset: Path, tmp_path: Path) -> None:
    export(dataset, tmp_path / "out", "audio", None, silent)
    tables = Transcripts(
        files=["train.jsonl", "test.jsonl"],
        audio="path",
        text="sentence",
        label="label",
        speaker="speaker_id",
    )
    pattern = PathPattern("{split}/{name}.wav")
    items, rejected = read(tmp_path / "out", make_rules(None, transcripts=tables), pattern)
    assert not rejected and len(items) == 5
    assert [(i.label, i.speaker, i.partition, i.text) for i in items[3:]] == [
        ("no", "1", "train", "جمله 3"),
        ("no", "4", "test", "جمله 9"),
    ]
    labels = Transcripts(files=["train.jsonl"], audio="path", label="label")
    (tmp_path / "out/test/9.wav").unlink()
    items, rejected = read(tmp_path / "out", make_rules(None, transcripts=labels), pattern)
    assert [item.label for item in items] == ["yes", "no", "yes", "no"] and not rejected


def test_names_are_unique_and_have_a_suffix(tmp_path: Path) -> None:
    rows = [
        make_row(0, "a/x.wav", encode(0)),
        make_row(1, "b/X.WAV", encode(1)),
        make_row(2, None, encode(2, "FLAC")),
        make_row(3, "y", encode(3, "OGG")),
        make_row(4, "gone.wav", None),
        make_row(5, "beside.wav", None),
        make_row(6, "../outside.wav", None),
    ]
    write_parquet(tmp_path / "set/train.parquet", rows)
    (tmp_path / "set/beside.wav").write_bytes(encode(5))
    (tmp_path / "outside.wav").write_bytes(encode(6))
    export(tmp_path / "set", tmp_path / "out", "audio", None, silent)
    paths = [row["path"].removeprefix("train/") for row in rows_in(tmp_path / "out/train.jsonl")]
    assert paths == ["x.wav", "X_000001.WAV", "000002.flac", "y.ogg", "", "beside.wav", ""]
    assert (tmp_path / "out/train/beside.wav").read_bytes() == encode(5)


def test_another_column_and_no_dataset_are_errors(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no column 'adio'; did you mean 'audio'"):
        export(dataset, tmp_path / "a", "adio", None, silent)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="is no dataset that can be read"):
        export(tmp_path / "empty", tmp_path / "b", "audio", None, silent)
