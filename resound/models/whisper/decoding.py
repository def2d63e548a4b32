"""Decoding a dataset with a Whisper model: texts, or languages and their probabilities."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data.dataset import Dataset
from resound.data.folds import ONLY_FOLD, SCORED
from resound.errors import UserError
from resound.models.whisper.model import Count, Recogniser
from resound.models.whisper.settings import Decode
from resound.training.targets import COLUMNS

TEXT_COLUMNS = ("id", "part", "reference", "language", "hypothesis")
"""Columns of a table of texts."""

Table = tuple[Sequence[str], Iterator[Sequence[str]]]
"""Header and rows of a table of predictions."""


def decoded_items(dataset: Dataset, decode: Decode) -> list[tuple[int, str]]:
    """Return the items of the decoded parts in the order of the index, each with its part."""
    parts = dataset.folds[ONLY_FOLD]
    return sorted(
        (int(item), part) for part in decode.parts or SCORED for item in parts.get(part, ())
    )


def decode_dataset(
    recogniser: Recogniser, dataset: Dataset, decode: Decode, seed: int, progress: Count
) -> Table:
    """Return the predictions of all decoded items; `seed` is that of what is sampled.

    Raises UserError if the model does not know one of the languages.
    """
    items = decoded_items(dataset, decode)
    clips = [dataset.features.clip(item) for item, _ in items]
    ids = dataset.items["id"]
    if decode.task == "identify":
        header, rows = _languages(recogniser, clips, decode, dataset.classes, progress)
        labels = dataset.items["label"]
        known = [[ONLY_FOLD, ids[n], part, labels[n]] for n, part in items]
    else:
        header, rows = TEXT_COLUMNS, _texts(recogniser, clips, decode, seed, progress)
        references = dataset.items["text" if decode.task == "transcribe" else "translation"]
        known = [[ids[n], part, references[n]] for n, part in items]
    return header, ([*own, *row] for own, row in zip(known, rows, strict=True))


def _texts(
    recogniser: Recogniser, clips: Sequence[Any], decode: Decode, seed: int, progress: Count
) -> Iterator[Sequence[str]]:
    """Return for each clip its language, detected if the settings name none, and its text."""
    task, size, fallback = decode.task, decode.batch_size, decode.fallback
    if fallback is None and decode.language is None:
        return iter(recogniser.detected_texts(clips, task, size, progress))
    languages = [decode.language or ""] * len(clips)
    if decode.language is None:
        probabilities = recogniser.language_probabilities(clips, size)
        languages = [recogniser.languages[best] for best in probabilities.argmax(1)]
    if fallback is None:
        texts = recogniser.texts(clips, languages, task, size, progress, decode.margin_s)
        return zip(languages, texts)
    texts = recogniser.texts_with_fallback(clips, languages, task, fallback, seed, progress)
    return zip(languages, texts)


def _languages(
    recogniser: Recogniser,
    clips: Sequence[Any],
    decode: Decode,
    classes: Sequence[str],
    progress: Count,
) -> Table:
    """Return the header, and for each clip the likeliest language and the class probabilities."""
    for unknown in set(classes) - set(recogniser.languages):
        raise UserError(
            f"the corpus has the language '{unknown}', which the model does not know: classes must"
            " be language codes such as `fa`; `label_names` of the corpus can map labels to codes"
        )
    probabilities = recogniser.language_probabilities(clips, decode.batch_size, progress)
    columns = [recogniser.languages.index(name) for name in classes]
    rows = (
        [recogniser.languages[row.argmax()], *_class_probabilities(row, columns)]
        for row in probabilities
    )
    return (*COLUMNS, *(f"score_{name}" for name in (*classes, "other"))), rows


def _class_probabilities(row: NDArray[np.float32], columns: list[int]) -> list[str]:
    """Return the probabilities of the classes, and the sum of all other languages."""
    own = row[columns]
    return [f"{value:.6g}" for value in (*own, max(0.0, 1 - float(own.sum())))]
