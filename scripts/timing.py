"""Time the extraction of a corpus: clip by clip, over pools, in batches.

Input: the index and its summary. Output: each way's seconds, clips a second and ratio, and where
they were measured. Method: `scripts.lib.features.timing`; the job has all cores, so that nothing
runs beside it.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from scripts.lib.features.extraction import Clip, kind_module
from scripts.lib.features.timing import measure
from scripts.lib.files import read_json, write_json
from scripts.lib.log import Announce, stage
from scripts.lib.provenance import Stopwatch, provenance
from scripts.lib.tables import read_table, rows_of


def main(
    index: Path, summary: Path, config: str, workers: int, figures: Path, announce: Announce
) -> None:
    """Write the figures by `config` (JSON: the recipe, how many clips and repeats)."""
    watch, settings, corpus = Stopwatch(), json.loads(config), read_json(summary)
    recipe = kind_module(SimpleNamespace(**settings["recipe"])).Settings(**settings["recipe"])
    rows = [row for row in rows_of(read_table(index)) if row["label"] in corpus["classes"]]
    chosen = np.linspace(0, len(rows) - 1, min(settings["clips"], len(rows))).astype(int)
    clips = [Clip.of(rows[n], Path(corpus["root"])) for n in chosen]
    ways = measure(clips, recipe, workers, settings["repeats"], announce)
    facts = {"clips": len(clips), "repeats": settings["repeats"], "cores": workers}
    write_json(figures, {"ways": ways, **facts, "provenance": provenance(watch, "cpu")})


if __name__ == "__main__":
    with stage() as (job, told):
        main(
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            workers=job.threads,
            figures=Path(job.output.figures),
            announce=told,
        )
