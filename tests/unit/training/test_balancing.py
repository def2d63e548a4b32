"""Undersampled and synthetic training parts."""

import numpy as np
from sklearn.neighbors import NearestNeighbors

from resound.training.balancing import smote, undersample

TARGETS = np.array([0] * 20 + [1] * 7 + [2] * 3)
ROWS = np.random.default_rng(0).standard_normal((30, 4)).astype(np.float32)


def test_every_class_is_undersampled_to_the_smallest() -> None:
    rows, targets = undersample(ROWS, TARGETS, np.random.default_rng(1))
    assert np.bincount(targets).tolist() == [3, 3, 3]
    origins = [int(np.flatnonzero((row == ROWS).all(axis=1))[0]) for row in rows]
    assert len(set(origins)) == 9
    assert (TARGETS[origins] == targets).all()


def test_synthetic_rows_are_between_near_neighbours_of_one_class() -> None:
    rows, targets = smote(ROWS, TARGETS, np.random.default_rng(1), neighbours=2)
    assert np.bincount(targets).tolist() == [20, 20, 20]
    assert (rows[:30] == ROWS).all() and rows.dtype == ROWS.dtype
    for row, label in zip(rows[30:], targets[30:], strict=True):
        members = ROWS[label == TARGETS]
        _, near = NearestNeighbors(n_neighbors=3).fit(members).kneighbors(members)
        detours = [
            np.linalg.norm(row - members[n])
            + np.linalg.norm(row - members[m])
            - np.linalg.norm(members[n] - members[m])
            for n, others in enumerate(near)
            for m in others[1:]
        ]
        assert min(detours) < 1e-5


def test_the_only_row_of_a_class_is_repeated() -> None:
    rows, targets = smote(ROWS[:5], np.array([0, 0, 0, 0, 1]), np.random.default_rng(1))
    assert targets.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert (rows[5:] == ROWS[4]).all()
