"""What the configuration says of a corpus: where it comes from and how it reads."""

from dataclasses import field
from typing import Annotated, Any

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
    """A folder of recordings, used where it lies; never written to."""


@settings
class Archive:
    """Recordings on this machine, packed."""

    archive: str
    """A zip or tar archive of recordings, unpacked into `data/`."""


def _source(told: Any) -> str | None:
    """What a source is: the first of its keys that tells."""
    keys = told if isinstance(told, dict) else vars(told)
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
    """A set of recordings, or of text pairs: where they come from and how they read."""

    title: str
    """The name that the report shows."""
    path_pattern: Annotated[str, Field(min_length=1)] | None = None
    """How paths read below the source, such as `data/{speaker}/{label}_{speaker}_{take}.wav`.

    `{label}` is the class, `{speaker}` and `{group}` are what a split can keep apart,
    `{partition}` is what the corpus itself divides by; other names only describe the path.
    `{name:2}` stands for just two characters. A name that comes twice must read the same twice.
    """
    sources: list[Source] = field(default_factory=list)
    """Where the real recordings may be (`data: real`): the first `folder` or `archive` that is
    there, else the first of the others that can be fetched."""
    demo: Demo | None = None
    """The demo model that is made on the spot (`data: demo`)."""
    exclude: list[str] = field(default_factory=list)
    """Paths that are no part of the corpus; `*` and `?` match as in a shell, `/` too."""
    unknown: list[str] = field(default_factory=list)
    """Paths of recordings that are of no class: only an `open_set` split uses them, to see
    whether a model takes them for one. `*` and `?` match as in a shell."""
    transcripts: Transcripts | None = None
    """What is said stands in a table beside the recordings."""
    pairs: Pairs | None = None
    """There are no recordings but tables of text pairs; goes without `path_pattern`."""
    alignment: Alignment | None = None
    """Labels are not those of recordings but of their frames, and stand in files beside them."""
    frame_ms: PositiveNumber | None = None
    """The recordings are arrays of frames (`.npy`, frames x values), so far apart."""
    labels: list[str] | None = None
    """The classes in their order; left out, those found, sorted."""
    label_names: dict[str, str] = field(default_factory=dict)
    """What labels of paths and tables are called: `{A: anger}`."""
    licence: str = "not stated"
    """The licence of the real recordings."""
    citation: str = ""
    """Who made them, and where that is told."""
    size_mb: Positive | None = None
    """How large the real recordings are to fetch."""
    min_seconds: Annotated[float, Field(ge=0)] = 0.1
    """Shorter clips are set aside."""
    max_seconds: PositiveNumber | None = None
    """Longer recordings are set aside."""
    truncate: bool = False
    """Longer ones than `max_seconds` are not set aside but lose their end; texts stay whole."""
    chunk_seconds: PositiveNumber | None = None
    """Longer recordings are cut into pieces of so many seconds, each an item of its own; what is
    left at the end is one too, unless it is shorter than `min_seconds`."""
    shards: Positive = 1
    """Features are extracted in so many jobs, each with a pool of its own, and put together; they
    do not depend on this."""
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share of clips that may be set aside before the run stops."""
    reported_items: Positive | None = None
    """How many items the corpus of the reported figures had: with another number of items,
    or on demo data, the report makes no comparison."""
