"""Symbols along time: read, folded, laid over frames; what does not fit is told."""

from pathlib import Path

import numpy as np
import pytest

from resound.data.frame_labels import Alignment, Misaligned, check, frame_labels

CLASSES = ["SIL", "AA", "S"]
TIMIT = Alignment(path="{n}.phn", silence="SIL", fold={"h#": "SIL", "aa": "AA", "s": "S"})
COURSE = Alignment(path="{n}.npy", silence="SIL", ends=["[SOS]", "[EOS]"])


def phn(folder: Path, text: str) -> Path:
    path = folder / "a.phn"
    path.write_text(text)
    return path


def array(folder: Path, *symbols: str) -> Path:
    np.save(folder / "a.npy", np.array(symbols))
    return folder / "a.npy"


GOOD = "0 100 h#\n100 250 aa\n\n250 400 s\n"


def test_a_frame_has_the_symbol_at_its_centre(tmp_path: Path) -> None:
    times = np.array([0, 99, 99.5, 100, 249, 250, 399, 400, 9999])
    labels = frame_labels(phn(tmp_path, GOOD), TIMIT, CLASSES, times)
    assert labels.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 2]
    assert labels.dtype == np.int16


@pytest.mark.parametrize("ends", [True, False])
def test_arrays_have_a_symbol_a_frame_between_their_ends(tmp_path: Path, ends: bool) -> None:
    symbols = ["SIL", "AA", "S", "S"]
    path = array(tmp_path, *(["[SOS]", *symbols, "[EOS]"] if ends else symbols))
    assert frame_labels(path, COURSE, CLASSES, np.arange(4.0)).tolist() == [0, 1, 2, 2]
    check(path, COURSE, CLASSES, 4, 100)


def test_what_fits_is_right(tmp_path: Path) -> None:
    for samples in (400, 390, 410, 400 + 3900):
        check(phn(tmp_path, GOOD), TIMIT, CLASSES, samples, 16000)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0 100 h#\n90 400 aa\n", "reads '90 400 aa' in line 2"),
        ("0 100 h#\n100 100 aa\n", "reads '100 100 aa' in line 2"),
        ("5 100 h#\n", "reads '5 100 h#' in line 1"),
        ("0 h# 100\n", "reads '0 h# 100' in line 1"),
        ("0 100\n", "reads '0 100' in line 1"),
        ("", "is empty"),
        ("0 400 zz\n", "holds 'zz', which is none of the labels"),
        ("0 9000 aa\n", "ends +0.54 s from its own end"),
    ],
)
def test_transcripts_that_cannot_be(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(Misaligned) as caught:
        check(phn(tmp_path, text), TIMIT, CLASSES, 400, 16000)
    assert told in str(caught.value)


def test_arrays_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(Misaligned, match="has 5 frames, but its transcript 2 symbols"):
        check(array(tmp_path, "SIL", "AA"), COURSE, CLASSES, 5, 100)
    (tmp_path / "a.npy").write_text("no array")
    with pytest.raises(Misaligned, match="cannot be read"):
        check(tmp_path / "a.npy", COURSE, CLASSES, 5, 100)
