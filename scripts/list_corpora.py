"""List the corpora that were used.

Input: where each came from and what was found in it. Output: `corpora.md`, a row a corpus: source,
licence, citation, checksum, items, hours, what was set aside.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from resound.io.files import read_json, write_text
from resound.report.corpora_table import catalogue
from resound.runtime.stage import stage


def main(manifests: Sequence[Path], summaries: Sequence[Path], config: str, target: Path) -> None:
    """Write the list by `config` (JSON: the settings of each corpus)."""
    settings = json.loads(config)["corpora"]
    came = {path.parent.name: read_json(path) for path in manifests}
    found = {path.stem: read_json(path) for path in summaries}
    write_text(target, catalogue(settings, came, found))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            manifests=list(map(Path, job.input.manifests)),
            summaries=list(map(Path, job.input.summaries)),
            config=job.params.config,
            target=Path(job.output.list),
        )
