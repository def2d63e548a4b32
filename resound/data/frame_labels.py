"""Labels of frames, read from time-aligned symbols next to each recording.

Two formats are supported: TIMIT's `.phn` (one segment per line: first sample, end, symbol), and an
array with one symbol per frame (`.npy`), optionally with a marker at either end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import MinLen
from numpy.typing import NDArray

from resound.settings import settings

# The transcripts of TIMIT end up to 0.18 s before their recordings.
_END_TOLERANCE_S = 0.25


@settings
class Alignment:
    """Where the symbols of a corpus are stored, and which classes they belong to."""

    path: Annotated[str, MinLen(1)]
    """The path of a recording's symbols, with the fields of `path_pattern`:
    `{speaker}/{sentence}.phn`."""
    silence: str
    """The class of silence; metrics are also reported without it."""
    fold: dict[str, str] = field(default_factory=dict)
    """The classes of symbols; a symbol that is not listed is its own class."""
    ends: list[str] = field(default_factory=list)
    """Symbols that only mark the two ends of an array and do not belong to a frame."""
    unlabelled: list[str] = field(default_factory=list)
    """Shell patterns of recordings without symbols: models predict them, but nothing scores
    the predictions."""


class AlignmentError(Exception):
    """Symbols that cannot be used; the message says why."""


def check_alignment(
    path: Path, alignment: Alignment, classes: Sequence[str], samples: int, rate_hz: int
) -> None:
    """Raise AlignmentError if the symbols do not fit a recording of `samples` samples or frames."""
    if path.suffix == ".npy":
        symbols = _read_array(path, alignment)
        _to_classes(symbols, alignment, classes)
        if len(symbols) != samples:
            raise AlignmentError(_length_mismatch(samples, len(symbols)))
        return
    ends, symbols = _read_segments(path)
    _to_classes(symbols, alignment, classes)
    seconds = (ends[-1] - samples) / rate_hz
    if abs(seconds) > _END_TOLERANCE_S:
        raise AlignmentError(
            f"the end of its transcript differs from the end of the recording by {seconds:+.2f} s"
        )


def label_frames(
    path: Path, alignment: Alignment, classes: Sequence[str], times: NDArray[np.float64]
) -> NDArray[np.int16]:
    """Return the class of each frame, shape (frames,).

    `times` are the centres of the frames in samples of the recording; for an array of symbols only
    their number matters. Raises AlignmentError if the symbols cannot be used.
    """
    if path.suffix == ".npy":
        labels = _to_classes(_read_array(path, alignment), alignment, classes)
        if len(labels) != len(times):
            raise AlignmentError(_length_mismatch(len(times), len(labels)))
        return labels
    ends, symbols = _read_segments(path)
    segment = np.searchsorted(ends, times, side="right")
    return _to_classes(symbols, alignment, classes)[np.minimum(segment, len(symbols) - 1)]


def read_symbols(path: Path, alignment: Alignment) -> list[str]:
    """Return the symbols of a recording: one for each segment, or frame of an array.

    Raises AlignmentError if they cannot be read.
    """
    return _read_array(path, alignment) if path.suffix == ".npy" else _read_segments(path)[1]


def _length_mismatch(frames: int, symbols: int) -> str:
    return f"has {frames} frames, but its transcript has {symbols} symbols"


def _read_segments(path: Path) -> tuple[NDArray[np.int64], list[str]]:
    """Return the end (in samples) and the symbol of each segment."""
    ends: list[int] = []
    symbols: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            start, end, symbol = line.split()
            is_valid = int(start) == (ends[-1] if ends else 0) and int(end) > int(start)
        except ValueError:
            is_valid = False
        if not is_valid:
            raise AlignmentError(
                f"line {number} of its transcript is '{line.strip()}', which is not a first sample,"
                " an end and a symbol that continue the line before"
            )
        ends.append(int(end))
        symbols.append(symbol)
    if not ends:
        raise AlignmentError("its transcript is empty")
    return np.array(ends), symbols


def _read_array(path: Path, alignment: Alignment) -> list[str]:
    """Return the symbol of each frame, without the markers at the ends."""
    try:
        symbols = [str(symbol) for symbol in np.load(path)]
    except (ValueError, OSError, EOFError) as error:
        raise AlignmentError(f"its transcript cannot be read: {error}") from error
    if symbols and symbols[0] in alignment.ends:
        symbols = symbols[1:]
    return symbols[:-1] if symbols and symbols[-1] in alignment.ends else symbols


def _to_classes(
    symbols: Sequence[str], alignment: Alignment, classes: Sequence[str]
) -> NDArray[np.int16]:
    """Return the class number of each symbol."""
    number: Mapping[str, int] = {name: n for n, name in enumerate(classes)}
    names = [alignment.fold.get(symbol, symbol) for symbol in symbols]
    unknown = next((s for s, name in zip(symbols, names) if name not in number), None)
    if unknown is not None:
        raise AlignmentError(
            f"its transcript contains '{unknown}', which is not one of the `labels`"
        )
    return np.array([number[name] for name in names], np.int16)
