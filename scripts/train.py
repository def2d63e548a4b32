"""Train one model with one seed, once a fold, and let it predict every item.

Input: the index and its summary, the split, the features; the labels of frames where the corpus has
such, and where the pretrained model lies that a model begins as. Output: the model (safetensors; a
folder of `save_pretrained` a fold for a pretrained one, which `model.json` names), its history (a
row an epoch), predictions (a row an item) and provenance. Method: the module of the model's kind,
epoch by epoch; a killed run goes on after its last whole epoch.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file
from threadpoolctl import threadpool_limits

from resound.data.feature_cache import Features
from resound.data.folds import ONLY_FOLD, read_folds
from resound.io.csv_table import read_table, write_table
from resound.io.files import atomic_file, read_json, write_json
from resound.models.common.kinds import kind_module
from resound.provenance import Stopwatch, provenance
from resound.runtime.device import device_for
from resound.runtime.gpu_monitor import Utilisation
from resound.runtime.progress import Progress
from resound.runtime.stage import given, stage
from resound.settings import typed
from resound.training.fingerprint import run_fingerprint
from resound.training.inputs.arrange import Input, arrange
from resound.training.loop import Checkpoint, Examples, Tensors, Training, train
from resound.training.targets import ClipTargets, FrameTargets


def main(
    index: Path,
    summary: Path,
    parts: Path,
    matrix: Path,
    offsets: Path,
    frame_labels: Path | None,
    source: Path | None,
    config: str,
    code: str,
    seed: int,
    gpus: int,
    gpus_per_device: int,
    folder: Path,
    progress: Progress,
) -> None:
    """Train by `config` (JSON: input, model, train, left-out classes) and write into `folder`.

    `source` says where the pretrained model lies that a model begins as.
    """
    watch, settings = Stopwatch(), json.loads(config)
    device = device_for(gpus, gpus_per_device, progress)
    training, how = Training(**settings["train"]), Input(**settings["input"])
    learner_of = _learner_of(settings["model"], source)
    table, busy = read_table(index), Utilisation.of(device)
    features = Features.open(matrix, offsets)
    classes = [
        name for name in read_json(summary)["classes"] if name not in settings["exclude_classes"]
    ]
    told = _targets(frame_labels, features, table["label"], classes)
    arrays = [file for file in (matrix, frame_labels) if file]
    origin = source and read_json(source)
    fingerprint = run_fingerprint(code, config, seed, device, parts, arrays, origin)
    weights: Tensors = {}
    history: list[dict[str, object]] = []
    predictions: list[tuple[str, ...]] = []
    checkpoints: list[Checkpoint] = []
    folders: dict[str, str] = {}
    for fold, clips in read_folds(parts, table["id"]).items():
        targets = {part: told.of(where) for part, where in clips.items()}
        examples = Examples(arrange(features, clips, how), targets, len(classes))
        file = folder / f"checkpoint{len(checkpoints)}.safetensors"
        checkpoints.append(Checkpoint(file, fingerprint))
        with threadpool_limits(training.threads):
            learner = learner_of(training, examples, seed, device)
            epochs = train(learner, training, examples, checkpoints[-1], progress)
            for part, where in clips.items():
                rows = told.told(learner, part, where, examples.inputs[part])
                ids = (table["id"][clip] for clip in where)
                predictions += [(fold, item, part, *row) for item, row in zip(ids, rows)]
        prefix = "" if fold == ONLY_FOLD else f"{fold}/"
        if source:
            learner.save(folder / "model" / prefix, classes)
            folders[fold] = f"model/{prefix}"
        else:
            weights |= {prefix + name: tensor for name, tensor in learner.weights().items()}
        history += [{"fold": fold, **figures} for figures in epochs]
    if source:
        write_json(folder / "model.json", folders)
    else:
        with atomic_file(folder / "model.safetensors") as draft:
            save_file(weights, draft, metadata={"trained": f"seed {seed}, {config}"})
    columns = list(dict.fromkeys(name for figures in history for name in figures))
    write_table(folder / "history.csv", columns, ([f[c] for c in columns] for f in history))
    write_table(folder / "predictions.csv", told.header, predictions)
    facts = {"parameters": learner.parameters, "seed": seed, "config": settings, "code": code}
    # A model of our own has no frozen parts.
    facts["total_parameters"] = getattr(learner, "total_parameters", learner.parameters)
    precision = getattr(learner, "precision", None)
    if precision:
        facts |= precision.facts()
    write_json(folder / "provenance.json", provenance(watch, device, busy.mean(), **facts))
    for checkpoint in checkpoints:
        checkpoint.discard()


def _learner_of(told: dict[str, Any], source: Path | None) -> Callable[..., Any]:
    """What makes a learner of the settings `told`, on training, examples, seed and device."""
    kind = kind_module(told["kind"])
    make = partial(kind.learner, typed(kind.Settings, told))
    return partial(make, origin=Path(read_json(source)["path"])) if source else make


def _targets(
    frame_labels: Path | None, features: Features, labels: list[str], classes: list[str]
) -> ClipTargets | FrameTargets:
    if frame_labels is None:
        return ClipTargets(labels, classes)
    return FrameTargets(np.load(frame_labels, mmap_mode="r"), features.offsets, classes)


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            parts=Path(job.input.parts),
            matrix=Path(job.input.matrix),
            offsets=Path(job.input.offsets),
            frame_labels=given(job.input, "labels"),
            source=given(job.input, "source"),
            config=job.params.config,
            code=job.params.code,
            seed=int(job.wildcards.seed),
            gpus=job.resources.get("gpu", 0),
            gpus_per_device=job.config["gpus_per_device"],
            folder=Path(job.output.history).parent,
            progress=progress,
        )
