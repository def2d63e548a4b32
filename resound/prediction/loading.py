"""A trained model of any kind, ready to be used, by its folder."""

from os import PathLike
from pathlib import Path
from typing import Any

from resound.prediction.predictor import Predictor
from resound.prediction.transcriber import Transcriber


def load(folder: str | PathLike[str], **options: Any) -> Predictor | Transcriber:
    """Return the model of a run, or of a model folder; see `resound.load`."""
    if _writes_texts(Path(folder)):
        return Transcriber(folder, **options)
    return Predictor(folder, **options)


def _writes_texts(folder: Path) -> bool:
    """Return whether there is what `save_pretrained` writes of models that generate texts."""
    return any((place / "generation_config.json").is_file() for place in (folder, folder / "model"))
