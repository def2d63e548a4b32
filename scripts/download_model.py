"""Provide a pretrained model: a small demo model that is trained here, or the real one.

Input: its source (params). Output: `data/models/{model}/source.json` with the folder of its files.
Method: a demo model is trained on synthetic speech or texts; a real model is a local copy if there
is one, else it comes from the Hugging Face hub or its cache, at the configured revision.
"""

import importlib
import json
from pathlib import Path
from typing import Any

from resound.io.files import atomic_folder, write_json
from resound.models.common.hub import fetch_model, silence_transformers
from resound.runtime.progress import Progress
from resound.runtime.stage import stage


def main(config: str, manifest: Path, progress: Progress) -> None:
    """Provide a model.

    `config` (JSON) holds either the settings `demo_model` and the feature `configuration` that the
    demo model takes, or the settings `pretrained` of a real model.
    """
    settings = json.loads(config)
    if "demo_model" in settings:
        folder = manifest.parent / "demo_model"
        _train_demo_model(settings["demo_model"], settings["configuration"], folder, progress)
        write_json(manifest, {"kind": "demo model", "path": str(folder)})
        return
    model = settings["pretrained"]
    if model["folder"] and Path(model["folder"]).is_dir():
        write_json(manifest, {"kind": "folder", "path": model["folder"]})
        return
    progress(f"looking for {model['hub']} at revision {model['revision'][:8]}")
    path = fetch_model(model["hub"], model["revision"])
    write_json(manifest, {"kind": "hub", "path": path, "revision": model["revision"]})


def _train_demo_model(
    settings: dict[str, Any], configuration: dict[str, Any] | None, folder: Path, progress: Progress
) -> None:
    """Train a demo model into `folder`; `configuration` is that of its features, if it has any."""
    silence_transformers()
    kind = importlib.import_module(f"resound.demo.models.{settings['kind']}")
    arguments = [kind.Settings(**settings)]
    if configuration:
        features = importlib.import_module(f"resound.features.{configuration['kind']}")
        arguments.append(features.Settings(**configuration))
    with atomic_folder(folder) as temporary:
        kind.make(*arguments, temporary, progress)


if __name__ == "__main__":
    with stage(network=True) as (job, progress):
        main(config=job.params.config, manifest=Path(job.output.manifest), progress=progress)
