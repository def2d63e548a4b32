"""Bring a corpus here: made on the spot, fetched, unpacked, or used where it lies.

Input: the corpus' source (params). Output: `data/{corpus}/source.json`, which says where the
recordings are and what they came from. Method: a demo corpus is synthesised and an archive
unpacked under a temporary name and then renamed; a folder of the user's is only pointed at, never
written to; what is fetched is kept in `downloads/` and written down in `downloads.lock.json`.
"""

import importlib
import json
import shutil
from pathlib import Path

from resound.data.downloads.fetch import fetch_first, read_source
from resound.data.downloads.lock import Lock
from resound.io.archives import unpack
from resound.io.files import write_json
from resound.runtime.pool import Pool
from resound.runtime.progress import Progress
from resound.runtime.stage import stage

DOWNLOADS, LOCK = Path("downloads"), Path("downloads.lock.json")


def main(
    config: str, version: str, manifest: Path, pool: Pool, workers: int, progress: Progress
) -> None:
    """Provide the corpus of `config` (JSON: `demo`, `folder`, `archive` or `remote`)."""
    ((kind, source),) = json.loads(config).items()
    facts = {}
    root = Path(source) if kind == "folder" else manifest.parent / kind
    draft = manifest.parent / f".{kind}.part"
    shutil.rmtree(draft, ignore_errors=True)
    if kind == "demo":
        progress(f"making {source['kind']}")
        module = importlib.import_module(f"resound.demo.corpora.{source['kind']}")
        draft.mkdir(parents=True)
        module.make(module.Settings(**source), draft, pool, workers)
    elif kind == "archive":
        progress(f"unpacking {source}")
        unpack(Path(source), draft, progress)
    elif kind == "remote":
        sources = [read_source(told) for told in source]
        fetched = fetch_first(sources, DOWNLOADS / manifest.parent.name, Lock(LOCK), progress)
        progress(f"unpacking {fetched.path}")
        unpack(fetched.path, draft, progress)
        facts = {"source": fetched.source, "sha256": fetched.sha256, "size": fetched.size}
    if draft.exists():
        shutil.rmtree(root, ignore_errors=True)
        draft.rename(root)
    write_json(manifest, {"kind": kind, "root": str(root), "version": version, **facts})


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            config=job.params.config,
            version=job.params.version,
            manifest=Path(job.output.manifest),
            pool=job.config["pool"],
            workers=job.threads,
            progress=progress,
        )
