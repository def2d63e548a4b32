"""Items of a material to cluster or compare, as standardised rows."""

import numpy as np
from numpy.typing import NDArray

from resound.studies.common.material import Material

Vector = NDArray[np.float64]
Floats = NDArray[np.floating]
Labels = NDArray[np.int64]
Items = NDArray[np.intp]


def sample_known_items(material: Material, max_items: int, random: np.random.Generator) -> Items:
    """Return at most `max_items` random items of the training and test parts, without repeats."""
    items = np.union1d(material.parts["train"], material.parts["test"])
    return np.sort(random.permutation(items)[:max_items])


def standardise(rows: Floats, reference: Floats | None = None) -> Vector:
    """Return the rows minus the column means of `reference`, over its standard deviations.

    `reference` is the rows themselves by default. Constant columns are only centred.
    """
    reference = rows if reference is None else reference
    mean = reference.mean(axis=0, dtype=np.float64)
    std = reference.std(axis=0, dtype=np.float64)
    return np.asarray((rows - mean) / np.where(std > 0, std, 1))


def describe(material: Material) -> str:
    """Return corpus, features and split of a material, for a sentence."""
    return f"{material.data.corpus}, {material.data.features} ({material.data.split})"
