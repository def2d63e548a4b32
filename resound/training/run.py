"""A training run: its settings, its device, and the files in which its results are recorded."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from resound.data.dataset import Dataset
from resound.io.csv_table import write_table
from resound.io.files import write_json
from resound.provenance import Stopwatch, provenance
from resound.runtime.device import device_for
from resound.runtime.gpu_monitor import Utilisation
from resound.runtime.progress import Progress
from resound.training.fingerprint import run_fingerprint


class Run:
    """One run of an experiment with one seed."""

    def __init__(self, folder: Path, config: str, code: str, seed: int, device: str) -> None:
        """Start a run whose results are written into `folder`.

        `config` (JSON) has the settings of the stage and `code` is the version of its code.
        """
        self.folder, self.seed, self.device = folder, seed, device
        self.settings: dict[str, Any] = json.loads(config)
        self._config, self._code = config, code
        self._watch, self._utilisation = Stopwatch(), Utilisation.of(device)

    @classmethod
    def of(cls, job: Any, folder: Path, progress: Progress) -> "Run":
        """Start the run of a Snakemake job, on a GPU if the job has one."""
        gpus = job.resources.get("gpu", 0)
        device = device_for(gpus, job.config["gpus_per_device"], progress)
        return cls(folder, job.params.config, job.params.code, int(job.wildcards.seed), device)

    def fingerprint(self, dataset: Dataset, origin: Any) -> str:
        """Return what identifies the run on `dataset`, starting from the pretrained `origin`."""
        return run_fingerprint(
            self._code,
            self._config,
            self.seed,
            self.device,
            dataset.split,
            dataset.arrays,
            origin,
        )

    def write_history(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Write one row per evaluation; columns are those of all rows, NaN where one lacks it."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        table = ([row.get(name, math.nan) for name in columns] for row in rows)
        write_table(self.folder / "history.csv", columns, table)

    def provenance(self) -> dict[str, Any]:
        """Return how the run came about, so far."""
        record = provenance(self._watch, self.device, self._utilisation.mean())
        return {"seed": self.seed, "config": self.settings, "code": self._code, **record}

    def write_provenance(self, name: str = "provenance.json", **facts: Any) -> None:
        """Write how the run came about; `facts` of the stage are added, or replace others."""
        write_json(self.folder / name, {**self.provenance(), **facts})
