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

from scripts.lib.archives import unpack
from scripts.lib.downloads.fetch import fetch_first, read_source
from scripts.lib.downloads.lock import Lock
from scripts.lib.files import write_json
from scripts.lib.log import Announce, stage
from scripts.lib.pool import Pool

DOWNLOADS, LOCK = Path("downloads"), Path("downloads.lock.json")


def main(
    config: str, version: str, manifest: Path, pool: Pool, workers: int, announce: Announce
) -> None:
    """Provide the corpus of `config` (JSON: `demo`, `folder`, `archive` or `remote`)."""
    ((kind, source),) = json.loads(config).items()
    facts = {}
    root = Path(source) if kind == "folder" else manifest.parent / kind
    draft = manifest.parent / f".{kind}.part"
    shutil.rmtree(draft, ignore_errors=True)
    if kind == "demo":
        announce(f"making {source['kind']}")
        module = importlib.import_module(f"scripts.lib.demo.{source['kind']}")
        draft.mkdir(parents=True)
        module.make(module.Settings(**source), draft, pool, workers)
    elif kind == "archive":
        announce(f"unpacking {source}")
        unpack(Path(source), draft, announce)
    elif kind == "remote":
        sources = [read_source(told) for told in source]
        fetched = fetch_first(sources, DOWNLOADS / manifest.parent.name, Lock(LOCK), announce)
        announce(f"unpacking {fetched.path}")
        unpack(fetched.path, draft, announce)
        facts = {"source": fetched.source, "sha256": fetched.sha256, "size": fetched.size}
    if draft.exists():
        shutil.rmtree(root, ignore_errors=True)
        draft.rename(root)
    write_json(manifest, {"kind": kind, "root": str(root), "version": version, **facts})


if __name__ == "__main__":
    with stage() as (job, told):
        main(
            config=job.params.config,
            version=job.params.version,
            manifest=Path(job.output.manifest),
            pool=job.config["pool"],
            workers=job.threads,
            announce=told,
        )
