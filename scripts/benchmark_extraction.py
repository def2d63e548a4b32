"""Measure the extraction of a corpus: clip by clip, over pools, in batches.

Input: the index and its summary. Output: seconds, clips per second and ratio of each method, and
where they were measured, with the load of the machine. Method: `resound.features.common.benchmark`;
the job uses all cores, so no other job of the workflow runs at the same time.
"""

import json
from pathlib import Path

import numpy as np

from resound.data.clips import Clip
from resound.features.common.benchmark import measure
from resound.features.common.kinds import configuration_of
from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json, write_json
from resound.provenance import Stopwatch, provenance
from resound.runtime.machine_load import MachineLoad
from resound.runtime.progress import Progress
from resound.runtime.stage import stage


def main(
    index: Path, summary: Path, config: str, workers: int, metrics: Path, progress: Progress
) -> None:
    """Write the metrics by `config` (JSON: feature configuration, number of clips, repeats)."""
    watch, settings, corpus = Stopwatch(), json.loads(config), read_json(summary)
    configuration = configuration_of(settings["configuration"])
    rows = [row for row in rows_of(read_table(index)) if row["label"] in corpus["classes"]]
    chosen = np.linspace(0, len(rows) - 1, min(settings["clips"], len(rows))).astype(int)
    clips = [Clip.from_row(rows[n], Path(corpus["root"])) for n in chosen]
    load = MachineLoad()
    methods = measure(clips, configuration, workers, settings["repeats"], progress)
    facts = {"clips": len(clips), "repeats": settings["repeats"], "cores": workers, **load.facts()}
    write_json(metrics, {"methods": methods, **facts, "provenance": provenance(watch, "cpu")})


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            workers=job.threads,
            metrics=Path(job.output.metrics),
            progress=progress,
        )
