"""Train one model with one seed and let it predict every item.

Input: the index and its summary, the split, the features. Output: the model (safetensors), its
history (a row an epoch), predictions and scores (a row an item), and provenance. Method: the
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
from scripts.lib.splits import PARTS
from scripts.lib.tables import read_table, write_table
from scripts.lib.training import Checkpoint, Examples, Training, train


def main(
    index: Path,
    summary: Path,
    parts: Path,
    matrix: Path,
    offsets: Path,
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
    training, device = Training(**settings["train"]), device_for(gpus)
    table, split, classes = read_table(index), read_table(parts), read_json(summary)["classes"]
    labels = np.array([classes.index(label) for label in table["label"]])
    clips = {part: np.flatnonzero(np.array(split["part"]) == part) for part in PARTS}
    clips = {part: where for part, where in clips.items() if len(where)}
    examples = Examples(
        arrange(Features.open(matrix, offsets), clips, Input(**settings["input"])),
        {part: labels[where] for part, where in clips.items()},
        len(classes),
    )
    checkpoint = Checkpoint(
        folder / "checkpoint.safetensors",
        _purpose(code, config, seed, parts.read_text(), matrix.stat().st_mtime_ns),
    )
    with threadpool_limits(training.threads):
        model = kind.Settings(**settings["model"])
        learner = kind.learner(model, training, examples, seed, device)
        history = train(learner, training, examples, checkpoint, announce)
        scores = {part: learner.scores(inputs) for part, inputs in examples.inputs.items()}
    with replacing(folder / "model.safetensors") as draft:
        save_file(learner.weights(), draft, metadata={"trained": f"seed {seed}, {config}"})
    columns = list(dict.fromkeys(name for figures in history for name in figures))
    write_table(folder / "history.csv", columns, ([f[c] for c in columns] for f in history))
    rows = (
        (table["id"][clip], part, classes[labels[clip]], classes[row.argmax()])
        + tuple(f"{score:.6g}" for score in row)
        for part, where in clips.items()
        for clip, row in zip(where, scores[part])
    )
    header = ("id", "part", "label", "predicted", *(f"score_{name}" for name in classes))
    write_table(folder / "predictions.csv", header, rows)
    facts = {"parameters": learner.parameters, "seed": seed, "config": settings, "code": code}
    write_json(folder / "provenance.json", provenance(watch, device, **facts))
    checkpoint.discard()


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
            config=job.params.config,
            code=job.params.code,
            seed=int(job.wildcards.seed),
            gpus=job.resources.get("gpu", 0),
            folder=Path(job.output.model).parent,
            announce=told,
        )
