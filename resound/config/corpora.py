"""What the configuration says of a corpus: where it comes from and how it is read."""

from dataclasses import field
from typing import Annotated, Any

from annotated_types import Len, MinLen
from pydantic import Discriminator, Field, Tag

from resound.config.registry import Demo
from resound.data.downloads.drive import Drive
from resound.data.downloads.fetch import SOURCES
from resound.data.downloads.github import GitHub
from resound.data.downloads.hub import Hub
from resound.data.downloads.kaggle import Kaggle
from resound.data.downloads.multi_part import Parts
from resound.data.downloads.url import Url
from resound.data.frame_labels import Alignment
from resound.data.text_pairs import Pairs
from resound.data.transcripts import Transcripts
from resound.settings import Positive, PositiveNumber, settings


@settings
class Folder:
    """Recordings on this machine."""

    folder: str
    """A folder of recordings, used in place; never written to."""


@settings
class Archive:
    """Recordings on this machine, packed."""

    archive: str
    """A zip or tar archive of recordings, unpacked into `data/`."""


_Pattern = Annotated[str, Field(min_length=1)]


def _source(source: Any) -> str | None:
    """Return which kind of source it is: the first key that only one kind has."""
    keys = source if isinstance(source, dict) else vars(source)
    return next((name for name in ("folder", "archive", *SOURCES) if name in keys), None)


Source = Annotated[
    Annotated[Folder, Tag("folder")]
    | Annotated[Archive, Tag("archive")]
    | Annotated[Parts, Tag("parts")]
    | Annotated[Url, Tag("url")]
    | Annotated[GitHub, Tag("github")]
    | Annotated[Kaggle, Tag("kaggle")]
    | Annotated[Drive, Tag("drive")]
    | Annotated[Hub, Tag("hub")],
    Discriminator(_source),
]


@settings
class Corpus:
    """A set of recordings, or of text pairs: where they come from and how they are read."""

    title: str
    """The name that the report shows. Title, licence, citation and size belong to the `sources`: a
    file that names only other sources states them again, or the report names the source in use."""
    path_pattern: _Pattern | Annotated[list[_Pattern], MinLen(1)] | None = None
    """The form of paths below the source, such as `data/{speaker}/{label}_{speaker}_{take}.wav`, or
    a list of such forms, for folders of different depths.

    `{label}` is the class, `{speaker}` and `{group}` are what a split can keep apart, and
    `{partition}` is a part that the corpus itself defines; other names only describe the path.
    `{name:2}` matches exactly two characters. A name that occurs twice must match the same text.
    What is between the names matches in any letter case: `.wav` and `.WAV`.
    """
    sources: list[Source] = field(default_factory=list)
    """Where the real recordings may be (`data: real`): the first `folder` or `archive` that exists,
    otherwise the first of the others that can be downloaded."""
    demo: Demo | None = None
    """The small corpus that is synthesised instead (`data: demo`)."""
    exclude: list[str] = field(default_factory=list)
    """Paths that are no part of the corpus; `*` and `?` match as in a shell, and match `/` too."""
    unknown: list[str] = field(default_factory=list)
    """Paths of recordings of none of the classes: only an `open_set` split uses them, to measure
    whether a model rejects them. `*` and `?` match as in a shell."""
    transcripts: Transcripts | None = None
    """The tables of the texts that are spoken in the recordings."""
    pairs: Pairs | None = None
    """The tables of text pairs, of a corpus without recordings and `path_pattern`."""
    alignment: Alignment | None = None
    """The files of labels along time, for labels of frames rather than of recordings."""
    frame_ms: PositiveNumber | None = None
    """The distance of frames, if recordings are arrays of frames (`.npy`, frames x values)."""
    labels: list[str] | None = None
    """The classes in their order; left out, those that occur, sorted."""
    label_names: dict[str, str] = field(default_factory=dict)
    """The names of labels in paths and tables: `{A: anger}`."""
    licence: str = "not stated"
    """The licence of the real recordings."""
    citation: str = ""
    """The publication that describes the corpus."""
    size_mb: Positive | None = None
    """The size of the download in megabytes."""
    min_seconds: Annotated[float, Field(ge=0)] = 0.1
    """Shorter clips are rejected."""
    max_seconds: PositiveNumber | None = None
    """Longer recordings are rejected."""
    truncate: bool = False
    """Whether recordings longer than `max_seconds` are cut there instead; texts stay whole."""
    chunk_seconds: PositiveNumber | None = None
    """Recordings are cut into chunks of this length, each an item; the rest at the end is one,
    too, unless it is shorter than `min_seconds`."""
    shards: Positive = 1
    """Number of jobs that extract the features, each with its own pool; features do not depend on
    it."""
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The fraction of clips that may be rejected before the run stops."""
    reported_items: Positive | Annotated[list[Positive], Len(2, 2)] | None = None
    """Number of items of the corpus on which the reported metrics were measured, or, if the source
    leaves it open, the least and the greatest that it allows: `[4031, 4035]`. With another number,
    or on demo data, the report makes no comparison."""
    reported_frames: dict[str, Positive] | None = None
    """Instead of `reported_items`, if recordings are arrays of frames: the number of frames in each
    partition that the source names."""
