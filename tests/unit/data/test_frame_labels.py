"""Time-aligned symbols: reading, folding to classes, labels of frames, and errors."""

from pathlib import Path

import numpy as np
import pytest

from resound.data.frame_labels import Alignment, AlignmentError, check_alignment, label_frames

CLASSES = ["SIL", "AA", "S"]
TIMIT = Alignment(path="{n}.phn", silence="SIL", fold={"h#": "SIL", "aa": "AA", "s": "S"})
COURSE = Alignment(path="{n}.npy", silence="SIL", ends=["[SOS]", "[EOS]"])


def write_phn(folder: Path, text: str) -> Path:
    path = folder / "a.phn"
    path.write_text(text)
    return path


def write_array(folder: Path, *symbols: str) -> Path:
    np.save(folder / "a.npy", np.array(symbols))
    return folder / "a.npy"


VALID = "0 100 h#\n100 250 aa\n\n250 400 s\n"


def test_a_frame_has_the_class_at_its_centre(tmp_path: Path) -> None:
    times = np.array([0, 99, 99.5, 100, 249, 250, 399, 400, 9999])
    labels = label_frames(write_phn(tmp_path, VALID), TIMIT, CLASSES, times)
    assert labels.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 2]
    assert labels.dtype == np.int16


@pytest.mark.parametrize("ends", [True, False])
def test_arrays_have_one_symbol_per_frame_between_their_ends(tmp_path: Path, ends: bool) -> None:
    symbols = ["SIL", "AA", "S", "S"]
    path = write_array(tmp_path, *(["[SOS]", *symbols, "[EOS]"] if ends else symbols))
    assert label_frames(path, COURSE, CLASSES, np.arange(4.0)).tolist() == [0, 1, 2, 2]
    check_alignment(path, COURSE, CLASSES, 4, 100)


def test_transcripts_that_fit_are_accepted(tmp_path: Path) -> None:
    for samples in (400, 390, 410, 400 + 3900):
        check_alignment(write_phn(tmp_path, VALID), TIMIT, CLASSES, samples, 16000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 100 h#\n90 400 aa\n", "line 2 of its transcript is '90 400 aa'"),
        ("0 100 h#\n100 100 aa\n", "line 2 of its transcript is '100 100 aa'"),
        ("5 100 h#\n", "line 1 of its transcript is '5 100 h#'"),
        ("0 h# 100\n", "line 1 of its transcript is '0 h# 100'"),
        ("0 100\n", "line 1 of its transcript is '0 100'"),
        ("", "is empty"),
        ("0 400 zz\n", "contains 'zz', which is not one of the `labels`"),
        ("0 9000 aa\n", "differs from the end of the recording by +0.54 s"),
    ],
)
def test_invalid_transcripts_are_rejected(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AlignmentError) as caught:
        check_alignment(write_phn(tmp_path, text), TIMIT, CLASSES, 400, 16000)
    assert message in str(caught.value)


def test_invalid_arrays_are_rejected(tmp_path: Path) -> None:
    with pytest.raises(AlignmentError, match="has 5 frames, but its transcript has 2 symbols"):
        check_alignment(write_array(tmp_path, "SIL", "AA"), COURSE, CLASSES, 5, 100)
    (tmp_path / "a.npy").write_text("not an array")
    with pytest.raises(AlignmentError, match="cannot be read"):
        check_alignment(tmp_path / "a.npy", COURSE, CLASSES, 5, 100)
