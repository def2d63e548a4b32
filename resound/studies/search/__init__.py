"""Architecture search over the project's own models, beside the model that was made by hand.

The settings of an existing experiment are the model made by hand; the space names those that a
search may choose otherwise. Searches see training and validation items; the test part is opened
for the two models at the end.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import numpy as np
from annotated_types import Ge, MaxLen, MinLen

from resound.data.folds import Part
from resound.settings import Natural, Positive, Share, settings
from resound.studies.common.findings import Findings
from resound.studies.common.material import Data, Material
from resound.studies.search.findings import (
    Judged,
    Search,
    as_good,
    figures,
    learning_pays,
    models_table,
    pruning_pays,
    searches_table,
    settings_table,
)
from resound.studies.search.space import Space, varied
from resound.studies.search.trials import (
    Rules,
    Strategy,
    Trainings,
    Tried,
    learner_of,
    opened,
    searched,
)
from resound.training.inputs.arrange import Input, arrange
from resound.training.loop import Checkpoint, Examples, Training, predictions, train
from resound.workflow.versions import code_version, stage_config

STRATEGIES: tuple[Strategy, ...] = get_args(Strategy)


@settings
class Settings:
    """Random, model-based and evolutionary search, each with and without pruning, repeated."""

    kind: Literal["search"]
    """Automatic search for a model, beside one made by hand."""
    data: Annotated[list[Data], MinLen(1), MaxLen(1)]
    """What models learn, by a split with a validation part, which the search goes by."""
    beside: str
    """The classification whose model was made by hand. What the space leaves open is as there."""
    space: Annotated[Space, MinLen(1)]
    """By `model.` or `train.` and the name of a setting: a list of choices, or a range."""
    trials: Positive
    """Of each search."""
    epochs: Positive
    """Of each trial. At the end both models are trained as long as the experiment says."""
    repeats: Positive = 1
    """How often each strategy searches, by other draws."""
    start: Annotated[int, Ge(2)] = 4
    """Trials drawn by chance before a search learns, and trials of a generation."""
    patience: Positive = 2
    """Epochs after which a trial is given up if it is below the median of those before it."""
    margin: Share = 0.02
    """A difference in accuracy that does not matter."""
    seed: Natural = 1


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Callable[[str], None],
    experiment: Mapping[str, Any],
) -> Findings:
    """Search, train what was found and what was made by hand, and compare them.

    `experiment` holds the `input`, `model` and `train` of the model made by hand.
    """
    (material,) = materials
    seen = examples(material, experiment, "train", "validation")
    fingerprint = search_fingerprint(settings, experiment, seen)
    rules = rules_of(settings)
    trainings = Trainings(experiment, seen, rules)
    open_search = opened(folder, fingerprint)
    searches = []
    for prunes in (False, True):
        for strategy in STRATEGIES:
            runs = []
            for repeat in range(settings.repeats):
                stored = open_search(f"{strategy}, {'pruned' if prunes else 'whole'}, {repeat + 1}")
                runs.append(searched(strategy, prunes, repeat, rules, trainings, stored))
                best = max(tried.curve[-1] for tried in runs[-1] if not tried.pruned)
                progress(f"{stored.study_name}: validation accuracy {best:.4f}")
            searches.append(Search(strategy, prunes, runs))
    found = best_of(searches)
    every = examples(material, experiment, "train", "validation", "test")
    models = {"made by hand": dict(experiment), "found": varied(experiment, found.values)}
    judged = {
        name: trained(made, every, settings.seed, folder / f"{name}.safetensors", fingerprint)
        for name, made in models.items()
    }
    return Findings(
        title="Architecture search",
        method=(
            f"{settings.repeats} searches of {settings.trials} trials by each of three strategies,"
            f" without and with pruning, over {' x '.join(settings.space)}. A trial is"
            f" {settings.epochs} epochs and counts by its accuracy on"
            f" {len(seen.targets['validation'])} validation items"
            f" ({len(trainings.curves)} different models were trained). The best of all and the"
            f" model of {settings.beside} were then trained on the same items for"
            f" {experiment['train']['epochs']} epochs, of which the most accurate on the validation"
            " part was kept; only then was the test part opened."
        ),
        claims=[
            as_good(judged["found"], judged["made by hand"], settings.margin),
            learning_pays(searches),
            pruning_pays(searches, settings.margin),
        ],
        tables=[
            models_table(judged),
            settings_table(settings.space, models),
            searches_table(searches),
        ],
        figures=figures(searches, list(trainings.curves.values()), settings.epochs),
    )


def examples(
    material: Material,
    experiment: Mapping[str, Any],
    *parts: Part,
) -> Examples:
    """These parts alone as the experiment's model takes them."""
    items = {part: material.parts[part] for part in parts}
    inputs = arrange(material.features, items, Input(**experiment["input"]))
    targets = {part: material.labels(items[part]) for part in parts}
    return Examples(inputs, targets, len(material.classes))


def rules_of(settings: Settings) -> Rules:
    """What all searches of the study have in common."""
    names = Rules.__dataclass_fields__
    return Rules(**{name: getattr(settings, name) for name in names})


def search_fingerprint(settings: Settings, experiment: Mapping[str, Any], seen: Examples) -> str:
    """A digest of all that trials depend on: settings, data, code."""
    kind = experiment["model"]["kind"]
    code = code_version("resound/studies/search/__init__.py", f"resound/models/{kind}.py")
    told = stage_config(rules=rules_of(settings), experiment=experiment)
    digest = hashlib.sha256(f"{code} {version('optuna')} {told}".encode())
    for part in ("train", "validation"):
        digest.update(np.ascontiguousarray(seen.inputs[part]).data)
        digest.update(np.ascontiguousarray(seen.targets[part]).data)
    return digest.hexdigest()


def best_of(searches: Sequence[Search]) -> Tried:
    """The most accurate trial on the validation part; of equals the first."""
    whole = [t for search in searches for run in search.runs for t in run if not t.pruned]
    return max(whole, key=lambda tried: tried.curve[-1])


def trained(
    made: Mapping[str, Any], every: Examples, seed: int, file: Path, fingerprint: str
) -> Judged:
    """A model trained to the end and judged; `file` keeps its last whole epoch.

    No one number of epochs suits all learning rates: the most accurate on the validation part is
    kept, whatever the model.
    """
    training = replace(Training(**made["train"]), checkpoint="best_validation")
    learner = learner_of(made, every, seed)
    checkpoint = Checkpoint(file, f"{fingerprint} {seed} {stage_config(**made)}")
    train(learner, training, every, checkpoint)
    right = {
        part: predictions(learner, every.inputs[part]) == every.targets[part]
        for part in ("validation", "test")
    }
    checkpoint.discard()
    return Judged(learner.parameters, float(right["validation"].mean()), right["test"])
