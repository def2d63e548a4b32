"""Labels of frames as text: `h#*12 AH*5`, twelve frames of one and five of the next."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def encode(labels: NDArray[np.integer], classes: Sequence[str]) -> str:
    """The stretches of equal labels, in order; -1 is no label and reads `?`."""
    if not len(labels):
        return ""
    bounds = np.flatnonzero(np.diff(labels, prepend=labels[0] - 1, append=labels[-1] - 1))
    names = ("?" if labels[n] < 0 else classes[labels[n]] for n in bounds[:-1])
    return " ".join(f"{name}*{count}" for name, count in zip(names, np.diff(bounds)))


def decode(text: str, classes: Sequence[str]) -> NDArray[np.int64]:
    """The label of each frame again."""
    number = {name: n for n, name in enumerate(classes)} | {"?": -1}
    stretches = [stretch.rsplit("*", 1) for stretch in text.split()]
    labels = [number[name] for name, _ in stretches]
    return np.repeat(np.array(labels, np.int64), [int(count) for _, count in stretches])
