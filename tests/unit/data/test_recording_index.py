"""The index of a corpus of recordings: order, pool, transcripts, summary, and errors."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import pytest
from sklearn.model_selection import train_test_split

from resound.data import recording_index
from resound.data.assignment import split_corpus
from resound.data.index import Rejected
from resound.data.path_pattern import PathPattern
from resound.data.recording_index import index_recordings, read_recordings
from resound.data.recordings import Item
from resound.data.splits import Split
from resound.data.transcripts import Transcripts
from resound.errors import UserError
from resound.runtime.pool import Pool
from tests.helpers.recordings import PATTERN, make_rules, read, reasons

Write = Callable[..., Path]


@pytest.mark.parametrize("pool", ["process", "thread"])
def test_the_result_does_not_depend_on_the_pool(
    root: Path, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    expected = read(root)
    monkeypatch.setattr(recording_index, "_CHUNK", 3)
    assert read(root, pool=pool, workers=2) == expected


def test_progress_counts_recordings(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_index, "_CHUNK", 3)
    counts: list[int] = []
    read_recordings(root, PATTERN, make_rules(), "none", 1, counts.append)
    assert counts == [3, 6, 8]


def test_a_pattern_without_matches_is_an_error(root: Path) -> None:
    with pytest.raises(UserError, match=r"corpus is empty: none of the 8 audio files"):
        read(root, make_rules(None), PathPattern("{label}.flac"))


def test_recordings_that_differ_only_in_the_suffix_are_one_item(
    root: Path, write_clip: Write
) -> None:
    write_clip(root / "b" / "yes_1.flac", 0.5)
    pattern = PathPattern("{speaker}/{label}_{n}.{format}")
    items, rejected = read(root, make_rules(), pattern)
    assert [item.path for item in items if item.id == "b/yes_1"] == ["b/yes_1.flac"]
    reason = reasons(rejected)
    assert reason["b/yes_1.wav"] == "differs from b/yes_1.flac only in its suffix"


TRANSCRIPTS = Transcripts(files=["texts.csv"], audio="audio", text="text")


def read_with_table(
    root: Path, rows: Sequence[str], **changes: object
) -> tuple[list[Item], list[Rejected]]:
    """Read a corpus with a transcript table of these rows."""
    (root / "texts.csv").write_text("audio,text\n" + "\n".join(rows) + "\n")
    pattern = PathPattern("clips/{group}{n:2}.wav")
    rules = make_rules(None, transcripts=TRANSCRIPTS)
    return read(root, replace(rules, **changes), pattern)  # type: ignore[arg-type]


def test_transcripts_are_read_from_a_table(tmp_path: Path, write_clip: Write) -> None:
    for name in ("a01", "a02", "b01", "b02", "b03"):
        write_clip(tmp_path / "clips" / f"{name}.wav", 0.5)
    rows = [
        "clips/b01.wav,one",
        'clips/a01,"two, too"',  # without its suffix
        "clips/a02.wav, ",
        "clips/c01.wav,without a recording",
        "clips/b02.wav,once",
        "clips/b02.wav,twice",
    ]
    items, rejected = read_with_table(tmp_path, rows)
    assert [(item.id, item.group, item.text) for item in items] == [
        ("clips/b01", "b", "one"),
        ("clips/a01", "a", "two, too"),
    ]
    assert [astuple(entry) for entry in rejected] == [
        ("clips/a02.wav", "has no text in row 4 of texts.csv"),
        ("clips/b02.wav", "two rows name it: row 6 of texts.csv and row 7 of texts.csv"),
        ("clips/b03.wav", "no row of texts.csv names it"),
        ("clips/c01.wav", "is missing, but row 5 of texts.csv names it"),
    ]


@pytest.mark.parametrize("pool", ["none", "process"])
def test_items_keep_the_order_of_their_tables(
    tmp_path: Path, write_clip: Write, monkeypatch: pytest.MonkeyPatch, pool: Pool
) -> None:
    monkeypatch.setattr(recording_index, "_CHUNK", 2)
    for name in ("a01", "a02", "b01", "b02", "c01"):
        write_clip(tmp_path / "clips" / f"{name}.wav", 0.5)
    write_clip(tmp_path / "clips" / "b03.wav", 1.2)
    (tmp_path / "train.csv").write_text("audio,text\nclips/c01,x\nclips/b03.wav,x\n")
    (tmp_path / "test.csv").write_text("audio,text\nclips/b02.wav,x\nclips/a02,x\nclips/a01,x\n")
    tables = replace(TRANSCRIPTS, files=["train.csv", "test.csv"])
    rules = make_rules(None, chunk_seconds=0.5, transcripts=tables)
    pattern = PathPattern("clips/{group}{n:2}.wav")
    items, rejected = read(tmp_path, rules, pattern, pool, 2)
    names = ["c01", "b03@0", "b03@1", "b03@2", "b02", "a02", "a01"]
    assert [item.id for item in items] == [f"clips/{name}" for name in names]
    assert [item.partition for item in items] == ["train"] * 4 + ["test"] * 3
    assert [entry.path for entry in rejected] == ["clips/b01.wav"]


def test_a_random_split_is_drawn_over_the_rows_of_the_table(
    tmp_path: Path, write_clip: Write
) -> None:
    names = [f"{letter}{n:02}" for n in range(1, 14) for letter in "cab"]
    for name in names:
        write_clip(tmp_path / "clips" / f"{name}.wav", 0.1)
    items, _ = read_with_table(tmp_path, [f"clips/{name}.wav,text" for name in names])
    assert [item.id.removeprefix("clips/") for item in items] == names
    split = Split(kind="random", test=0.2, validation=0.2, seed=42)
    columns = {"id": [item.id for item in items], "label": [""] * len(items)}
    parts = split_corpus(split, columns, []).folds["all"]
    # As a notebook does with the data frame of the table.
    rest, test = train_test_split(names, test_size=0.2, random_state=42)
    train, validation = train_test_split(rest, test_size=0.2, random_state=42)
    for part, expected in (("train", train), ("validation", validation), ("test", test)):
        drawn = [name for name, other in zip(names, parts, strict=True) if other == part]
        assert drawn == sorted(expected, key=names.index)


def test_long_recordings_are_rejected_or_truncated(tmp_path: Path, write_clip: Write) -> None:
    write_clip(tmp_path / "clips" / "a01.wav", 1.5)
    write_clip(tmp_path / "clips" / "a02.wav", 1.0)
    rows = ["clips/a01.wav,long", "clips/a02.wav,just so"]
    items, rejected = read_with_table(tmp_path, rows, max_seconds=1.0)
    assert [item.id for item in items] == ["clips/a02"]
    assert rejected[0].reason == "lasts 1.5 s, more than `max_seconds: 1`"
    items, rejected = read_with_table(tmp_path, rows, max_seconds=1.0, truncate=True)
    assert [(item.seconds, item.samples, item.start, item.text) for item in items] == [
        (1.0, 16000, 0, "long"),
        (1.0, 16000, None, "just so"),
    ]
    assert not rejected


SETTINGS = {
    "path_pattern": "{speaker}/{label}_{n}.wav",
    "exclude": [],
    "unknown": [],
    "labels": None,
    "label_names": {},
    "min_seconds": 0.1,
    "max_seconds": None,
    "truncate": False,
    "chunk_seconds": None,
    "transcripts": None,
    "alignment": None,
    "frame_ms": None,
    "max_rejected": 0.5,
}


def index(root: Path, **changes: Any) -> recording_index.Index:
    return index_recordings(root, SETTINGS | changes, "none", 1)


def test_the_summary_counts_items_and_rejected_recordings(
    root: Path, write_clip: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    write_clip(root / "ignored.wav", 0.5)
    result = index(root, unknown=["a/maybe*"])
    assert result.root == root and len(result.rows) == 5
    assert result.summary == {
        "classes": ["no", "yes"],
        "items": 4,
        "unknown": 1,
        "duplicates": 0,
        "rejected": 3,
        "ignored": 1,
        "speakers": 2,
        "seconds": 0.9,
        "rates_hz": [8000, 16000, 44100],
        "texts": False,
    }
    log = capsys.readouterr().out
    assert "ignored, because it does not match `path_pattern`: ignored.wav" in log
    assert "rejected: c/no_1.wav: contains no samples" in log


def test_a_corpus_that_holds_each_file_twice_has_duplicates(root: Path) -> None:
    for path in list(root.rglob("*_1.wav")):
        path.with_name(path.name.replace("_1", "_7")).write_bytes(path.read_bytes())
    assert index(root, max_rejected=0.9).summary["duplicates"] == 4


def test_too_many_rejected_recordings_are_an_error(root: Path) -> None:
    with pytest.raises(UserError, match="3 of 8 items are rejected"):
        index(root, max_rejected=0.3)


def test_unknown_recordings_must_not_have_the_label_of_a_class(root: Path) -> None:
    with pytest.raises(UserError, match="label 'no', which is also a class"):
        index(root, unknown=["a/no*"])


def test_one_label_is_an_error(root: Path) -> None:
    with pytest.raises(UserError, match="all 2 recordings have the label 'yes'"):
        index(root, exclude=["*/no*", "a/maybe*"])
