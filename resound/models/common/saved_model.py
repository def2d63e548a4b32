"""Saved models: everything that is needed to use a trained model on other recordings.

The folder of a run's model has a `model.json` with the model's settings, the configuration of its
features, and its classes. For each fold (or directly in the folder, if there is one) it has the
learner's own files, `inputs.json` with the shape of an item and the padded length, and
`inputs.safetensors` with the means and standard deviations of the inputs, and their principal axes
if the model takes principal components.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from resound.arrays import Array
from resound.data.feature_cache import Features
from resound.data.folds import ONLY_FOLD
from resound.errors import UserError
from resound.io.files import read_json, write_json
from resound.models.common.kinds import kind_module
from resound.settings import typed
from resound.training.inputs.arrangement import Arrangement
from resound.training.inputs.base import ItemShape
from resound.training.inputs.settings import Input
from resound.training.learner import Examples, Learner
from resound.training.settings import Training

DESCRIPTION = "model.json"
_INPUTS, _MOMENTS = "inputs.json", "inputs.safetensors"
_PROJECTION = ("components.mean", "components.axes")
_FORMAT = 1


@dataclass(frozen=True)
class SavedModel:
    """A trained model with the arrangement of its inputs."""

    learner: Learner
    arrangement: Arrangement
    classes: list[str]
    configuration: Mapping[str, Any]
    """The feature configuration, with its `kind`."""
    of: Mapping[str, Any] | None = None
    """The configuration of what an encoder takes, if the features are its hidden states."""
    chunks: Mapping[str, float] | None = None
    """The `seconds` of the chunks into which recordings were divided, and the `min_seconds` of the
    last, if they were."""

    def scores(self, features: Features, clips: NDArray[np.intp]) -> Array:
        """Return a score for each clip (or frame) and class, shape (items, classes)."""
        inputs = self.arrangement.apply(features, clips)
        return np.concatenate([self.learner.scores(chunk) for chunk in inputs.chunks()])


def save_fold(
    folder: Path, fold: str, learner: Learner, arrangement: Arrangement, item_shape: ItemShape
) -> None:
    """Write what belongs to the model of one fold below `folder`."""
    own = _fold_folder(folder, fold)
    own.mkdir(parents=True, exist_ok=True)
    learner.save(own)
    write_json(own / _INPUTS, {"item_shape": item_shape, "length": arrangement.length})
    tensors = {
        f"{part}/{name}": array
        for part, moments in arrangement.moments.items()
        for name, array in zip(("mean", "deviation"), moments)
    }
    if arrangement.projection:
        tensors |= dict(zip(_PROJECTION, arrangement.projection))
    save_file(tensors, own / _MOMENTS)


def save_description(
    folder: Path,
    folds: list[str],
    classes: list[str],
    configuration: Mapping[str, Any],
    settings: Mapping[str, Any],
) -> None:
    """Write `model.json`; `settings` are those of the experiment: `model`, `input` and `train`."""
    description = {
        "format": _FORMAT,
        "folds": folds,
        "classes": classes,
        "features": configuration,
        "of": settings.get("of"),
        "chunks": settings.get("chunks"),
        **{name: settings[name] for name in ("model", "input", "train")},
    }
    write_json(folder / DESCRIPTION, description)


def load_model(folder: Path, fold: str | None = None, device: str = "cpu") -> SavedModel:
    """Load the model of a fold (default: the first) from the folder of a run's model.

    Raises UserError if the folder holds no such model.
    """
    if not (folder / DESCRIPTION).is_file():
        raise UserError(f"{folder} holds no model: there is no {DESCRIPTION}")
    description = read_json(folder / DESCRIPTION)
    folds = description["folds"]
    if fold is not None and fold not in folds:
        raise UserError(f"{folder} has no model of fold '{fold}'; it has {', '.join(folds)}")
    own = _fold_folder(folder, fold or folds[0])
    arrangement, item_shape = _load_arrangement(own, description["input"])
    classes = description["classes"]
    kind = kind_module(description["model"]["kind"])
    model = typed(kind.Settings, description["model"]).as_saved()
    training = replace(typed(Training, description["train"]), balance="none")
    examples = Examples(
        {"train": arrangement.empty(item_shape)}, {"train": np.zeros(0, np.int64)}, len(classes)
    )
    origin = {"origin": own} if hasattr(model, "pretrained") else {}
    learner: Learner = kind.learner(model, training, examples, 0, device, **origin)
    learner.load(own)
    features, of = description["features"], description.get("of")
    chunks = description.get("chunks")
    return SavedModel(learner, arrangement, classes, features, of, chunks)


def _load_arrangement(folder: Path, settings: Mapping[str, Any]) -> tuple[Arrangement, ItemShape]:
    shape, tensors = read_json(folder / _INPUTS), load_file(folder / _MOMENTS)
    mean, axes = (tensors.pop(name, None) for name in _PROJECTION)
    projection = None if mean is None or axes is None else (mean, axes)
    parts = dict.fromkeys(name.split("/")[0] for name in tensors)
    moments: Any = {part: (tensors[f"{part}/mean"], tensors[f"{part}/deviation"]) for part in parts}
    arrangement = Arrangement(Input(**settings), shape["length"], moments, projection)
    return arrangement, tuple(shape["item_shape"])


def _fold_folder(folder: Path, fold: str) -> Path:
    return folder if fold == ONLY_FOLD else folder / fold
