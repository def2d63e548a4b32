"""The computations of an architecture search."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, get_args

import numpy as np

from resound.data.folds import Part
from resound.runtime.progress import Progress
from resound.studies.common.findings import Findings
from resound.studies.common.material import Material
from resound.studies.search.findings import (
    FinalModel,
    Search,
    equivalence_claim,
    learning_claim,
    models_table,
    pruning_claim,
    search_plots,
    searches_table,
    settings_table,
)
from resound.studies.search.settings import Settings
from resound.studies.search.space import replace_settings
from resound.studies.search.trials import (
    SearchSettings,
    Strategy,
    TrainingCurves,
    Trial,
    build_learner,
    open_journal,
    run_search,
)
from resound.training.checkpoint import Checkpoint
from resound.training.inputs.arrangement import arrange
from resound.training.inputs.dense import dense_array
from resound.training.inputs.settings import Input
from resound.training.learner import Examples, predict_classes
from resound.training.loop import train
from resound.training.settings import Training

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)
BY_HAND, SEARCHED = "designed by hand", "searched"


def compute_findings(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
    experiment: Mapping[str, Any],
    code: str,
) -> Findings:
    """Search, train the best model and the one designed by hand to the end, and compare them.

    `experiment` has the `input`, `model` and `train` settings of the model designed by hand.
    `folder` keeps finished trials and checkpoints, from which an interrupted run resumes if the
    version of its `code` is the same.
    """
    (material,) = materials
    examples = load_examples(material, experiment, "train", "validation")
    fingerprint = search_fingerprint(settings, experiment, examples, code)
    search_settings = shared_settings(settings)
    curves = TrainingCurves(experiment, examples, search_settings)
    open_search = open_journal(folder, fingerprint)
    searches = []
    for pruning in (False, True):
        for strategy in STRATEGIES:
            runs = []
            for repeat in range(settings.repeats):
                name = f"{strategy}, {'pruned' if pruning else 'unpruned'}, {repeat + 1}"
                trials = run_search(
                    strategy, pruning, repeat, search_settings, curves, open_search(name)
                )
                runs.append(trials)
                best = max(trial.curve[-1] for trial in trials if not trial.pruned)
                progress(f"{name}: validation accuracy {best:.4f}")
            searches.append(Search(strategy, pruning, runs))
    models = {
        BY_HAND: dict(experiment),
        SEARCHED: replace_settings(experiment, best_trial(searches).values),
    }
    all_examples = load_examples(material, experiment, "train", "validation", "test")
    final_models = {
        name: train_to_end(
            model, all_examples, settings.seed, folder / f"{name}.safetensors", fingerprint
        )
        for name, model in models.items()
    }
    return Findings(
        title="Architecture search",
        method=(
            f"{settings.repeats} searches of {settings.trials} trials by each of three strategies,"
            f" without and with pruning, over {' x '.join(settings.space)}. A trial is"
            f" {settings.epochs} epochs and counts by its accuracy on"
            f" {len(examples.targets['validation'])} validation items"
            f" ({len(curves.curves)} different models were trained). The best of all and the model"
            f" of {settings.baseline} were then trained on the same items for"
            f" {experiment['train']['epochs']} epochs, of which the most accurate on the validation"
            " part was kept; only then was the test part used."
        ),
        claims=[
            equivalence_claim(final_models[SEARCHED], final_models[BY_HAND], settings.margin),
            learning_claim(searches),
            pruning_claim(searches, settings.margin),
        ],
        tables=[
            models_table(final_models),
            settings_table(settings.space, models),
            searches_table(searches),
        ],
        plots=search_plots(searches, list(curves.curves.values()), settings.epochs),
    )


def load_examples(material: Material, experiment: Mapping[str, Any], *parts: Part) -> Examples:
    """Return the examples of these parts, with inputs as the experiment's model takes them."""
    items = {part: material.parts[part] for part in parts}
    inputs = arrange(material.features, items, Input(**experiment["input"]))
    targets = {part: material.labels(items[part]) for part in parts}
    return Examples(inputs, targets, len(material.classes))


def shared_settings(settings: Settings) -> SearchSettings:
    """Return the settings that all searches of the study share."""
    names = [field.name for field in fields(SearchSettings)]
    return SearchSettings(**{name: getattr(settings, name) for name in names})


def search_fingerprint(
    settings: Settings, experiment: Mapping[str, Any], examples: Examples, code: str
) -> str:
    """Return a digest of everything that trials depend on: settings, data and code."""
    shared = asdict(shared_settings(settings))
    config = json.dumps([shared, experiment], sort_keys=True)
    digest = hashlib.sha256(f"{code} {version('optuna')} {config}".encode())
    for part in ("train", "validation"):
        digest.update(np.ascontiguousarray(dense_array(examples.inputs[part])).data)
        digest.update(np.ascontiguousarray(examples.targets[part]).data)
    return digest.hexdigest()


def best_trial(searches: Sequence[Search]) -> Trial:
    """Return the trial that is most accurate on the validation part, the first of equal ones."""
    trials = [trial for search in searches for run in search.runs for trial in run]
    return max((t for t in trials if not t.pruned), key=lambda trial: trial.curve[-1])


def train_to_end(
    experiment: Mapping[str, Any], examples: Examples, seed: int, file: Path, fingerprint: str
) -> FinalModel:
    """Train a model for all its epochs and evaluate it; `file` stores its last finished epoch.

    No number of epochs suits all learning rates, so the epoch with the best accuracy on the
    validation part is kept for every model.
    """
    training = replace(Training(**experiment["train"]), checkpoint="best_validation")
    learner = build_learner(experiment, examples, seed)
    config = json.dumps(experiment, sort_keys=True)
    checkpoint = Checkpoint(file, f"{fingerprint} {seed} {config}")
    train(learner, training, examples, checkpoint)
    correct = {
        part: predict_classes(learner, examples.inputs[part]) == examples.targets[part]
        for part in ("validation", "test")
    }
    checkpoint.discard()
    return FinalModel(learner.parameters, float(correct["validation"].mean()), correct["test"])
