"""Pretrained models from the Hugging Face hub: settings, download, and its library's logging."""

import os
import warnings
from collections.abc import Mapping
from pathlib import Path

from resound.errors import UserError
from resound.io.files import read_json
from resound.settings import Positive, settings

# Weights as safetensors, and the files that describe the model; no weights of other frameworks.
_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
# Older models have no safetensors; transformers loads these without executing pickled code.
_OLDER_WEIGHTS = ["pytorch_model*.bin"]


@settings
class Pretrained:
    """A pretrained model, in the file format of transformers' `save_pretrained`."""

    hub: str
    """Its name on the Hugging Face hub, such as `openai/whisper-small`."""
    revision: str
    """The commit on the hub, so that every download gets the same files."""
    folder: str | None = None
    """A local copy, used if it exists."""
    licence: str = "not stated"
    """The model's licence."""
    size_mb: Positive | None = None
    """The size of its download in megabytes."""
    demo_model: str | None = None
    """Which of `demo_models` replaces it on demo data."""


def model_folder(inputs: Mapping[str, str]) -> Path:
    """Return the folder of the model among a job's inputs.

    `tuned` is a file of a fine-tuned model; `pretrained` is the manifest of a pretrained one.
    """
    if "tuned" in inputs:
        return Path(inputs["tuned"]).parent
    return Path(read_json(inputs["pretrained"])["path"])


def fetch_model(name: str, revision: str) -> str:
    """Return the folder with the files of a model at a revision, downloaded unless cached.

    `HF_HOME` sets the cache, and `HF_HUB_OFFLINE=1` forbids downloading. Raises UserError if the
    model is neither cached nor can be downloaded.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        folder = snapshot_download(name, revision=revision, allow_patterns=_FILES)
        if not any(Path(folder).glob("*.safetensors")):
            snapshot_download(name, revision=revision, allow_patterns=_OLDER_WEIGHTS)
        return folder
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise UserError(
            f"{name} at revision {revision} is not available: {str(error).splitlines()[0]}."
            f" Download it on a machine with network access (`hf download {name} --revision"
            f" {revision}`) and copy its cache here (`HF_HOME`), or configure a local copy"
            " (`pretrained: {...: {folder: ...}}`)"
        ) from error


def silence_transformers() -> None:
    """Turn off the progress bars and warnings of transformers; errors are still shown."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    warnings.filterwarnings("ignore", module="transformers")
