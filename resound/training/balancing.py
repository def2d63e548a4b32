"""Balanced training parts of classifiers of one row per clip."""

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array


def undersample(
    rows: Array, targets: NDArray[np.integer], random: np.random.Generator
) -> tuple[Array, NDArray[np.integer]]:
    """Return rows and targets with as many items of each class as the smallest class has.

    The items of larger classes are drawn without replacement. `rows` has shape (items, elements).
    """
    members = [np.flatnonzero(targets == label) for label in np.unique(targets)]
    smallest = min(map(len, members))
    drawn = np.concatenate([random.choice(items, smallest, replace=False) for items in members])
    return rows[drawn], targets[drawn]


def smote(
    rows: Array, targets: NDArray[np.integer], random: np.random.Generator, neighbours: int = 5
) -> tuple[Array, NDArray[np.integer]]:
    """Return rows and targets with synthetic items: every class is as large as the largest.

    A synthetic item is at a random position between an item of its class and one of that item's
    nearest `neighbours` in the class (Chawla et al. 2002). `rows` has shape (items, elements).
    """
    labels, counts = np.unique(targets, return_counts=True)
    synthetic = [
        _interpolate(rows[targets == label], counts.max() - count, random, neighbours)
        for label, count in zip(labels, counts, strict=True)
    ]
    return (
        np.concatenate([rows, *synthetic]),
        np.concatenate([targets, np.repeat(labels, counts.max() - counts)]),
    )


def _interpolate(rows: Array, count: int, random: np.random.Generator, neighbours: int) -> Array:
    """Return `count` points between rows and their nearest neighbours, shape (count, elements)."""
    from scipy.spatial.distance import cdist

    distances = cdist(rows, rows)
    np.fill_diagonal(distances, np.inf)
    # A row without other rows is its own neighbour.
    nearest = distances.argsort(axis=1)[:, : max(1, min(neighbours, len(rows) - 1))]
    origins = random.integers(len(rows), size=count)
    ends = nearest[origins, random.integers(nearest.shape[1], size=count)]
    share = random.random((count, 1))
    points: Array = (rows[origins] + share * (rows[ends] - rows[origins])).astype(rows.dtype)
    return points
