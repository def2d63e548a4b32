"""Combine the predictions for the chunks of a recording into one for the recording."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def recording_of(item: str) -> str:
    """Return the recording that an item is a chunk of: `M05N01` for `M05N01@2`."""
    return item.rsplit("@", 1)[0]


def combine_chunks(
    predictions: Mapping[str, NDArray[np.str_]], classes: Sequence[str]
) -> dict[str, NDArray[np.str_]]:
    """Return predictions with one row per recording, in the order of their first chunks.

    The score of a class is its mean over the recording's chunks in the same fold and part; the
    class with the highest mean is predicted.
    """
    scores = np.stack([predictions[f"score_{name}"].astype(float) for name in classes], axis=1)
    rows_of: dict[tuple[str, str, str], list[int]] = {}
    keys = zip(predictions["fold"], predictions["id"], predictions["part"])
    for row, (fold, item, part) in enumerate(keys):
        rows_of.setdefault((fold, recording_of(item), part), []).append(row)
    means = np.stack([scores[rows].mean(axis=0) for rows in rows_of.values()])
    first_rows = [rows[0] for rows in rows_of.values()]
    return {
        "fold": predictions["fold"][first_rows],
        "id": np.array([recording for _, recording, _ in rows_of]),
        "part": predictions["part"][first_rows],
        "label": predictions["label"][first_rows],
        "predicted": np.array(classes)[means.argmax(axis=1)],
        **{f"score_{name}": means[:, n].astype(str) for n, name in enumerate(classes)},
    }
