"""Train one model with one seed, once per fold, and predict every item.

Input: the index and its summary, the split and the features of a dataset; the labels of frames if
the corpus has any; the manifest of the pretrained model if one is the starting point. Output: the
model (`resound.models.common.saved_model` describes the folder), its history (one row per
evaluation), predictions (one row per item) and provenance. Method: the module of the model's kind,
epoch by epoch; a killed run resumes after its last complete epoch.
"""

from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from resound.data.dataset import Dataset
from resound.io.csv_table import write_table
from resound.io.files import atomic_folder, read_json
from resound.models.common.kinds import kind_module
from resound.models.common.saved_model import save_description, save_fold
from resound.runtime.progress import Progress
from resound.runtime.stage import optional_input, stage
from resound.settings import typed
from resound.training.checkpoint import Checkpoint
from resound.training.inputs.arrangement import Arrangement
from resound.training.inputs.settings import Input
from resound.training.learner import Examples
from resound.training.loop import train
from resound.training.run import Run
from resound.training.settings import Training
from resound.training.targets import targets_of


def main(dataset: Dataset, pretrained: Path | None, run: Run, progress: Progress) -> None:
    """Train by the run's settings (configuration, input, model, train, exclude_classes)."""
    settings = run.settings
    dataset = dataset.exclude(settings["exclude_classes"])
    training, how = typed(Training, settings["train"]), Input(**settings["input"])
    targets, origin = targets_of(dataset), pretrained and read_json(pretrained)
    fingerprint = run.fingerprint(dataset, origin)
    history: list[dict[str, Any]] = []
    predictions: list[tuple[str, ...]] = []
    checkpoints: list[Checkpoint] = []
    with atomic_folder(run.folder / "model") as model, threadpool_limits(training.threads):
        for fold, clips in dataset.folds.items():
            arrangement = Arrangement.fit(how, dataset.features, clips)
            inputs = {p: arrangement.apply(dataset.features, n, p) for p, n in clips.items()}
            classes = {part: targets.of(items) for part, items in clips.items()}
            examples = Examples(inputs, classes, len(dataset.classes))
            file = run.folder / f"checkpoint{len(checkpoints)}.safetensors"
            checkpoints.append(Checkpoint(file, fingerprint))
            learner = _learner_factory(settings["model"], origin)(
                training, examples, run.seed, run.device
            )
            metrics = train(learner, training, examples, checkpoints[-1], progress)
            history += [{"fold": fold, **row} for row in metrics]
            for part, items in clips.items():
                rows = targets.predictions(learner, part, items, inputs[part])
                ids = (dataset.items["id"][item] for item in items)
                predictions += [(fold, name, part, *row) for name, row in zip(ids, rows)]
            save_fold(model, fold, learner, arrangement, inputs["train"].item_shape)
        folds = list(dataset.folds)
        save_description(model, folds, dataset.classes, settings["configuration"], settings)
    run.write_history(history)
    write_table(run.folder / "predictions.csv", targets.header, predictions)
    precision = getattr(learner, "precision", None)
    run.write_provenance(
        parameters=learner.parameters,
        # Only pretrained models have frozen parameters.
        total_parameters=getattr(learner, "total_parameters", learner.parameters),
        **(precision.facts() if precision else {}),
    )
    for checkpoint in checkpoints:
        checkpoint.discard()


def _learner_factory(settings: dict[str, Any], origin: Any) -> Any:
    """Return what makes a learner from training, examples, seed and device."""
    kind = kind_module(settings["kind"])
    factory = partial(kind.learner, typed(kind.Settings, settings))
    return partial(factory, origin=Path(origin["path"])) if origin else factory


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            dataset=Dataset.open(job.input),
            pretrained=optional_input(job.input, "pretrained"),
            run=Run.of(job, Path(job.output.history).parent, progress),
            progress=progress,
        )
