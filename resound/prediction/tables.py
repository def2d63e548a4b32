"""Predictions as tables: one row per recording or text, or one per segment."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from resound.data.names import printable
from resound.io.csv_table import write_table
from resound.prediction.predictor import Prediction, Predictor
from resound.prediction.segments import find_segments
from resound.runtime.progress import Progress

SEGMENT_COLUMNS = ("path", "start", "end", "label", "rejected")


_REPORTED = 1000
"""Items between two lines of progress."""


def write_predictions(
    path: Path,
    predictor: Predictor,
    predictions: Iterable[Prediction],
    items: int,
    progress: Progress,
) -> None:
    """Write predictions as they are made: a rejected item has the reason instead.

    The columns are the item, its label, the score of each class with six digits, and the reason; or
    those of segments, with times in seconds, if the model predicts frames. `progress` is called now
    and then with the number of predictions, of `items` in all.
    """
    predictions = _report(predictions, items, progress)
    if predictor.predicts_frames:
        write_table(path, SEGMENT_COLUMNS, _segment_rows(predictor, predictions))
        return
    item = "row" if predictor.takes_texts else "path"
    columns = (item, "label", *predictor.score_columns, "rejected")
    write_table(path, columns, _score_rows(predictor, predictions))


def _report(
    predictions: Iterable[Prediction], items: int, progress: Progress
) -> Iterator[Prediction]:
    for number, prediction in enumerate(predictions, 1):
        yield prediction
        if number % _REPORTED == 0 or number == items:
            progress(f"{number} of {items} predicted")


def _score_rows(
    predictor: Predictor, predictions: Iterable[Prediction]
) -> Iterator[tuple[object, ...]]:
    for prediction in predictions:
        scores = [f"{score:.6g}" for score in prediction.scores] or [""] * len(predictor.classes)
        yield (printable(prediction.item), prediction.label, *scores, prediction.rejected)


def _segment_rows(
    predictor: Predictor, predictions: Iterable[Prediction]
) -> Iterator[tuple[object, ...]]:
    for prediction in predictions:
        item = printable(prediction.item)
        if prediction.frames is None:
            yield (item, "", "", "", prediction.rejected)
            continue
        for segment in find_segments(prediction.frames, predictor.classes, predictor.hop_s):
            yield (item, *segment, "")
