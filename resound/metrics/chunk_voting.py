"""Pieces of a recording, judged together by the mean of their scores."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray


def recording(item: str) -> str:
    """The recording that an item is a piece of: `M05N01` of `M05N01@2`."""
    return item.rsplit("@", 1)[0]


def voted(
    table: Mapping[str, NDArray[np.str_]], classes: Sequence[str]
) -> dict[str, NDArray[np.str_]]:
    """Predictions a row a recording, in the order of their first pieces.

    Scores are the means over a recording's pieces in one fold and part; the highest wins.
    """
    scores = np.stack([table[f"score_{name}"].astype(float) for name in classes], axis=1)
    rows: dict[tuple[str, str, str], list[int]] = {}
    for n, (fold, item, part) in enumerate(zip(table["fold"], table["id"], table["part"])):
        rows.setdefault((fold, recording(item), part), []).append(n)
    means = np.stack([scores[own].mean(axis=0) for own in rows.values()])
    first = [own[0] for own in rows.values()]
    return {
        "fold": table["fold"][first],
        "id": np.array([item for _, item, _ in rows]),
        "part": table["part"][first],
        "label": table["label"][first],
        "predicted": np.array(classes)[means.argmax(axis=1)],
        **{f"score_{name}": means[:, n].astype(str) for n, name in enumerate(classes)},
    }
