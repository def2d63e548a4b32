"""Targets: one class per clip or one per frame, and predictions in the same form."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from resound.data import run_length
from resound.data.dataset import Dataset
from resound.data.folds import Part
from resound.training.inputs.base import Inputs
from resound.training.learner import Learner, predict_classes

COLUMNS = ("fold", "id", "part", "label", "predicted")
"""Columns of every table of predicted classes."""


class ClipTargets:
    """One class per clip; a clip of no class has -1."""

    def __init__(self, labels: Sequence[str], classes: Sequence[str]) -> None:
        number = {name: n for n, name in enumerate(classes)}
        self._labels, self._classes = labels, classes
        self._numbers = np.array([number.get(label, -1) for label in labels])
        self.header = (*COLUMNS, *(f"score_{name}" for name in classes))

    def of(self, clips: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the class number of each of `clips`."""
        return self._numbers[clips]

    def predictions(
        self, learner: Learner, part: Part, clips: NDArray[np.intp], inputs: Inputs
    ) -> Iterator[tuple[str, ...]]:
        """Yield for each clip its label, the predicted class and the score of each class."""
        for clip, row in zip(clips, learner.scores(inputs), strict=True):
            scores = (f"{score:.6g}" for score in row)
            yield self._labels[clip], self._classes[row.argmax()], *scores


class FrameTargets:
    """One class per frame; a frame without a label has -1."""

    header = COLUMNS

    def __init__(
        self, labels: NDArray[np.int16], offsets: NDArray[np.int64], classes: Sequence[str]
    ) -> None:
        self._labels, self._offsets, self._classes = labels, offsets, classes

    def of(self, clips: NDArray[np.intp]) -> NDArray[np.int16]:
        """Return the class number of each frame of `clips`, one clip after the other."""
        return np.concatenate([self._labels_of(clip) for clip in clips])

    def predictions(
        self, learner: Learner, part: Part, clips: NDArray[np.intp], inputs: Inputs
    ) -> Iterator[tuple[str, ...]]:
        """Yield for each clip its labels and the predicted ones, run-length encoded.

        Nothing for the training part, which has too many frames: its metrics are in the history.
        """
        if part == "train":
            return
        predicted = predict_classes(learner, inputs)
        ends = np.cumsum([len(self._labels_of(clip)) for clip in clips])
        for clip, classes in zip(clips, np.split(predicted, ends[:-1]), strict=True):
            labels = self._labels_of(clip)
            yield (
                run_length.encode(labels, self._classes),
                run_length.encode(classes, self._classes),
            )

    def _labels_of(self, clip: np.intp) -> NDArray[np.int16]:
        return self._labels[self._offsets[clip] : self._offsets[clip + 1]]


def targets_of(dataset: Dataset) -> ClipTargets | FrameTargets:
    """Return the targets of a dataset: those of frames if it has labels of frames."""
    if dataset.frame_labels is None:
        return ClipTargets(dataset.items["label"], dataset.classes)
    return FrameTargets(dataset.frame_labels, dataset.features.offsets, dataset.classes)
