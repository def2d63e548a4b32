"""Compute a study of what a report states in prose.

Input: the datasets that it uses, if any: indexes, summaries, splits, features; the manifest of the
pretrained model if it trains one. Output: the study's findings. Method: the module of its kind in
`resound.studies`.
"""

import importlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from resound.data.dataset import Dataset
from resound.io.files import read_json, write_json
from resound.provenance import Stopwatch, provenance
from resound.runtime.device import device_for
from resound.runtime.progress import Progress
from resound.runtime.stage import optional_input, stage
from resound.settings import typed
from resound.studies.common.material import Data, Material


def main(
    materials: Sequence[Material],
    pretrained: Path | None,
    config: str,
    code: str,
    device: str,
    folder: Path,
    findings: Path,
    progress: Progress,
) -> None:
    """Write the findings of `config` (JSON: `study`, and `experiment` if it has one beside it).

    `folder` keeps what an interrupted run with the same `code` resumes from.
    """
    watch, settings = Stopwatch(), json.loads(config)
    kind = importlib.import_module(f"resound.studies.{settings['study']['kind']}")
    study = typed(kind.Settings, settings["study"])
    beside: dict[str, Any] = {}
    if "experiment" in settings:
        beside |= {"experiment": settings["experiment"], "code": code}
    if pretrained:
        beside |= {"origin": Path(read_json(pretrained)["path"]), "device": device}
    with threadpool_limits(1):
        result = kind.run(study, materials, folder, progress, **beside)
    write_json(findings, {**asdict(result), "provenance": provenance(watch, device)})


def open_materials(inputs: Any, config: str) -> list[Material]:
    """Open the datasets of a study: `inputs` has one file of each for every name."""
    names = ("index", "summary", "split", "matrix", "offsets")
    settings = [Data(**entry) for entry in json.loads(config)["data"]]
    files = zip(*(inputs.get(name, []) for name in names), strict=True)
    return [
        Material.of(data, Dataset.open(dict(zip(names, paths))))
        for data, paths in zip(settings, files, strict=True)
    ]


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            materials=open_materials(job.input, job.params.config),
            pretrained=optional_input(job.input, "pretrained"),
            config=job.params.config,
            code=job.params.code,
            device=device_for(job.resources.get("gpu", 0), job.config["gpus_per_device"], progress),
            folder=Path(job.output.findings).with_suffix(""),
            findings=Path(job.output.findings),
            progress=progress,
        )
