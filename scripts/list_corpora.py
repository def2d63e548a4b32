"""List the corpora that are used.

Input: the manifest and the summary of each corpus. Output: `corpora.md`, a table with one row per
corpus: source, licence, citation, checksum, items, hours, rejected items.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from resound.io.files import read_json, write_text
from resound.report.corpora_table import corpora_table
from resound.runtime.stage import stage


def main(manifests: Sequence[Path], summaries: Sequence[Path], config: str, target: Path) -> None:
    """Write the list with `config` (JSON: the settings of each corpus)."""
    settings = json.loads(config)["corpora"]
    manifest_of = {path.parent.name: read_json(path) for path in manifests}
    summary_of = {path.stem: read_json(path) for path in summaries}
    write_text(target, corpora_table(settings, manifest_of, summary_of))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            manifests=list(map(Path, job.input.manifests)),
            summaries=list(map(Path, job.input.summaries)),
            config=job.params.config,
            target=Path(job.output.list),
        )
