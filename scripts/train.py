"""Train one model with one seed, once a fold, and let it predict every item.

Input: the index and its summary, the split, the features, and the labels of frames where the corpus
has such. Output: the model (safetensors), its history (a row an epoch), predictions (a row an item)
and provenance. Method: the
module of the model's kind, epoch by epoch; a killed run goes on after its last whole epoch.
"""

import hashlib
import importlib
import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from threadpoolctl import threadpool_limits

from scripts.lib.device import device_for
from scripts.lib.features.store import Features
from scripts.lib.files import read_json, replacing, write_json
from scripts.lib.inputs import Input, arrange
from scripts.lib.log import Announce, stage
from scripts.lib.provenance import Stopwatch, provenance
from scripts.lib.splits import ONLY_FOLD, PARTS, read_folds
from scripts.lib.tables import read_table, write_table
from scripts.lib.targets import ClipTargets, FrameTargets
from scripts.lib.training import Checkpoint, Examples, Tensors, Training, train


def main(
    index: Path,
    summary: Path,
    parts: Path,
    matrix: Path,
    offsets: Path,
    frame_labels: Path | None,
    config: str,
    code: str,
    seed: int,
    gpus: int,
    folder: Path,
    announce: Announce,
) -> None:
    """Train by `config` (JSON: input, model, train) and write all outputs into `folder`."""
    watch, settings = Stopwatch(), json.loads(config)
    kind = importlib.import_module(f"scripts.lib.models.{settings['model']['kind']}")
    model, training = kind.Settings(**settings["model"]), Training(**settings["train"])
    how, device, table = Input(**settings["input"]), device_for(gpus), read_table(index)
    features, classes = Features.open(matrix, offsets), read_json(summary)["classes"]
    told = _targets(frame_labels, features, table["label"], classes)
    data = [file.stat().st_mtime_ns for file in (matrix, frame_labels) if file]
    purpose = _purpose(code, config, seed, parts.read_text(), data)
    weights: Tensors = {}
    history: list[dict[str, object]] = []
    predictions: list[tuple[str, ...]] = []
    checkpoints: list[Checkpoint] = []
    for fold, part_of in read_folds(parts).items():
        clips = {part: np.flatnonzero(part_of == part) for part in PARTS if part in part_of}
        targets = {part: told.of(where) for part, where in clips.items()}
        examples = Examples(arrange(features, clips, how), targets, len(classes))
        file = folder / f"checkpoint{len(checkpoints)}.safetensors"
        checkpoints.append(Checkpoint(file, purpose))
        with threadpool_limits(training.threads):
            learner = kind.learner(model, training, examples, seed, device)
            epochs = train(learner, training, examples, checkpoints[-1], announce)
            for part, where in clips.items():
                rows = told.told(learner, part, where, examples.inputs[part])
                ids = (table["id"][clip] for clip in where)
                predictions += [(fold, item, part, *row) for item, row in zip(ids, rows)]
        prefix = "" if fold == ONLY_FOLD else f"{fold}/"
        weights |= {prefix + name: tensor for name, tensor in learner.weights().items()}
        history += [{"fold": fold, **figures} for figures in epochs]
    with replacing(folder / "model.safetensors") as draft:
        save_file(weights, draft, metadata={"trained": f"seed {seed}, {config}"})
    columns = list(dict.fromkeys(name for figures in history for name in figures))
    write_table(folder / "history.csv", columns, ([f[c] for c in columns] for f in history))
    write_table(folder / "predictions.csv", told.header, predictions)
    facts = {"parameters": learner.parameters, "seed": seed, "config": settings, "code": code}
    write_json(folder / "provenance.json", provenance(watch, device, **facts))
    for checkpoint in checkpoints:
        checkpoint.discard()


def _targets(
    frame_labels: Path | None, features: Features, labels: list[str], classes: list[str]
) -> ClipTargets | FrameTargets:
    if frame_labels is None:
        return ClipTargets(labels, classes)
    return FrameTargets(np.load(frame_labels, mmap_mode="r"), features.offsets, classes)


def _purpose(*what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


if __name__ == "__main__":
    with stage() as (job, told):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            parts=Path(job.input.parts),
            matrix=Path(job.input.matrix),
            offsets=Path(job.input.offsets),
            frame_labels=Path(job.input.labels) if "labels" in job.input.keys() else None,  # noqa: SIM118
            config=job.params.config,
            code=job.params.code,
            seed=int(job.wildcards.seed),
            gpus=job.resources.get("gpu", 0),
            folder=Path(job.output.model).parent,
            announce=told,
        )
