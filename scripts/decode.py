"""Ask a Whisper model what it hears in every recording of a split.

Input: the index and its summary, the split, the features, and the model as it came or as it was
fine-tuned. Output: predictions (a row an item: its text and what the model wrote, or its language
and the probability of each) and provenance. Method: greedy decoding in batches of like length.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data.feature_cache import Features
from resound.data.folds import ONLY_FOLD, SCORED, read_folds
from resound.errors import UserError
from resound.features import whisper
from resound.io.csv_table import read_table, write_table
from resound.io.files import read_json, write_json
from resound.models.common.pretrained import folder_of
from resound.models.whisper.model import Recogniser
from resound.models.whisper.settings import Decode
from resound.provenance import Stopwatch, costs_together, provenance
from resound.runtime.device import device_for
from resound.runtime.gpu_monitor import Utilisation
from resound.runtime.progress import Progress
from resound.runtime.stage import given, stage
from resound.training.targets import COLUMNS

_TEXT_COLUMNS = ("id", "part", "reference", "language", "hypothesis")


def main(
    model: Path,
    training: Path | None,
    index: Path,
    summary: Path,
    parts: Path,
    matrix: Path,
    offsets: Path,
    config: str,
    seed: int,
    gpus: int,
    gpus_per_device: int,
    folder: Path,
    progress: Progress,
) -> None:
    """Ask by `config` (JSON: the configuration, and what is asked); `model` is the model's folder."""
    import torch

    torch.set_num_threads(1)
    watch, settings = Stopwatch(), json.loads(config)
    device = device_for(gpus, gpus_per_device, progress)
    decode, configuration = (
        Decode(**settings["decode"]),
        whisper.Settings(**settings["configuration"]),
    )
    table, busy = read_table(index), Utilisation.of(device)
    recogniser = Recogniser(model, device, decode.precision == "half")
    recogniser.check_configuration(configuration)
    judged = [
        (item, part)
        for part, own in read_folds(parts, table["id"])[ONLY_FOLD].items()
        for item in own
        if part in SCORED
    ]
    judged.sort()
    items = [item for item, _ in judged]
    features = Features.open(matrix, offsets)
    clips = [features.clip(item) for item in items]

    def told(done: int) -> None:
        progress(f"{done} of {len(clips)} clips")

    asked = Stopwatch()
    if decode.task == "identify":
        header, rows = _languages(recogniser, clips, decode, read_json(summary)["classes"], told)
        known = ([ONLY_FOLD, table["id"][n], part, table["label"][n]] for n, part in judged)
    else:
        header, rows = _texts(recogniser, clips, decode, told)
        column = "text" if decode.task == "transcribe" else "translation"
        known = ([table["id"][n], part, table[column][n]] for n, part in judged)
    write_table(folder / "predictions.csv", header, ([*own, *row] for own, row in zip(known, rows)))
    facts: dict[str, Any] = {"parameters": 0, "seed": seed, "config": settings}
    facts["model_parameters"] = sum(p.numel() for p in recogniser.model.parameters())
    heard = sum(float(table["seconds"][n]) for n in items)
    facts["decoding"] = {"clips": len(clips), "audio_s": heard, "seconds": asked.seconds()}
    made = provenance(watch, device, busy.mean(), **facts, **recogniser.precision.facts())
    if training:
        tuned = read_json(training)
        made |= {"parameters": tuned["parameters"], "training": tuned}
        made |= costs_together(made, tuned)
    write_json(folder / "provenance.json", made)


def _texts(
    recogniser: Recogniser, clips: Sequence[Any], decode: Decode, told: Any
) -> tuple[Sequence[str], Iterator[Sequence[str]]]:
    """The header, and of each clip the language that it was taken for and what was written."""
    size = decode.batch_size
    if decode.language is None:
        return _TEXT_COLUMNS, iter(recogniser.detected_texts(clips, decode.task, size, told))
    languages = [decode.language] * len(clips)
    said = recogniser.texts(clips, languages, decode.task, size, told)
    return _TEXT_COLUMNS, iter(zip(languages, said))


def _languages(
    recogniser: Recogniser, clips: Sequence[Any], decode: Decode, classes: list[str], told: Any
) -> tuple[Sequence[str], Iterator[Sequence[str]]]:
    """The header, and of each clip the likeliest language and the probability of each class."""
    for unknown in set(classes) - set(recogniser.languages):
        raise UserError(
            f"the corpus has the language '{unknown}', which the model does not know: classes are"
            " codes such as `fa`; the corpus' `names` may call them so"
        )
    shares = recogniser.language_probabilities(clips, decode.batch_size, told)
    place = [recogniser.languages.index(name) for name in classes]
    rows = ([recogniser.languages[row.argmax()], *_written(row, place)] for row in shares)
    return (*COLUMNS, *(f"score_{name}" for name in (*classes, "other"))), rows


def _written(shares: NDArray[np.float32], place: list[int]) -> list[str]:
    """The probabilities of the classes, and of all other languages together."""
    own = shares[place]
    return [f"{share:.6g}" for share in (*own, max(0.0, 1 - float(own.sum())))]


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            model=folder_of(dict(job.input.items())),
            training=given(job.input, "training"),
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            parts=Path(job.input.parts),
            matrix=Path(job.input.matrix),
            offsets=Path(job.input.offsets),
            config=job.params.config,
            seed=int(job.wildcards.seed),
            gpus=job.resources.get("gpu", 0),
            gpus_per_device=job.config["gpus_per_device"],
            folder=Path(job.output.predictions).parent,
            progress=progress,
        )
