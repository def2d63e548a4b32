"""Run-length coding of frame labels as text: `h#*12 AH*5` is 12 frames of `h#` and 5 of `AH`."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def encode(labels: NDArray[np.integer], classes: Sequence[str]) -> str:
    """Encode the runs of equal labels; a missing label (-1) is written as `?`."""
    if not len(labels):
        return ""
    bounds = np.flatnonzero(np.diff(labels, prepend=labels[0] - 1, append=labels[-1] - 1))
    names = ("?" if labels[n] < 0 else classes[labels[n]] for n in bounds[:-1])
    return " ".join(f"{name}*{count}" for name, count in zip(names, np.diff(bounds)))


def decode(text: str, classes: Sequence[str]) -> NDArray[np.int64]:
    """Return the label of each frame, shape (frames,)."""
    number = {name: n for n, name in enumerate(classes)} | {"?": -1}
    runs = [run.rsplit("*", 1) for run in text.split()]
    labels = [number[name] for name, _ in runs]
    return np.repeat(np.array(labels, np.int64), [int(count) for _, count in runs])
