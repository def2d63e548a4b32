"""The index of a corpus of recordings: order, pool, transcripts, summary, and errors."""

import os
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import pytest
from sklearn.model_selection import train_test_split

from resound.data import recording_index
from resound.data.assignment import split_corpus
from resound.data.frame_labels import Alignment
from resound.data.index import Rejected
from resound.data.path_pattern import PathPattern
from resound.data.recording_index import index_recordings, read_recordings
from resound.data.recordings import SILENT, Item
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
        "notes": {SILENT: ["b/no_1.wav"]},
        "unused": [],
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


NAMES = PathPattern("{label}/{n}.wav")


@pytest.mark.parametrize(
    ("folders", "label"),
    [
        (["caf\u00e9", "cafe\u0301"], "caf\u00e9"),  # composed on Linux, decomposed on macOS
        (["\u06cc\u06a9", "\u064a\u0643"], "\u06cc\u06a9"),  # a Persian and an Arabic keyboard
        (["happy", "happy "], "happy"),
    ],
)
def test_names_that_look_the_same_are_one_class(
    tmp_path: Path, write_clip: Write, folders: list[str], label: str
) -> None:
    for n, folder in enumerate([folders[0], *folders]):
        write_clip(tmp_path / folder / f"{n}.wav", 0.2)
    for labels in (None, [label]):
        items, rejected = read(tmp_path, make_rules(labels), NAMES)
        assert [item.label for item in items] == [label] * 3 and not rejected


def test_labels_in_other_letter_case_are_an_error_unless_they_are_configured(
    tmp_path: Path, write_clip: Write
) -> None:
    for folder in ("Happy", "happy", "sad"):
        write_clip(tmp_path / folder / "1.wav", 0.2)
    with pytest.raises(UserError, match=r"'Happy' and 'happy' differ only in letter case.*\{happy"):
        read(tmp_path, make_rules(None), NAMES)
    items, _ = read(tmp_path, make_rules(["happy", "sad"]), NAMES)
    assert [item.label for item in items] == ["happy", "happy", "sad"]
    items, _ = read(tmp_path, make_rules(["Happy", "happy", "sad"]), NAMES)
    assert [item.label for item in items] == ["Happy", "happy", "sad"]
    items, _ = read(tmp_path, make_rules(None, label_names={"happy": "Happy"}), NAMES)
    assert [item.label for item in items] == ["Happy", "Happy", "sad"]


def test_speakers_that_look_the_same_are_one(tmp_path: Path, write_clip: Write) -> None:
    for speaker in ("Ren\u00e9", "Rene\u0301", "rene"):
        write_clip(tmp_path / speaker / "yes_1.wav", 0.2)
    items, _ = read(tmp_path)
    assert [item.speaker for item in items].count("Ren\u00e9") == 2
    assert {item.speaker for item in items} == {"Ren\u00e9", "rene"}


def test_the_disc_of_timit_has_names_in_capitals(tmp_path: Path, write_clip: Write) -> None:
    write_clip(tmp_path / "TRAIN/DR1/FCJF0/SA1.WAV", 0.2, format="WAV")
    (tmp_path / "TRAIN/DR1/FCJF0/SA1.PHN").write_text("0 1600 h#\n1600 3200 sh\n")
    pattern = PathPattern("train/{dialect}/{speaker}/{sentence}.wav")
    alignment = Alignment(path="train/{dialect}/{speaker}/{sentence}.phn", silence="h#")
    items, rejected = read(tmp_path, make_rules(["h#", "sh"], alignment=alignment), pattern)
    assert not rejected
    assert items[0].alignment == "TRAIN/DR1/FCJF0/SA1.PHN" and items[0].speaker == "FCJF0"


def test_folders_of_different_depths_are_one_corpus(tmp_path: Path, write_clip: Write) -> None:
    write_clip(tmp_path / "studio" / "yes" / "ann_1.wav", 0.2)
    write_clip(tmp_path / "street" / "bob" / "no" / "1.wav", 0.2)
    pattern = PathPattern(["studio/{label}/{speaker}_{n}.wav", "street/{speaker}/{label}/{n}.wav"])
    items, _ = read(tmp_path, make_rules(), pattern)
    assert [(item.label, item.speaker) for item in items] == [("no", "bob"), ("yes", "ann")]
    assert pattern.fields == {"label", "speaker", "n"}
    assert pattern.find_ignored(tmp_path) == []


def test_file_names_that_are_not_utf_8_are_rejected(tmp_path: Path, write_clip: Write) -> None:
    clip = write_clip(tmp_path / "a" / "yes_1.wav", 0.2)
    name = os.fsencode(tmp_path / "a") + b"/yes_\xe9.wav"
    Path(os.fsdecode(name)).write_bytes(clip.read_bytes())
    items, rejected = read(tmp_path)
    assert [item.path for item in items] == ["a/yes_1.wav"]
    assert reasons(rejected) == {"a/yes_\\xe9.wav": "its name is not UTF-8: rename it"}


def test_excluded_recordings_are_not_missing(tmp_path: Path, write_clip: Write) -> None:
    for name in ("a", "b"):
        write_clip(tmp_path / f"{name}.wav", 0.2)
    (tmp_path / "texts.csv").write_text("audio,text\na.wav,one\nb.wav,two\n")
    pattern = PathPattern("{name}.wav", exclude=["b.wav"])
    items, rejected = read(tmp_path, make_rules(None, transcripts=TRANSCRIPTS), pattern)
    assert [item.path for item in items] == ["a.wav"] and not rejected
