"""Bring a pretrained model here: trained small on the spot, or as others trained it.

Input: where it comes from (params). Output: `data/models/{model}/source.json`, which says in which
folder its files lie. Method: a demo model is trained on practice speech or texts; a real one is used
where a local copy lies, else taken from the Hugging Face hub or its cache, at the pinned revision.
"""

import importlib
import json
from pathlib import Path
from typing import Any

from resound.errors import UserError
from resound.io.files import atomic_folder, write_json
from resound.runtime.progress import Progress
from resound.runtime.stage import stage

# Weights as safetensors and what belongs to them; no weights of other frameworks.
_FILES = ["*.json", "*.txt", "*.model", "*.safetensors"]
# Older models have none; transformers reads these without running what they hold.
_OLDER = ["pytorch_model*.bin"]


def main(config: str, manifest: Path, progress: Progress) -> None:
    """Provide the model that `config` (JSON: `demo_model` and its configuration, or `pretrained`) names."""
    settings = json.loads(config)
    if "demo_model" in settings:
        folder = manifest.parent / "demo_model"
        _make(settings["demo_model"], settings["configuration"], folder, progress)
        write_json(manifest, {"kind": "demo model", "path": str(folder)})
        return
    model = settings["pretrained"]
    if model["folder"] and Path(model["folder"]).is_dir():
        write_json(manifest, {"kind": "folder", "path": model["folder"]})
        return
    progress(f"looking for {model['hub']} at revision {model['revision'][:8]}")
    path = from_hub(model["hub"], model["revision"])
    write_json(manifest, {"kind": "hub", "path": path, "revision": model["revision"]})


def from_hub(name: str, revision: str) -> str:
    """The folder of a model's files at a revision, fetched where the cache lacks them.

    `HF_HOME` says where the cache is and `HF_HUB_OFFLINE=1` forbids fetching. Raises UserError
    where the model can be had neither way.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        folder = snapshot_download(name, revision=revision, allow_patterns=_FILES)
        if not any(Path(folder).glob("*.safetensors")):
            snapshot_download(name, revision=revision, allow_patterns=_OLDER)
        return folder
    except (OSError, ValueError, HfHubHTTPError) as error:
        raise UserError(
            f"{name} at revision {revision} cannot be had: {str(error).splitlines()[0]}. Fetch it"
            f" where there is a network (`hf download {name} --revision {revision}`) and bring its"
            " cache here (`HF_HOME`), or say where a local copy lies (`pretrained: {...: {folder:"
            " ...}}`)"
        ) from error


def _make(
    settings: dict[str, Any], configuration: dict[str, Any] | None, folder: Path, progress: Progress
) -> None:
    """Train a demo model into `folder`; `configuration` is that of the features that it takes, if any."""
    from resound.models.common.transformers_logging import quiet_transformers

    quiet_transformers()
    kind = importlib.import_module(f"resound.demo.models.{settings['kind']}")
    wanted = [kind.Settings(**settings)]
    if configuration:
        features = importlib.import_module(f"resound.features.{configuration['kind']}")
        wanted.append(features.Settings(**configuration))
    with atomic_folder(folder) as draft:
        kind.make(*wanted, draft, progress)


if __name__ == "__main__":
    with stage() as (job, progress):
        main(config=job.params.config, manifest=Path(job.output.manifest), progress=progress)
