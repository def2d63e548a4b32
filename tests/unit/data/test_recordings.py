"""Recordings as items: usable ones are described, unusable ones are rejected with a reason."""

import hashlib
from collections.abc import Callable
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pytest

from resound.data import recordings
from resound.data.decoding.decode import decode
from resound.data.frame_labels import Alignment
from resound.data.path_pattern import PathPattern
from resound.data.recordings import CANCELLED, SILENT, TRUNCATED
from tests.helpers.recordings import make_rules, read, reasons

Write = Callable[..., Path]


def test_usable_recordings_are_described_in_the_order_of_their_paths(root: Path) -> None:
    items, _ = read(root)
    assert [item.path for item in items] == [
        "a/no_1.wav",
        "a/yes_2.wav",
        "b/no_1.wav",
        "b/yes_1.wav",
    ]
    digest = hashlib.sha256((root / "b" / "no_1.wav").read_bytes()).hexdigest()
    described = (
        "b/no_1",
        "b/no_1.wav",
        "no",
        "b",
        "",
        "",
        "",
        "",
        0.1,
        4410,
        None,
        44100,
        "",
        SILENT,
    )
    assert astuple(items[2])[:-1] == described
    assert digest.startswith(items[2].sha256) and len(items[2].sha256) >= 16


def test_unusable_recordings_are_rejected_with_a_reason(root: Path) -> None:
    _, rejected = read(root)
    reason = reasons(rejected)
    assert list(reason) == ["a/maybe_1.wav", "a/yes_1.wav", "c/no_1.wav", "c/yes_1.wav"]
    assert reason["a/maybe_1.wav"] == (
        "label 'maybe' is not one of the `labels` of the corpus: add it to them, or leave its"
        " recordings out with `exclude`"
    )
    assert reason["a/yes_1.wav"] == "lasts 0.100 s, less than `min_seconds: 0.1`"
    assert reason["c/no_1.wav"] == "contains no samples"
    assert reason["c/yes_1.wav"].startswith("cannot be read: ")


def test_every_label_is_allowed_if_none_are_configured(root: Path) -> None:
    items, rejected = read(root, make_rules(labels=None))
    assert "maybe" in {item.label for item in items}
    assert len(rejected) == 3


def test_digests_change_with_the_content(root: Path, write_clip: Write) -> None:
    before, _ = read(root)
    write_clip(root / "b" / "yes_1.wav", 0.5, 8000, seed=1)
    after, _ = read(root)
    changed = [new.path for new, old in zip(after, before, strict=True) if new != old]
    assert changed == ["b/yes_1.wav"]


def test_a_broken_link_is_rejected(root: Path) -> None:
    (root / "b" / "yes_9.wav").symlink_to(root / "gone.wav")
    _, rejected = read(root)
    assert "b/yes_9.wav" in {entry.path for entry in rejected}


def test_reasons_contain_no_path(root: Path) -> None:
    (root / "b" / "yes_9.wav").symlink_to(root / "gone.wav")
    _, rejected = read(root)
    assert not [entry.reason for entry in rejected if str(root) in entry.reason]


def test_a_truncated_wave_file_is_rejected(root: Path) -> None:
    whole = (root / "b" / "yes_1.wav").read_bytes()
    (root / "b" / "yes_9.wav").write_bytes(whole[: len(whole) // 2])
    _, rejected = read(root)
    assert reasons(rejected)["b/yes_9.wav"].startswith("is truncated: its headers state ")


def test_an_unexpected_error_rejects_only_its_recording(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode_or_fail(data: bytes) -> object:
        if data == b"broken":
            raise IndexError("list index out of range")
        return decode(data)

    monkeypatch.setattr(recordings, "decode", decode_or_fail)
    (root / "b" / "yes_9.wav").write_bytes(b"broken")
    items, rejected = read(root)
    assert items
    assert reasons(rejected)["b/yes_9.wav"] == "cannot be read: IndexError: list index out of range"


def test_a_wave_file_of_unknown_length_is_read(root: Path) -> None:
    whole = bytearray((root / "b" / "yes_1.wav").read_bytes())
    whole[4:8] = b"\xff" * 4  # as a recorder writes into a pipe
    (root / "b" / "yes_9.wav").write_bytes(whole)
    items, _ = read(root)
    assert "b/yes_9" in {item.id for item in items}


def test_long_recordings_are_split_and_the_last_chunk_is_kept_if_long_enough(root: Path) -> None:
    items, _ = read(root, make_rules(chunk_seconds=0.1))
    chunks = {item.id: (item.start, item.samples) for item in items if item.path == "b/yes_1.wav"}
    assert chunks == {f"b/yes_1@{n}": (800 * n, 800) for n in range(5)}
    items, _ = read(root, make_rules(chunk_seconds=0.3))
    assert [item.seconds for item in items if item.path == "b/yes_1.wav"] == [0.3, 0.2]
    items, _ = read(root, make_rules(chunk_seconds=0.45))
    assert [item.id for item in items if item.path == "b/yes_1.wav"] == ["b/yes_1@0"]


def test_recordings_no_longer_than_a_chunk_are_not_split(root: Path) -> None:
    items, _ = read(root, make_rules(chunk_seconds=0.5))
    assert {item.start for item in items} == {None}


def test_unknown_recordings_may_have_any_label(root: Path) -> None:
    items, rejected = read(root, make_rules(unknown=["a/maybe*"]))
    assert "a/maybe_1" in {item.id for item in items}
    assert "a/maybe_1.wav" not in {entry.path for entry in rejected}


def test_symbols_next_to_recordings_are_checked(root: Path) -> None:
    alignment = Alignment(path="{speaker}/{label}_{n}.phn", silence="h#")
    (root / "b" / "yes_1.phn").write_text("0 3000 h#\n3000 4000 yes\n")
    (root / "b" / "no_1.phn").write_text("0 4410 maybe\n")
    rules = make_rules(["h#", "yes"], alignment=alignment)
    items, rejected = read(root, rules)
    assert [(item.id, item.alignment) for item in items] == [("b/yes_1", "b/yes_1.phn")]
    reason = reasons(rejected)
    assert (
        reason["b/no_1.wav"] == "its transcript contains 'maybe', which is not one of the `labels`"
    )
    assert reason["a/no_1.wav"] == "has no transcript a/no_1.phn"
    (root / "b" / "yes_1.phn").write_text("0 3001 h#\n3001 4000 yes\n")
    changed, _ = read(root, rules)
    assert changed[0].sha256 != items[0].sha256


def test_arrays_of_frames_are_recordings(tmp_path: Path) -> None:
    """Read a corpus whose test part has no transcripts, and unusable arrays."""
    pattern = PathPattern("{partition}/mfcc/{speaker}-{n}.npy")
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
        symbols_path = Path(str(path).replace("mfcc", "transcript"))
        symbols_path.parent.mkdir(exist_ok=True)
        if symbols is not None:
            np.save(symbols_path, np.array(["[SOS]", *["SIL"] * symbols, "[EOS]"]))
    np.save(tmp_path / "train/mfcc/2-2.npy", np.full((3, 2), np.nan))
    np.save(tmp_path / "train/mfcc/2-3.npy", np.ones(3))
    rules = replace(make_rules(["SIL"], alignment=alignment, frame_ms=10), min_seconds=0.0)
    items, rejected = read(tmp_path, rules, pattern)
    assert [(item.id, item.partition, item.samples, item.rate_hz) for item in items] == [
        ("test/mfcc/3-1", "test", 4, 100),
        ("train/mfcc/1-1", "train", 3, 100),
    ]
    reason = {Path(entry.path).stem: entry.reason for entry in rejected}
    assert reason["1-2"] == "has 3 frames, but its transcript has 2 symbols"
    assert reason["2-1"] == "has no transcript train/transcript/2-1.npy"
    assert reason["2-2"] == "contains NaN or infinite values"
    assert reason["2-3"].startswith("is not an array of frames: shape (3,)")


def test_labels_of_paths_are_renamed(tmp_path: Path, write_clip: Write) -> None:
    for name in ("female/F01A02", "male/M05N01", "male/M05X02"):
        write_clip(tmp_path / f"{name}.wav", 0.2)
    names = {"A": "anger", "N": "neutral"}
    pattern = PathPattern("{gender}/{speaker:3}{label:1}{number:2}.wav")
    rules = make_rules(["anger", "neutral"], label_names=names)
    items, rejected = read(tmp_path, rules, pattern)
    assert [(item.speaker, item.label) for item in items] == [("F01", "anger"), ("M05", "neutral")]
    assert rejected[0].reason.startswith("label 'X' is not one of the `labels` of the corpus")


def test_unusual_recordings_are_noted(tmp_path: Path, write_clip: Write) -> None:
    wave = np.random.default_rng(0).uniform(-0.5, 0.5, 3200)
    channels = {"yes_1": [wave, -wave], "yes_2": [wave, wave], "yes_3": [wave, -wave * 0.9]}
    for name, frames in channels.items():
        write_clip(tmp_path / "a" / f"{name}.wav", np.stack(frames, axis=1), subtype="FLOAT")
    write_clip(tmp_path / "a" / "no_1.wav", np.zeros(3200))
    items, _ = read(tmp_path)
    assert {item.id: item.note for item in items} == {
        "a/no_1": SILENT,
        "a/yes_1": CANCELLED,
        "a/yes_2": "",
        "a/yes_3": "",
    }
    items, _ = read(tmp_path, replace(make_rules(), max_seconds=0.15, truncate=True))
    assert {item.note for item in items if item.id == "a/yes_2"} == {TRUNCATED}


def test_samples_far_beyond_full_scale_are_rejected(tmp_path: Path, write_clip: Write) -> None:
    wave = np.zeros(3200, np.float32)
    for name, peak in {"yes_1": 1e38, "yes_2": 32768.0}.items():
        wave[100] = peak
        write_clip(tmp_path / "a" / f"{name}.wav", wave, subtype="FLOAT")
    items, rejected = read(tmp_path)
    assert [item.id for item in items] == ["a/yes_2"]
    assert reasons(rejected) == {"a/yes_1.wav": "contains a sample of 1e+38, where full scale is 1"}
