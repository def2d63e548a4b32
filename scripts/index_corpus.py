"""Index a corpus: list its usable recordings or text pairs, and the rejected ones with reasons.

Input: `source.json`, and the recordings (or tables of text pairs) at the path in it. Output: the
index (one row per item), the rejected items with reasons, and a summary. Method: every recording
whose path matches the pattern of the corpus is decoded once, over a pool of workers.
"""

import json
from importlib import import_module
from pathlib import Path

from resound.data.index import REJECTED_COLUMNS, Index
from resound.data.recording_index import index_recordings
from resound.io.csv_table import write_table
from resound.io.files import read_json, write_json
from resound.runtime.pool import Pool
from resound.runtime.progress import Progress
from resound.runtime.stage import stage


def main(
    manifest: Path,
    config: str,
    index_path: Path,
    rejected_path: Path,
    summary_path: Path,
    pool: Pool,
    workers: int,
    progress: Progress,
) -> None:
    """Write the index by `config` (JSON: the settings of the corpus)."""
    settings, source = json.loads(config), read_json(manifest)
    root = Path(source["root"])
    if settings["pairs"]:
        # The module is loaded by name so that other corpora do not depend on reading tables.
        index: Index = import_module("resound.data.text_pairs").index_text_pairs(root, settings)
    else:
        index = index_recordings(
            root, settings, pool, workers, lambda done: progress(f"{done} recordings read")
        )
    write_table(index_path, index.columns, index.rows)
    write_table(rejected_path, REJECTED_COLUMNS, index.rejected_rows)
    write_json(summary_path, {**source, "root": str(index.root), **index.summary})


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            manifest=Path(job.input.manifest),
            config=job.params.config,
            index_path=Path(job.output.index),
            rejected_path=Path(job.output.rejected),
            summary_path=Path(job.output.summary),
            pool=job.config["pool"],
            workers=job.threads,
            progress=progress,
        )
