"""A dataset or a model on the Hugging Face hub at a commit."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Any, Literal

from resound.data.downloads.errors import Failed
from resound.data.downloads.remote import Means, Remote, matching
from resound.data.downloads.retry import ByteCounter, size_of
from resound.io.disk import in_words, need
from resound.settings import settings


@settings
class Hub(Remote):
    """The files of a dataset or a model at a commit, as a folder."""

    hub: str
    """`owner/name`."""
    revision: str
    """The commit, so that the same files come each time."""
    kind: Literal["dataset", "model"] = "dataset"
    """What it is."""
    files: list[str] = field(default_factory=list)
    """Patterns of the files that are wanted; left out, all."""

    def __post_init__(self) -> None:
        super().__post_init__()
        matching(self.hub, r"[\w.-]+/[\w.-]+", "a repository (owner/name)")
        matching(self.revision, r"[0-9a-f]{40}", "a whole commit (40 hexadecimal digits)")

    def __str__(self) -> str:
        part = f" ({', '.join(self.files)})" if self.files else ""
        return f"hub:{self.kind}s/{self.hub}@{self.revision}{part}"

    def own_name(self) -> str:
        """The name, the commit, and a word for the patterns if there are some."""
        name = f"{self.hub.rpartition('/')[2]}-{self.revision[:8]}"
        if not self.files:
            return name
        return f"{name}-{hashlib.sha256(repr(self.files).encode()).hexdigest()[:6]}"

    def bring(self, target: Path, means: Means) -> None:
        """Let the hub's client bring the files, going on with what an earlier try left.

        `HF_ENDPOINT` says where the hub is and `HF_TOKEN` who asks. The client takes what lies
        there for the whole where the hub cannot be reached, so each file is looked at afterwards.
        """
        from huggingface_hub import snapshot_download

        wanted = self._list()
        draft = target.with_name(f".{target.name}.part")
        size = sum(entry.size for entry in wanted)
        means.progress(f"{self.file_name}: {len(wanted)} files, {in_words(size)}")
        need(size - size_of(draft), target.parent)
        counter = ByteCounter(self.file_name, means.progress, means.patience.clock)
        with counter.watching(draft, size):
            snapshot_download(
                self.hub,
                repo_type=self.kind,
                revision=self.revision,
                local_dir=draft,
                allow_patterns=self.files or None,
            )
        _see_all(wanted, draft)
        shutil.rmtree(draft / ".cache", ignore_errors=True)
        shutil.rmtree(target, ignore_errors=True)
        draft.replace(target)

    def remedy(self, status: int | None) -> str:
        """What an account may lack."""
        page = f"https://huggingface.co/{'datasets/' if self.kind == 'dataset' else ''}{self.hub}"
        if status in (401, 403):
            return f"accept its terms at {page} and run `hf auth login`"
        if status == 404:
            return f"see whether {page} has the commit; private ones need `hf auth login`"
        kind = " --repo-type dataset" if self.kind == "dataset" else ""
        return f"run `hf download {self.hub}{kind} --revision {self.revision} --local-dir ...`"

    def _list(self) -> Sequence[Any]:
        """The files that are wanted, with their sizes and, for large ones, their sums."""
        from huggingface_hub import HfApi
        from huggingface_hub.hf_api import RepoFile
        from huggingface_hub.utils import filter_repo_objects  # type: ignore[attr-defined]

        tree = HfApi().list_repo_tree(
            self.hub, recursive=True, revision=self.revision, repo_type=self.kind
        )
        files = [entry for entry in tree if isinstance(entry, RepoFile)]
        wanted = filter_repo_objects(files, allow_patterns=self.files or None, key=lambda f: f.path)
        if found := list(wanted):
            return found
        raise Failed(f"none of its files matches {', '.join(self.files) or 'anything'}")


def _see_all(wanted: Sequence[Any], folder: Path) -> None:
    """Raise Failed where a file is missing or not what the hub says that it is."""
    for entry in wanted:
        path = folder / entry.path
        if not path.is_file() or path.stat().st_size != entry.size:
            raise Failed(f"'{entry.path}' did not come whole", "try again, and it goes on there")
        if entry.lfs is not None:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != entry.lfs.sha256:
                path.unlink()
                raise Failed(f"'{entry.path}' is not what the hub says that it is", "try again")
