"""Predictions of chunks are combined into one per recording."""

import numpy as np
import pytest

from resound.metrics.chunk_voting import combine_chunks, recording_of


def test_chunks_belong_to_their_recording() -> None:
    assert recording_of("female/F01A02@3") == recording_of("female/F01A02") == "female/F01A02"


def test_chunks_vote_by_their_mean_scores() -> None:
    rows = [
        ("1", "x@0", "test", "a", "a", ".6", ".4"),
        ("1", "x@1", "test", "a", "b", ".1", ".9"),
        ("1", "y", "test", "b", "b", ".2", ".8"),
        ("2", "x@0", "train", "a", "a", ".7", ".3"),
    ]
    columns = ("fold", "id", "part", "label", "predicted", "score_a", "score_b")
    predictions = {name: np.array(column) for name, column in zip(columns, zip(*rows))}
    combined = combine_chunks(predictions, ["a", "b"])
    assert combined["id"].tolist() == ["x", "y", "x"]
    assert combined["fold"].tolist() == ["1", "1", "2"]
    assert combined["predicted"].tolist() == ["b", "b", "a"]
    assert combined["score_a"].astype(float) == pytest.approx([0.35, 0.2, 0.7])
