"""A dataset or a model on the Hugging Face hub at a commit."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from resound.data.downloads.checksums import sha256_of
from resound.data.downloads.errors import SourceError
from resound.data.downloads.remote import DownloadOptions, Remote, require_match
from resound.data.downloads.retry import ByteCounter, folder_size
from resound.io.disk import format_bytes, require_space
from resound.settings import settings


@settings
class Hub(Remote):
    """The files of a dataset or a model at a commit, downloaded as a folder."""

    hub: str
    """`owner/name`."""
    revision: str
    """The commit, so that every download gets the same files."""
    kind: Literal["dataset", "model"] = "dataset"
    """Whether it is a dataset or a model."""
    files: list[str] = field(default_factory=list)
    """Patterns of the files to download; by default all."""
    audio: str | None = None
    """The column with the recordings of a dataset in Parquet files. Each becomes a file
    `{split}/{name}`, and the other columns a table `{split}.jsonl` beside its `path`."""
    subset: str | None = None
    """The subset (configuration) of such a dataset, if it has several."""

    def __post_init__(self) -> None:
        super().__post_init__()
        require_match(self.hub, r"[\w.-]+/[\w.-]+", "a repository (owner/name)")
        require_match(self.revision, r"[0-9a-f]{40}", "a full commit (40 hexadecimal digits)")
        if self.audio and self.kind == "model":
            raise ValueError("a model has no column `audio`: use `kind: dataset`")
        if self.subset and not self.audio:
            raise ValueError("`subset` is that of recordings in Parquet files: name their `audio`")

    def __str__(self) -> str:
        files = f" ({', '.join(self.files)})" if self.files else ""
        return f"hub:{self.kind}s/{self.hub}@{self.revision}{files}"

    def default_name(self) -> str:
        """Return the name, the commit, and a digest of the patterns if there are some."""
        name = f"{self.hub.rpartition('/')[2]}-{self.revision[:8]}"
        if not self.files:
            return name
        return f"{name}-{hashlib.sha256(repr(self.files).encode()).hexdigest()[:6]}"

    def download(self, target: Path, options: DownloadOptions) -> None:
        """Download the files with the hub's client, resuming an earlier download.

        `HF_ENDPOINT` is the hub's address and `HF_TOKEN` authenticates the user. If the hub cannot
        be reached, the client returns a partial folder without an error, so each file is verified.
        """
        from huggingface_hub import snapshot_download

        entries = self._list_files()
        partial = target.with_name(f".{target.name}.part")
        size = sum(entry.size for entry in entries)
        options.progress(f"{self.file_name}: {len(entries)} files, {format_bytes(size)}")
        require_space(size - folder_size(partial), target.parent)
        counter = ByteCounter(self.file_name, options.progress, options.policy.clock)
        with counter.watch(partial, size):
            snapshot_download(
                self.hub,
                repo_type=self.kind,
                revision=self.revision,
                local_dir=partial,
                allow_patterns=self.files or None,
            )
        _verify(entries, partial)
        shutil.rmtree(partial / ".cache", ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        partial.replace(target)

    def remedy(self, status: int | None) -> str:
        """Return advice on the account or the repository."""
        page = f"https://huggingface.co/{'datasets/' if self.kind == 'dataset' else ''}{self.hub}"
        if status in (401, 403):
            return f"accept its terms at {page} and run `hf auth login`"
        if status == 404:
            return f"check that {page} has the commit; private ones need `hf auth login`"
        kind = " --repo-type dataset" if self.kind == "dataset" else ""
        return f"run `hf download {self.hub}{kind} --revision {self.revision} --local-dir ...`"

    def _list_files(self) -> Sequence[Any]:
        """Return the selected files with their sizes and, for large ones, their checksums."""
        from huggingface_hub import HfApi
        from huggingface_hub.hf_api import RepoFile
        from huggingface_hub.utils import filter_repo_objects  # type: ignore[attr-defined]

        tree = HfApi().list_repo_tree(
            self.hub, recursive=True, revision=self.revision, repo_type=self.kind
        )
        files = [entry for entry in tree if isinstance(entry, RepoFile)]
        selected = list(
            filter_repo_objects(files, allow_patterns=self.files or None, key=lambda f: f.path)
        )
        if not selected:
            raise SourceError(f"none of its files matches {', '.join(self.files) or 'anything'}")
        return selected


def _verify(entries: Sequence[Any], folder: Path) -> None:
    """Raise SourceError if a file is missing or differs from the hub's listing."""
    for entry in entries:
        path = folder / entry.path
        if not path.is_file() or path.stat().st_size != entry.size:
            raise SourceError(f"'{entry.path}' is incomplete", "try again to resume")
        if entry.lfs is not None and sha256_of(path) != entry.lfs.sha256:
            path.unlink()
            raise SourceError(f"'{entry.path}' differs from the checksum at the hub", "try again")
