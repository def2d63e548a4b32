"""Compute a study of what a report states in prose.

Input: what it works on, if anything: indexes, summaries, splits, features. Output: the study's
findings. Method: the module of its kind in `resound.studies`.
"""

import importlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from threadpoolctl import threadpool_limits

from resound.data.feature_cache import Features
from resound.data.folds import read_folds
from resound.io.csv_table import read_table
from resound.io.files import read_json, write_json
from resound.provenance import Stopwatch, provenance
from resound.runtime.progress import Progress
from resound.runtime.stage import stage
from resound.settings import typed
from resound.studies.common.material import Data, Material


def main(
    materials: Sequence[Material], config: str, folder: Path, findings: Path, progress: Progress
) -> None:
    """Write the findings by `config` (JSON: the study, and the experiment that it is beside, if
    any); `folder` keeps what a broken run goes on from.
    """
    watch, given = Stopwatch(), json.loads(config)
    told = given["study"]
    kind = importlib.import_module(f"resound.studies.{told['kind']}")
    beside = {"experiment": given["experiment"]} if "experiment" in given else {}
    with threadpool_limits(1):
        found = kind.run(typed(kind.Settings, told), materials, folder, progress, **beside)
    write_json(findings, {**asdict(found), "provenance": provenance(watch, "cpu")})


def opened(
    data: Data, index: Path, summary: Path, parts: Path, matrix: Path, offsets: Path
) -> Material:
    """What lies in these files."""
    table = read_table(index)
    folds = read_folds(parts, table["id"])
    classes = read_json(summary)["classes"]
    return Material(data, Features.open(matrix, offsets), table, classes, folds)


if __name__ == "__main__":
    with stage() as (job, progress):
        files = (
            job.input.get(name, []) for name in ("index", "summary", "parts", "matrix", "offsets")
        )
        data = [Data(**entry) for entry in json.loads(job.params.config)["data"]]
        main(
            materials=[
                opened(entry, *map(Path, paths)) for entry, *paths in zip(data, *files, strict=True)
            ],
            config=job.params.config,
            folder=Path(job.output.findings).with_suffix(""),
            findings=Path(job.output.findings),
            progress=progress,
        )
