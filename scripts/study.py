"""Compute a study of what a report states in prose.

Input: what it works on, if anything: indexes, summaries, splits, features. Output: the study's
findings. Method: the module of its kind in `scripts.lib.studies`.
"""

import importlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from threadpoolctl import threadpool_limits

from scripts.lib.features.store import Features
from scripts.lib.files import read_json, write_json
from scripts.lib.folds import read_folds
from scripts.lib.log import Announce, stage
from scripts.lib.provenance import Stopwatch, provenance
from scripts.lib.settings import typed
from scripts.lib.studies.material import Data, Material
from scripts.lib.tables import read_table


def main(
    materials: Sequence[Material], config: str, folder: Path, findings: Path, announce: Announce
) -> None:
    """Write the findings by `config` (JSON: the study, and the experiment that it is beside, if
    any); `folder` keeps what a broken run goes on from.
    """
    watch, given = Stopwatch(), json.loads(config)
    told = given["study"]
    kind = importlib.import_module(f"scripts.lib.studies.{told['kind']}")
    beside = {"experiment": given["experiment"]} if "experiment" in given else {}
    with threadpool_limits(1):
        found = kind.run(typed(kind.Settings, told), materials, folder, announce, **beside)
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
    with stage() as (job, told):
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
            announce=told,
        )
