"""The index of a corpus: what can be used, what is set aside and why."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from resound.data import recordings
from resound.data.frame_labels import Alignment
from resound.data.path_pattern import PathPattern
from resound.data.recordings import Item, Rejected, Rules
from resound.data.transcripts import Transcripts
from resound.errors import UserError

Write = Callable[..., Path]

LAYOUT = PathPattern("{speaker}/{label}_{n}.wav")
LABELS = ["yes", "no"]


def index(
    root: Path, labels: list[str] | None = LABELS, pool: str = "none", workers: int = 1
) -> tuple[list[Item], list[Rejected]]:
    return recordings.index(root, LAYOUT, rules(labels), pool, workers)


def rules(
    labels: list[str] | None = LABELS,
    cut: float | None = None,
    unknown: Sequence[str] = (),
    alignment: Alignment | None = None,
    frame_ms: float | None = None,
    transcripts: Transcripts | None = None,
    max_seconds: float | None = None,
    truncate: bool = False,
    names: dict[str, str] | None = None,
) -> Rules:
    return Rules(
        labels=labels,
        label_names=names or {},
        unknown=unknown,
        min_seconds=0.1,
        max_seconds=max_seconds,
        truncate=truncate,
        chunk_seconds=cut,
        transcripts=transcripts,
        alignment=alignment,
        frame_ms=frame_ms,
    )


@pytest.fixture
def root(tmp_path: Path, write_clip: Write) -> Path:
    """Four recordings that can be used, four that cannot, one that is no matter."""
    write_clip(tmp_path / "b" / "yes_1.wav", 0.5, 8000)
    write_clip(tmp_path / "b" / "no_1.wav", np.zeros((4410, 2)), 44100)
    write_clip(tmp_path / "a" / "yes_2.wav", 0.2)
    write_clip(tmp_path / "a" / "no_1.wav", 0.1)
    write_clip(tmp_path / "a" / "maybe_1.wav", 0.5)
    write_clip(tmp_path / "a" / "yes_1.wav", 0.0999)
    write_clip(tmp_path / "c" / "no_1.wav", np.zeros(0))
    (tmp_path / "c" / "yes_1.wav").write_text("no recording")
    (tmp_path / "c" / "readme.txt").write_text("no matter")
    return tmp_path


def test_usable_recordings_are_described_in_the_order_of_their_paths(root: Path) -> None:
    items, _ = index(root)
    assert [item.path for item in items] == [
        "a/no_1.wav",
        "a/yes_2.wav",
        "b/no_1.wav",
        "b/yes_1.wav",
    ]
    digest = hashlib.sha256((root / "b" / "no_1.wav").read_bytes()).hexdigest()
    described = ("b/no_1", "b/no_1.wav", "no", "b", "", "", "", "", 0.1, 4410, None, 44100, "")
    assert astuple(items[2])[:-1] == described
    assert digest.startswith(items[2].sha256) and len(items[2].sha256) >= 16


def test_others_are_set_aside_with_a_reason(root: Path) -> None:
    _, rejected = index(root)
    reasons = {entry.path: entry.reason for entry in rejected}
    assert list(reasons) == ["a/maybe_1.wav", "a/yes_1.wav", "c/no_1.wav", "c/yes_1.wav"]
    assert reasons["a/maybe_1.wav"] == "label 'maybe' is not among the corpus' `labels`"
    assert reasons["a/yes_1.wav"] == "lasts 0.100 s, less than `min_seconds: 0.1`"
    assert reasons["c/no_1.wav"] == "holds no samples"
    assert reasons["c/yes_1.wav"].startswith("cannot be read: ")


def test_without_labels_every_label_is_welcome(root: Path) -> None:
    items, rejected = index(root, labels=None)
    assert "maybe" in {item.label for item in items}
    assert len(rejected) == 3


@pytest.mark.parametrize("pool", ["process", "thread"])
def test_index_does_not_depend_on_pool(
    root: Path, monkeypatch: pytest.MonkeyPatch, pool: str
) -> None:
    alone = index(root)
    monkeypatch.setattr(recordings, "_CHUNK", 3)
    assert index(root, LABELS, pool, 2) == alone


def test_progress_counts_recordings(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recordings, "_CHUNK", 3)
    told: list[int] = []
    recordings.index(root, LAYOUT, rules(), "none", 1, told.append)
    assert told == [3, 6, 8]


def test_other_content_is_another_digest(root: Path, write_clip: Write) -> None:
    before, _ = index(root)
    write_clip(root / "b" / "yes_1.wav", 0.5, 8000, seed=1)
    after, _ = index(root)
    changed = [new.path for new, old in zip(after, before, strict=True) if new != old]
    assert changed == ["b/yes_1.wav"]


def test_layout_that_nothing_matches_is_a_user_error(root: Path) -> None:
    with pytest.raises(UserError, match=r"corpus is empty: none of the 8 audio files"):
        recordings.index(root, PathPattern("{label}.flac"), rules(None), "none", 1)


def test_link_to_nothing_is_set_aside(root: Path) -> None:
    (root / "b" / "yes_9.wav").symlink_to(root / "gone.wav")
    _, rejected = index(root)
    assert "b/yes_9.wav" in {entry.path for entry in rejected}


def test_reasons_name_no_file(root: Path) -> None:
    (root / "b" / "yes_9.wav").symlink_to(root / "gone.wav")
    _, rejected = index(root)
    assert not [entry.reason for entry in rejected if str(root) in entry.reason]


def test_wave_file_cut_short_is_set_aside(root: Path) -> None:
    whole = (root / "b" / "yes_1.wav").read_bytes()
    (root / "b" / "yes_9.wav").write_bytes(whole[: len(whole) // 2])
    _, rejected = index(root)
    assert {e.path: e.reason for e in rejected}["b/yes_9.wav"].startswith("is cut short: 40")


def test_wave_file_of_unknown_length_is_read(root: Path) -> None:
    whole = bytearray((root / "b" / "yes_1.wav").read_bytes())
    whole[4:8] = b"\xff" * 4  # what a recorder writes into a pipe
    (root / "b" / "yes_9.wav").write_bytes(whole)
    items, _ = index(root)
    assert "b/yes_9" in {item.id for item in items}


def test_names_alike_but_for_the_suffix_are_one_item(root: Path, write_clip: Write) -> None:
    write_clip(root / "b" / "yes_1.flac", 0.5)
    layout = PathPattern("{speaker}/{label}_{n}.{format}")
    items, rejected = recordings.index(root, layout, rules(), "none", 1)
    assert [item.path for item in items if item.id == "b/yes_1"] == ["b/yes_1.flac"]
    reasons = {entry.path: entry.reason for entry in rejected}
    assert reasons["b/yes_1.wav"] == "has the name of b/yes_1.flac but for its suffix"


def test_long_recordings_are_cut_and_the_last_piece_kept_if_long_enough(root: Path) -> None:
    items, _ = recordings.index(root, LAYOUT, rules(cut=0.1), "none", 1)
    pieces = {item.id: (item.start, item.samples) for item in items if item.path == "b/yes_1.wav"}
    assert pieces == {f"b/yes_1@{n}": (800 * n, 800) for n in range(5)}
    items, _ = recordings.index(root, LAYOUT, rules(cut=0.3), "none", 1)
    assert [item.seconds for item in items if item.path == "b/yes_1.wav"] == [0.3, 0.2]
    items, _ = recordings.index(root, LAYOUT, rules(cut=0.45), "none", 1)
    assert [item.id for item in items if item.path == "b/yes_1.wav"] == ["b/yes_1@0"]


def test_what_is_no_longer_than_a_piece_stays_whole(root: Path) -> None:
    items, _ = recordings.index(root, LAYOUT, rules(cut=0.5), "none", 1)
    assert {item.start for item in items} == {None}


def test_strangers_need_no_known_label(root: Path) -> None:
    items, rejected = recordings.index(root, LAYOUT, rules(unknown=["a/maybe*"]), "none", 1)
    assert "a/maybe_1" in {item.id for item in items}
    assert "a/maybe_1.wav" not in {entry.path for entry in rejected}


def test_labels_of_frames_stand_beside_recordings(root: Path) -> None:
    alignment = Alignment(path="{speaker}/{label}_{n}.phn", silence="h#")
    (root / "b" / "yes_1.phn").write_text("0 3000 h#\n3000 4000 yes\n")
    (root / "b" / "no_1.phn").write_text("0 4410 maybe\n")
    which = rules(["h#", "yes"], alignment=alignment)
    items, rejected = recordings.index(root, LAYOUT, which, "none", 1)
    assert [(item.id, item.alignment) for item in items] == [("b/yes_1", "b/yes_1.phn")]
    reasons = {entry.path: entry.reason for entry in rejected}
    assert reasons["b/no_1.wav"] == "its transcript holds 'maybe', which is none of the labels"
    assert reasons["a/no_1.wav"] == "has no transcript a/no_1.phn"
    (root / "b" / "yes_1.phn").write_text("0 3001 h#\n3001 4000 yes\n")
    changed, _ = recordings.index(root, LAYOUT, which, "none", 1)
    assert changed[0].sha256 != items[0].sha256


def test_arrays_of_frames_are_recordings_too(tmp_path: Path) -> None:
    """The phonemes course's layout: a test part without transcripts, and what can be wrong."""
    layout = PathPattern("{partition}/mfcc/{speaker}-{n}.npy")
    alignment = Alignment(
        path="{partition}/transcript/{speaker}-{n}.npy",
        silence="SIL",
        ends=["[SOS]", "[EOS]"],
        unlabelled=["test/*"],
    )
    for name, frames, symbols in [
        ("train/mfcc/1-1", 3, 3),
        ("train/mfcc/1-2", 3, 2),
        ("train/mfcc/2-1", 3, None),
        ("test/mfcc/3-1", 4, None),
    ]:
        path = tmp_path / f"{name}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.ones((frames, 2), np.float32))
        beside = Path(str(path).replace("mfcc", "transcript"))
        beside.parent.mkdir(exist_ok=True)
        if symbols is not None:
            np.save(beside, np.array(["[SOS]", *["SIL"] * symbols, "[EOS]"]))
    np.save(tmp_path / "train/mfcc/2-2.npy", np.full((3, 2), np.nan))
    np.save(tmp_path / "train/mfcc/2-3.npy", np.ones(3))
    which = replace(rules(["SIL"], alignment=alignment, frame_ms=10), min_seconds=0.0)
    items, rejected = recordings.index(tmp_path, layout, which, "none", 1)
    assert [(item.id, item.partition, item.samples, item.rate_hz) for item in items] == [
        ("test/mfcc/3-1", "test", 4, 100),
        ("train/mfcc/1-1", "train", 3, 100),
    ]
    reasons = {Path(entry.path).stem: entry.reason for entry in rejected}
    assert reasons["1-2"] == "has 3 frames, but its transcript 2 symbols"
    assert reasons["2-1"] == "has no transcript train/transcript/2-1.npy"
    assert reasons["2-2"] == "holds values that are not numbers"
    assert reasons["2-3"].startswith("is no array of frames: shape (3,)")


def set_aside(*reasons: str) -> list[Rejected]:
    return [Rejected(f"{n}.wav", reason) for n, reason in enumerate(reasons)]


@pytest.mark.parametrize(
    ("items", "rejected", "most", "stops"),
    [(99, 1, 0.01, False), (98, 2, 0.01, True), (5, 0, 0.0, False), (5, 1, 0.0, True)]
    + [(0, 3, 1.0, True), (1, 3, 1.0, False)],
)
def test_more_rejected_than_allowed_stop(
    items: int, rejected: int, most: float, stops: bool
) -> None:
    error = recordings.too_many_rejected(items, set_aside(*["short"] * rejected), most)
    assert isinstance(error, UserError) == stops


def test_the_error_sums_up_the_reasons() -> None:
    rejected = set_aside("short", *["empty"] * 3, *["garbled"] * 2, "rare")
    told = str(recordings.too_many_rejected(13, rejected, 0.1))
    assert "7 of 20 items cannot be used (35.0%)" in told
    assert "`max_rejected: 0.1`" in told
    assert "3 x empty; 2 x garbled; 1 x short; the first is 0.wav" in told
    assert "rare" not in told


TOLD = Transcripts(files=["texts.csv"], audio="audio", text="text")


def told(root: Path, rows: Sequence[str], **changes: object) -> tuple[list[Item], list[Rejected]]:
    """The index of a corpus whose table has these rows."""
    (root / "texts.csv").write_text("audio,text\n" + "\n".join(rows) + "\n")
    layout = PathPattern("clips/{group}{n:2}.wav")
    own = rules(None, transcripts=TOLD)
    return recordings.index(root, layout, replace(own, **changes), "none", 1)  # type: ignore[arg-type]


def test_texts_stand_in_a_table(tmp_path: Path, write_clip: Write) -> None:
    for name in ("a01", "a02", "b01", "b02", "b03"):
        write_clip(tmp_path / "clips" / f"{name}.wav", 0.5)
    rows = [
        "clips/b01.wav,one",
        'clips/a01,"two, too"',  # a path without its suffix
        "clips/a02.wav, ",
        "clips/c01.wav,nobody recorded this",
        "clips/b02.wav,once",
        "clips/b02.wav,twice",
    ]
    items, rejected = told(tmp_path, rows)
    assert [(item.id, item.group, item.text) for item in items] == [
        ("clips/a01", "a", "two, too"),
        ("clips/b01", "b", "one"),
    ]
    assert [astuple(entry) for entry in rejected] == [
        ("clips/a02.wav", "has no text in row 4 of texts.csv"),
        ("clips/b02.wav", "two rows name it: row 6 of texts.csv, and row 7 of texts.csv"),
        ("clips/b03.wav", "no row of texts.csv names it"),
        ("clips/c01.wav", "is not there, but row 5 of texts.csv names it"),
    ]


def test_what_is_too_long_is_set_aside_or_cut(tmp_path: Path, write_clip: Write) -> None:
    write_clip(tmp_path / "clips" / "a01.wav", 1.5)
    write_clip(tmp_path / "clips" / "a02.wav", 1.0)
    rows = ["clips/a01.wav,long", "clips/a02.wav,just so"]
    items, rejected = told(tmp_path, rows, max_seconds=1.0)
    assert [item.id for item in items] == ["clips/a02"]
    assert rejected[0].reason == "lasts 1.5 s, more than `max_seconds: 1`"
    items, rejected = told(tmp_path, rows, max_seconds=1.0, truncate=True)
    assert [(item.seconds, item.samples, item.start, item.text) for item in items] == [
        (1.0, 16000, 0, "long"),
        (1.0, 16000, None, "just so"),
    ]
    assert not rejected


def test_labels_of_paths_have_names(tmp_path: Path, write_clip: Write) -> None:
    for name in ("female/F01A02", "male/M05N01", "male/M05X02"):
        write_clip(tmp_path / f"{name}.wav", 0.2)
    names = {"A": "anger", "N": "neutral"}
    layout = PathPattern("{gender}/{speaker:3}{label:1}{number:2}.wav")
    told = rules(["anger", "neutral"], names=names)
    found, rejected = recordings.index(tmp_path, layout, told, "none", 1)
    assert [(item.speaker, item.label) for item in found] == [("F01", "anger"), ("M05", "neutral")]
    assert rejected[0].reason == "label 'X' is not among the corpus' `labels`"
