"""What a model is to say, a class a clip or a class a frame, and how what it says is written."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data import run_length
from resound.data.folds import Part
from resound.training.loop import Learner, predictions

COLUMNS = ("fold", "id", "part", "label", "predicted")
"""Of every table of predictions."""


class ClipTargets:
    """A class a clip; a clip of no class has -1."""

    def __init__(self, labels: Sequence[str], classes: Sequence[str]) -> None:
        number = {name: n for n, name in enumerate(classes)}
        self._labels, self._classes = labels, classes
        self._numbers = np.array([number.get(label, -1) for label in labels])
        self.header = (*COLUMNS, *(f"score_{name}" for name in classes))

    def of(self, clips: NDArray[np.intp]) -> NDArray[np.int64]:
        """The class number of each of `clips`."""
        return self._numbers[clips]

    def told(
        self, learner: Learner, part: Part, clips: NDArray[np.intp], inputs: Any
    ) -> Iterator[tuple[str, ...]]:
        """For each clip its label, what the learner says, and the score of each class."""
        for clip, row in zip(clips, learner.scores(inputs), strict=True):
            scores = (f"{score:.6g}" for score in row)
            yield self._labels[clip], self._classes[row.argmax()], *scores


class FrameTargets:
    """A class a frame; a frame without a label has -1."""

    header = COLUMNS

    def __init__(
        self, labels: NDArray[np.int16], offsets: NDArray[np.int64], classes: Sequence[str]
    ) -> None:
        self._labels, self._offsets, self._classes = labels, offsets, classes

    def of(self, clips: NDArray[np.intp]) -> NDArray[np.int16]:
        """The class number of each frame of `clips`, one clip after the other."""
        return np.concatenate([self._labels_of(clip) for clip in clips])

    def told(
        self, learner: Learner, part: Part, clips: NDArray[np.intp], inputs: Any
    ) -> Iterator[tuple[str, ...]]:
        """For each clip the stretches of its labels, and of what the learner says.

        Nothing for the training part, whose frames are many: its history tells of them.
        """
        if part == "train":
            return
        predicted = predictions(learner, inputs)
        ends = np.cumsum([len(self._labels_of(clip)) for clip in clips])
        for clip, said in zip(clips, np.split(predicted, ends[:-1]), strict=True):
            labels = self._labels_of(clip)
            yield run_length.encode(labels, self._classes), run_length.encode(said, self._classes)

    def _labels_of(self, clip: np.intp) -> NDArray[np.int16]:
        return self._labels[self._offsets[clip] : self._offsets[clip + 1]]
