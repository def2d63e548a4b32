"""What is clustered: items of a material as standardised rows; and when a comparison is sure."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from resound.studies.common.material import Material

Vector = NDArray[np.float64]
Floats = NDArray[np.floating]
Labels = NDArray[np.int64]
Items = NDArray[np.intp]

SOURCE = "theory report, clustering"
ROUNDING = 1e-9
"""A rise of the cost by less than this share is one of rounding."""
LEVEL = 0.05
"""Differences that chance alone makes less often than this are taken as real."""


def known_items(material: Material, most: int, random: np.random.Generator) -> Items:
    """Items of the training and test parts, each once; so many at most, by chance."""
    items = np.union1d(material.parts["train"], material.parts["test"])
    return np.sort(random.permutation(items)[:most])


def standardised(rows: Floats, by: Floats | None = None) -> Vector:
    """Each column with mean 0 and deviation 1, or as `by` would need it."""
    by = rows if by is None else by
    mean, deviation = by.mean(axis=0, dtype=np.float64), by.std(axis=0, dtype=np.float64)
    return np.asarray((rows - mean) / np.where(deviation > 0, deviation, 1))


def sure(better: Sequence[bool], chances: Sequence[float]) -> bool | None:
    """True where each comparison came out better and none by chance, False where one surely came
    out worse, else None: open.
    """
    certain = [chance < LEVEL for chance in chances]
    if any(known and not well for known, well in zip(certain, better)):
        return False
    return True if all(certain) else None


def told_of(material: Material) -> str:
    """A material in words."""
    return f"{material.data.corpus}, {material.data.features} ({material.data.split})"
