"""Items of an index as audio clips that can be read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from resound.arrays import Array
from resound.data import audio
from resound.data.decoding.errors import UnreadableClip
from resound.data.frame_arrays import read_frames


@dataclass(frozen=True)
class Clip:
    """A recording, or a chunk of one."""

    path: Path
    samples: int
    """The number of samples at the rate of the file."""
    rate_hz: int
    """The sampling rate of the file."""
    start: int | None = None
    """The first sample of a chunk; None for a whole recording."""
    digest: str = ""
    """`content_digest` when it was indexed; empty if it is not known."""
    alignment: Path | None = None
    """The symbols of its frames, which the digest includes."""

    @classmethod
    def from_row(cls, row: Mapping[str, str], root: Path) -> "Clip":
        """Return the clip of a row of the index, whose paths are relative to `root`."""
        return cls(
            root / row["path"],
            int(row["samples"]),
            int(row["rate_hz"]),
            int(row["start"]) if row["start"] else None,
            row["sha256"],
            root / row["alignment"] if row.get("alignment") else None,
        )

    def read(self, rate_hz: int, verify: bool = False) -> Array:
        """Return the samples resampled to `rate_hz`, shape (samples,), or the stored frames.

        Raises UnreadableClip; with `verify` also if the file has changed since it was indexed.
        """
        if self.start is not None:
            if verify:
                self._verify(_digest_of(self.path, self._modified_ns()))
            return audio.read_chunk(self.path, self.start, self.samples, rate_hz)[0]
        data = audio.load(self.path)
        if verify:
            symbols = audio.load(self.alignment) if self.alignment else b""
            self._verify(content_digest(data, symbols))
        if self.path.suffix == ".npy":
            return read_frames(data)
        return audio.read(data, rate_hz)[0]

    def _verify(self, digest: str) -> None:
        if self.digest not in ("", digest):
            raise UnreadableClip("its content differs")

    def _modified_ns(self) -> int:
        try:
            return self.path.stat().st_mtime_ns
        except OSError as error:
            raise UnreadableClip(f"cannot be read: {error.strerror}") from error


def content_digest(data: bytes, symbols: bytes = b"") -> str:
    """Return the start of the SHA-256 of a recording and of the symbols of its frames."""
    return hashlib.sha256(data + symbols).hexdigest()[:16]


@lru_cache(maxsize=1)
def _digest_of(path: Path, modified_ns: int) -> str:
    """Return the digest of a recording, whose chunks are read one after the other."""
    return content_digest(audio.load(path))
