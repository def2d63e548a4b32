"""Provide the recordings of a corpus: synthesised, downloaded, unpacked, or used where they are.

Input: the source of the corpus (params). Output: `data/{corpus}/source.json` with the folder of the
recordings and their origin. Method: a demo corpus is synthesised, and an archive unpacked, under a
temporary name that is then renamed; a folder of the user is only referred to, never written to;
downloads are kept in `downloads/` and their checksums in `downloads.lock.json`. The recordings of a
dataset in Parquet files are written as files.
"""

import importlib
import json
import shutil
from pathlib import Path

from resound.data.downloads.fetch import fetch_first, parse_source
from resound.data.downloads.hub import Hub
from resound.data.downloads.lock import DownloadLock
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
    origin = {"source": source} if kind in ("folder", "archive") else {}
    root = Path(source) if kind == "folder" else manifest.parent / kind
    temporary = manifest.parent / f".{kind}.part"
    shutil.rmtree(temporary, ignore_errors=True)
    if kind == "demo":
        progress(f"synthesising the demo corpus {source['kind']}")
        module = importlib.import_module(f"resound.demo.corpora.{source['kind']}")
        temporary.mkdir(parents=True)
        module.make(module.Settings(**source), temporary, pool, workers)
    elif kind == "archive":
        progress(f"unpacking {source}")
        unpack(Path(source), temporary, progress)
    elif kind == "remote":
        sources = [parse_source(settings) for settings in source]
        folder = DOWNLOADS / manifest.parent.name
        download = fetch_first(sources, folder, DownloadLock(LOCK), progress)
        used = next(source for source in sources if str(source) == download.source)
        if isinstance(used, Hub) and used.audio:
            # The module is loaded by name so that other corpora do not depend on it.
            module = importlib.import_module("resound.data.downloads.hub_dataset")
            module.export(download.path, temporary, used.audio, used.subset, progress)
        else:
            progress(f"unpacking {download.path}")
            unpack(download.path, temporary, progress)
        origin = {"source": download.source, "sha256": download.sha256, "size": download.size}
    if temporary.exists():
        shutil.rmtree(root, ignore_errors=True)
        temporary.rename(root)
    write_json(manifest, {"kind": kind, "root": str(root), "version": version, **origin})


if __name__ == "__main__":
    with stage(network=True) as (job, progress):
        main(
            config=job.params.config,
            version=job.params.version,
            manifest=Path(job.output.manifest),
            pool=job.config["pool"],
            workers=job.threads,
            progress=progress,
        )
