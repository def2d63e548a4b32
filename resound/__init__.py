"""resound: reproducible speech and audio experiments.

The package that the stage scripts, the rules and notebooks import; importing it imports nothing.
"""

from importlib import import_module
from os import PathLike
from typing import Any


def load(folder: str | PathLike[str], **options: Any) -> Any:
    """Return the classifier of a run (`results/runs/<experiment>/<seed>`), ready to predict.

    It is a `resound.prediction.predictor.Predictor`, whose `options` are `fold`, `pretrained` and
    `device`. Raises UserError if the folder holds no model.

    >>> model = resound.load("results/runs/digits_cnn/42")
    >>> for prediction in model.predict(["a.wav", "b.mp3"]):
    ...     print(prediction.item, prediction.label, prediction.rejected)
    """
    # By name: every stage imports this package, and must not become stale by all that is below.
    return import_module("resound.prediction.predictor").Predictor(folder, **options)
