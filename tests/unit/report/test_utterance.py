"""The utterance of a run that is plotted."""

import numpy as np
import pytest

from resound.report.utterance import median_utterance, segments

CLASSES = ["SIL", "AA"]


def test_the_utterance_has_median_accuracy_on_the_test_part() -> None:
    rows = [
        {"id": "worst", "part": "test", "label": "SIL*4", "predicted": "AA*4"},
        {"id": "best", "part": "test", "label": "SIL*4", "predicted": "SIL*4"},
        {"id": "median", "part": "test", "label": "SIL*4", "predicted": "SIL*3 AA*1"},
        {"id": "trained", "part": "train", "label": "SIL*4", "predicted": "SIL*2 AA*2"},
    ]
    utterance = median_utterance(rows, CLASSES)
    assert (utterance.id, utterance.accuracy) == ("median", 0.75)
    assert utterance.predicted.tolist() == [0, 0, 0, 1]


def test_segments_are_runs_of_equal_labels_in_seconds() -> None:
    found = segments(np.array([0, 0, 1, 0]), CLASSES, 0.01)
    assert [symbol for symbol, _, _ in found] == ["SIL", "AA", "SIL"]
    bounds = [bound for _, *pair in found for bound in pair]
    assert bounds == pytest.approx([0.0, 0.02, 0.02, 0.03, 0.03, 0.04])
