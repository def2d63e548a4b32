"""What is said when: time-aligned symbols beside a recording, folded to the corpus' classes.

Two forms are read: TIMIT's (`.phn`: first sample, end and symbol of a stretch, a line each) and an
array of symbols, one a frame (`.npy`), which may carry a mark at either end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import MinLen
from numpy.typing import NDArray

from resound.settings import settings

# TIMIT's own transcripts end up to 0.18 s before their recordings.
_LOOSE_SECONDS = 0.25


@settings
class Alignment:
    """Where a corpus' symbols stand and which classes they mean."""

    path: Annotated[str, MinLen(1)]
    """The path of a recording's symbols, in the fields of `path_pattern`: `{speaker}/{sentence}.phn`."""
    silence: str
    """The class that is no phoneme; figures are given without it too."""
    fold: dict[str, str] = field(default_factory=dict)
    """Symbols that count as a class of another name; others count as themselves."""
    ends: list[str] = field(default_factory=list)
    """Symbols that only mark the two ends of an array and belong to no frame."""
    unlabelled: list[str] = field(default_factory=list)
    """Shell patterns of recordings that have no symbols: they are predicted, never judged."""


class Misaligned(Exception):
    """Symbols that cannot be used; the message says why."""


def check(
    path: Path, alignment: Alignment, classes: Sequence[str], samples: int, rate_hz: int
) -> None:
    """Raise Misaligned where the symbols do not fit a recording of so many samples (or frames)."""
    symbols = _read_array(path, alignment) if path.suffix == ".npy" else _read_stretches(path)[1]
    _classes_of(symbols, alignment, classes)
    if path.suffix == ".npy" and len(symbols) != samples:
        raise Misaligned(f"has {samples} frames, but its transcript {len(symbols)} symbols")
    if path.suffix != ".npy":
        seconds = (_read_stretches(path)[0][-1] - samples) / rate_hz
        if abs(seconds) > _LOOSE_SECONDS:
            raise Misaligned(f"its transcript ends {seconds:+.2f} s from its own end")


def frame_labels(
    path: Path, alignment: Alignment, classes: Sequence[str], times: NDArray[np.float64]
) -> NDArray[np.int16]:
    """The class of each frame.

    `times` are the frames' centres, in samples of the recording; an array of symbols has its own
    frames and needs only their number. Raises Misaligned.
    """
    if path.suffix == ".npy":
        labels = _classes_of(_read_array(path, alignment), alignment, classes)
        if len(labels) != len(times):
            raise Misaligned(f"has {len(times)} frames, but its transcript {len(labels)} symbols")
        return labels
    ends, symbols = _read_stretches(path)
    stretch = np.searchsorted(ends, times, side="right")
    return _classes_of(symbols, alignment, classes)[np.minimum(stretch, len(symbols) - 1)]


def _read_stretches(path: Path) -> tuple[NDArray[np.int64], list[str]]:
    """The end of each stretch, in samples, and its symbol."""
    ends: list[int] = []
    symbols: list[str] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            start, end, symbol = line.split()
            ordered = int(start) == (ends[-1] if ends else 0) and int(end) > int(start)
        except ValueError:
            ordered = False
        if not ordered:
            raise Misaligned(f"its transcript reads '{line.strip()}' in line {number}")
        ends.append(int(end))
        symbols.append(symbol)
    if not ends:
        raise Misaligned("its transcript is empty")
    return np.array(ends), symbols


def _read_array(path: Path, alignment: Alignment) -> list[str]:
    try:
        symbols = [str(symbol) for symbol in np.load(path)]
    except (ValueError, OSError, EOFError) as error:
        raise Misaligned(f"its transcript cannot be read: {error}") from error
    if symbols and symbols[0] in alignment.ends:
        symbols = symbols[1:]
    return symbols[:-1] if symbols and symbols[-1] in alignment.ends else symbols


def _classes_of(
    symbols: Sequence[str], alignment: Alignment, classes: Sequence[str]
) -> NDArray[np.int16]:
    number: Mapping[str, int] = {name: n for n, name in enumerate(classes)}
    folded = [alignment.fold.get(symbol, symbol) for symbol in symbols]
    unknown = next((s for s, name in zip(symbols, folded) if name not in number), None)
    if unknown is not None:
        raise Misaligned(f"its transcript holds '{unknown}', which is none of the labels")
    return np.array([number[name] for name in folded], np.int16)
