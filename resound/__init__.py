"""resound: reproducible speech and audio experiments.

The package that the stage scripts, the rules and notebooks import; importing it imports nothing.
"""

from importlib import import_module
from os import PathLike
from typing import Any


def load(folder: str | PathLike[str], **options: Any) -> Any:
    """Return the model of a run (`results/runs/<experiment>/<seed>`), ready to be used.

    A classifier is a `resound.prediction.predictor.Predictor`, whose `options` are `fold`,
    `pretrained` and `device`. A Whisper model, also one that is not of a run, is a
    `resound.prediction.transcriber.Transcriber` with `settings` and `device`. Raises UserError if
    the folder holds no model.

    >>> model = resound.load("results/runs/digits_cnn/42")
    >>> for prediction in model.predict(["a.wav", "b.mp3"]):
    ...     print(prediction.item, prediction.label, prediction.rejected)
    >>> print(resound.load("models/whisper-small").transcribe("talk.mp3").text)
    """
    # By name: every stage imports this package, and must not become stale by all that is below.
    return import_module("resound.prediction.loading").load(folder, **options)
