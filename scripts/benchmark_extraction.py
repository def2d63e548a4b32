"""Time the extraction of a corpus: clip by clip, over pools, in batches.

Input: the index and its summary. Output: each way's seconds, clips a second and ratio, and where
they were measured. Method: `resound.features.common.benchmark`; the job has all cores, so that nothing
runs beside it.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from resound.data.clips import Clip
from resound.features.common.benchmark import measure
from resound.features.common.extraction import kind_module
from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json, write_json
from resound.provenance import Stopwatch, provenance
from resound.runtime.progress import Progress
from resound.runtime.stage import stage


def main(
    index: Path, summary: Path, config: str, workers: int, figures: Path, progress: Progress
) -> None:
    """Write the figures by `config` (JSON: the configuration, how many clips and repeats)."""
    watch, settings, corpus = Stopwatch(), json.loads(config), read_json(summary)
    configuration = kind_module(SimpleNamespace(**settings["configuration"])).Settings(
        **settings["configuration"]
    )
    rows = [row for row in rows_of(read_table(index)) if row["label"] in corpus["classes"]]
    chosen = np.linspace(0, len(rows) - 1, min(settings["clips"], len(rows))).astype(int)
    clips = [Clip.of(rows[n], Path(corpus["root"])) for n in chosen]
    ways = measure(clips, configuration, workers, settings["repeats"], progress)
    facts = {"clips": len(clips), "repeats": settings["repeats"], "cores": workers}
    write_json(figures, {"ways": ways, **facts, "provenance": provenance(watch, "cpu")})


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            workers=job.threads,
            figures=Path(job.output.figures),
            progress=progress,
        )
