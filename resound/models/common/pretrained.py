"""Pretrained models: where they come from, and where they lie."""

from collections.abc import Mapping
from pathlib import Path

from resound.io.files import read_json
from resound.settings import Positive, settings


@settings
class Pretrained:
    """A model that others trained, in the files of transformers' `save_pretrained`."""

    hub: str
    """Its name on the Hugging Face hub, such as `openai/whisper-small`."""
    revision: str
    """The commit there, so that the same files come each time."""
    folder: str | None = None
    """A local copy, used where it is there."""
    licence: str = "not stated"
    """The model's licence."""
    size_mb: Positive | None = None
    """How large it is to fetch."""
    demo_model: str | None = None
    """Which of `demo_models` takes its place on demo data."""


def folder_of(inputs: Mapping[str, str]) -> Path:
    """The folder of the model among a job's inputs: `tuned`, or by its `source` as it came."""
    if "tuned" in inputs:
        return Path(inputs["tuned"]).parent
    return Path(read_json(inputs["source"])["path"])
