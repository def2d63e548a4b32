"""The typed configuration: what `config.yaml` may say, and what it means."""

from dataclasses import asdict, field, replace
from fnmatch import fnmatchcase
from typing import Annotated, Literal

from pydantic import Field

from scripts.lib.alignment import Alignment
from scripts.lib.demo import digits, genres, phonemes, speakers
from scripts.lib.features import logmel, melimage, mfcc, spectral, stored
from scripts.lib.inputs import Input
from scripts.lib.models import (
    cnn,
    excerpt_cnn,
    frame_mlp,
    gaussian,
    linear,
    lstm,
    perceptron,
    single_conv,
)
from scripts.lib.pool import Pool
from scripts.lib.settings import Positive, PositiveNumber, Share, settings
from scripts.lib.splits import Split
from scripts.lib.training import Training

# A new kind of demo corpus, of features or of model is one module, and its name here.
Demo = Annotated[
    digits.Settings | genres.Settings | phonemes.Settings | speakers.Settings,
    Field(discriminator="kind"),
]
Recipe = Annotated[
    mfcc.Settings | logmel.Settings | melimage.Settings | spectral.Settings | stored.Settings,
    Field(discriminator="kind"),
]
Model = Annotated[
    perceptron.Settings
    | cnn.Settings
    | excerpt_cnn.Settings
    | single_conv.Settings
    | lstm.Settings
    | frame_mlp.Settings
    | linear.Settings
    | gaussian.Settings,
    Field(discriminator="kind"),
]

# Not strict: `--config 'seeds=[1,2]'` gives the numbers as text.
Seed = Annotated[int, Field(ge=0, strict=False)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


@settings
class Source:
    """Where a corpus' recordings come from: exactly one of these."""

    folder: str | None = None
    """A folder of recordings, used where it lies; never written to."""
    archive: str | None = None
    """A zip or tar archive of recordings, unpacked into `data/`."""


@settings
class Corpus:
    """A set of recordings: where they come from and how their paths read."""

    title: str
    """The name that the report shows."""
    layout: Annotated[str, Field(min_length=1)]
    """How paths read below the source, such as `data/{speaker}/{label}_{speaker}_{take}.wav`.

    `{label}` is the class, `{speaker}` and `{group}` are what a split can keep apart,
    `{partition}` is what the corpus itself divides by; other names only describe the path.
    `{name:2}` stands for just two characters. A name that comes twice must read the same twice.
    """
    sources: list[Source] = field(default_factory=list)
    """Where the real recordings may be (`data: real`): the first of these that is there is used."""
    demo: Demo | None = None
    """The stand-in that is made on the spot (`data: demo`)."""
    exclude: list[str] = field(default_factory=list)
    """Paths that are no part of the corpus; `*` and `?` match as in a shell, `/` too."""
    strangers: list[str] = field(default_factory=list)
    """Paths of recordings that are of no class: only an `open_set` split uses them, to see
    whether a model takes them for one. `*` and `?` match as in a shell."""
    alignment: Alignment | None = None
    """Labels are not those of recordings but of their frames, and stand in files beside them."""
    frame_ms: PositiveNumber | None = None
    """The recordings are arrays of frames (`.npy`, frames x values), so far apart."""
    labels: list[str] | None = None
    """The classes in their order; left out, those found, sorted."""
    licence: str = "not stated"
    """The licence of the real recordings."""
    min_seconds: Annotated[float, Field(ge=0)] = 0.1
    """Shorter clips are set aside."""
    cut_seconds: PositiveNumber | None = None
    """Longer recordings are cut into pieces of so many seconds, each an item of its own; what is
    left at the end is one too, unless it is shorter than `min_seconds`."""
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.05
    """The share of clips that may be set aside before the run stops."""
    reported_items: Positive | None = None
    """How many items the corpus of the reported figures had: with another number of items,
    or on demo data, the report makes no comparison."""


@settings
class Reported:
    """The figures that a source report gives for an experiment, as fractions."""

    source: str
    """Where the figures stand."""
    test_accuracy: Share | None = None
    train_accuracy: Share | None = None
    per_class: list[Annotated[float, Field(ge=0, le=1)]] | None = None
    """Recall of each class, in the order of the labels."""
    note: str = ""


@settings
class Experiment:
    """One model on one corpus: features, split, input, model, training."""

    corpus: str
    features: str
    split: str
    input: Input
    model: Model
    train: Training
    reported: Reported | None = None
    """What the source report measured."""
    twin: str | None = None
    """The same model under an honest protocol; the report shows it beside this one."""
    note: str = ""
    """What a reader of the report should know about it."""


@settings
class ReportedSeconds:
    """What a source report says that extraction took on its machine."""

    source: str
    """Where the figures stand."""
    serial: PositiveNumber
    """Seconds clip by clip."""
    thread_pool: PositiveNumber
    """Seconds over a pool of threads."""


@settings
class Timing:
    """What the extraction of a corpus by a recipe costs by one way and another."""

    corpus: str
    features: str
    clips: Positive = 1000
    """So many clips at most, spread evenly over the corpus."""
    repeats: Positive = 3
    """How often each way is timed; its median counts."""
    reported: ReportedSeconds | None = None
    """What the source report measured."""
    note: str = ""
    """What a reader of the report should know about it."""


@settings
class Config:
    """Everything that a run depends on."""

    data: Literal["demo", "real"] = "demo"
    """`demo` makes each corpus' stand-in on the spot, `real` uses each corpus' source."""
    select: Annotated[list[str], Field(min_length=1)] = field(default_factory=lambda: ["*"])
    """Experiments by name; `*` and `?` match as in a shell."""
    seeds: Annotated[list[Seed], Field(min_length=1)] = field(default_factory=lambda: [42])
    """Each experiment is trained once for each of these."""
    pool: Pool = "process"
    """How indexing, extraction and demo synthesis spread over cores."""
    corpora: dict[Name, Corpus]
    features: dict[Name, Recipe]
    splits: dict[Name, Split]
    experiments: dict[Name, Experiment]
    timings: dict[Name, Timing] = field(default_factory=dict)
    """What extraction costs; `select` picks among these too."""

    def selected(self) -> dict[str, Experiment]:
        """The experiments that `select` names, in the order of the configuration."""
        return {name: e for name, e in self.experiments.items() if self._is_selected(name)}

    def selected_timings(self) -> dict[str, Timing]:
        """The timings that `select` names, in the order of the configuration."""
        return {name: timing for name, timing in self.timings.items() if self._is_selected(name)}

    def _is_selected(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.select)

    def training_of(self, experiment: Experiment) -> Training:
        """How an experiment is trained on the data at hand."""
        train = experiment.train
        told = asdict(train.demo) if train.demo and self.data == "demo" else {}
        others = {key: value for key, value in told.items() if value is not None}
        return replace(train, **others, demo=None)
