"""The typed configuration: what `config.yaml` may say, and what it means."""

from dataclasses import asdict, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Discriminator, Field, Tag

from scripts.lib.alignment import Alignment
from scripts.lib.config.resources import Resources, Rule
from scripts.lib.demo import (
    digits,
    emotions,
    genres,
    inference,
    languages,
    mandarin,
    persian,
    phonemes,
    speakers,
    tiny_bert,
    tiny_hubert,
    tiny_whisper,
)
from scripts.lib.downloads.drive import Drive
from scripts.lib.downloads.fetch import SOURCES
from scripts.lib.downloads.github import GitHub
from scripts.lib.downloads.hub import Hub
from scripts.lib.downloads.kaggle_ import Kaggle
from scripts.lib.downloads.parts import Parts
from scripts.lib.downloads.url import Url
from scripts.lib.features import (
    characters,
    hidden,
    logmel,
    melimage,
    mfcc,
    spectral,
    stored,
    tokens,
    waveform,
)
from scripts.lib.features import whisper as whisper_features
from scripts.lib.inputs import Input
from scripts.lib.models import (
    cnn,
    encoder,
    excerpt_cnn,
    frame_mlp,
    gaussian,
    kan,
    layer_probe,
    linear,
    lstm,
    mlp,
    perceptron,
    single_conv,
    tfidf,
)
from scripts.lib.pairs import Pairs
from scripts.lib.pool import Pool
from scripts.lib.pretrained import Pretrained
from scripts.lib.recognition import Decode, FineTuning, Whisper
from scripts.lib.settings import Positive, PositiveNumber, Share, settings
from scripts.lib.splits import Split
from scripts.lib.studies import clustering, distances, estimators, gradients, matching, search
from scripts.lib.studies import kan as kan_study
from scripts.lib.studies.material import Data
from scripts.lib.training import Training
from scripts.lib.transcripts import Transcripts

# A new kind of demo corpus, of features or of model is one module, and its name here.
Demo = Annotated[
    digits.Settings
    | emotions.Settings
    | genres.Settings
    | inference.Settings
    | languages.Settings
    | mandarin.Settings
    | persian.Settings
    | phonemes.Settings
    | speakers.Settings,
    Field(discriminator="kind"),
]
Recipe = Annotated[
    mfcc.Settings
    | logmel.Settings
    | melimage.Settings
    | spectral.Settings
    | stored.Settings
    | waveform.Settings
    | whisper_features.Settings
    | characters.Settings
    | tokens.Settings
    | hidden.Settings,
    Field(discriminator="kind"),
]
Model = Annotated[
    perceptron.Settings
    | cnn.Settings
    | excerpt_cnn.Settings
    | single_conv.Settings
    | lstm.Settings
    | frame_mlp.Settings
    | mlp.Settings
    | kan.Settings
    | linear.Settings
    | gaussian.Settings
    | encoder.Settings
    | layer_probe.Settings
    | tfidf.Settings,
    Field(discriminator="kind"),
]
StandIn = Annotated[
    tiny_bert.Settings | tiny_hubert.Settings | tiny_whisper.Settings,
    Field(discriminator="kind"),
]

Study = Annotated[
    clustering.Settings
    | distances.Settings
    | estimators.Settings
    | gradients.Settings
    | kan_study.Settings
    | matching.Settings
    | search.Settings,
    Field(discriminator="kind"),
]

_OnDemo = TypeVar("_OnDemo", Training, FineTuning, whisper_features.Settings)

# Not strict: `--config 'seeds=[1,2]'` gives the numbers as text.
Seed = Annotated[int, Field(ge=0, strict=False)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


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
    layout: Annotated[str, Field(min_length=1)] | None = None
    """How paths read below the source, such as `data/{speaker}/{label}_{speaker}_{take}.wav`.

    `{label}` is the class, `{speaker}` and `{group}` are what a split can keep apart,
    `{partition}` is what the corpus itself divides by; other names only describe the path.
    `{name:2}` stands for just two characters. A name that comes twice must read the same twice.
    """
    sources: list[Source] = field(default_factory=list)
    """Where the real recordings may be (`data: real`): the first `folder` or `archive` that is
    there, else the first of the others that can be fetched."""
    demo: Demo | None = None
    """The stand-in that is made on the spot (`data: demo`)."""
    exclude: list[str] = field(default_factory=list)
    """Paths that are no part of the corpus; `*` and `?` match as in a shell, `/` too."""
    strangers: list[str] = field(default_factory=list)
    """Paths of recordings that are of no class: only an `open_set` split uses them, to see
    whether a model takes them for one. `*` and `?` match as in a shell."""
    transcripts: Transcripts | None = None
    """What is said stands in a table beside the recordings."""
    pairs: Pairs | None = None
    """There are no recordings but tables of text pairs; goes without `layout`."""
    alignment: Alignment | None = None
    """Labels are not those of recordings but of their frames, and stand in files beside them."""
    frame_ms: PositiveNumber | None = None
    """The recordings are arrays of frames (`.npy`, frames x values), so far apart."""
    labels: list[str] | None = None
    """The classes in their order; left out, those found, sorted."""
    names: dict[str, str] = field(default_factory=dict)
    """What labels of paths and tables are called: `{A: anger}`."""
    licence: str = "not stated"
    """The licence of the real recordings."""
    citation: str = ""
    """Who made them, and where that is told."""
    about_mb: Positive | None = None
    """How large the real recordings are to fetch."""
    min_seconds: Annotated[float, Field(ge=0)] = 0.1
    """Shorter clips are set aside."""
    max_seconds: PositiveNumber | None = None
    """Longer recordings are set aside."""
    cut_longer: bool = False
    """Longer ones than `max_seconds` are not set aside but lose their end; texts stay whole."""
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
    """The figures that a source report gives for a classification, as fractions."""

    source: str
    """Where the figures stand."""
    test_accuracy: Share | None = None
    train_accuracy: Share | None = None
    macro_f1: Share | None = None
    weighted_f1: Share | None = None
    f1: Share | None = None
    """One whose average over classes the report does not tell."""
    validation_by_epoch: list[Share] | None = None
    """Accuracy on the validation part after each epoch."""
    per_class: list[Annotated[float, Field(ge=0, le=1)]] | None = None
    """Recall of each class, in the order of the labels."""
    note: str = ""


@settings
class ReportedText:
    """The figures that a source report gives for a recognition, as fractions."""

    source: str
    """Where the figures stand."""
    test_wer: PositiveNumber | None = None
    train_wer: PositiveNumber | None = None
    validation_wer: PositiveNumber | None = None
    all_wer: PositiveNumber | None = None
    note: str = ""


@settings
class Classification:
    """One model on one corpus: features, split, input, model, training."""

    corpus: str
    features: str
    split: str
    input: Input
    model: Model
    train: Training
    vote: bool = False
    """Whether the pieces of a recording (`cut_seconds`) are judged as one, by their mean scores."""
    variant_of: str | None = None
    """The experiment that it differs from in little; the report compares them item by item."""
    reported: Reported | None = None
    """What the source report measured."""
    twin: str | None = None
    """The same model under an honest protocol; the report shows it beside this one."""
    note: str = ""
    """What a reader of the report should know about it."""


@settings
class Recognition:
    """What a pretrained model hears in a corpus, as it came or fine-tuned."""

    corpus: str
    features: str
    split: str
    model: Whisper
    decode: Decode
    train: FineTuning | None = None
    """How it is fine-tuned; left out, it stays as it came."""
    normaliser: Literal["persian"] | None = None
    """Under which writing errors are counted once more."""
    reported: ReportedText | None = None
    """What the source report measured."""
    before: str | None = None
    """The experiment that shows what the same model heard before; the report compares."""
    twin: str | None = None
    """The same model under an honest protocol; the report shows it beside this one."""
    note: str = ""
    """What a reader of the report should know about it."""


def _form(experiment: Any) -> str:
    """Whether an experiment is a classification or a recognition: its model tells."""
    if not isinstance(experiment, dict):
        return "recognition" if isinstance(experiment, Recognition) else "classification"
    model = experiment.get("model")
    is_whisper = isinstance(model, dict) and model.get("kind") == "whisper"
    return "recognition" if is_whisper else "classification"


Experiment = Annotated[
    Annotated[Classification, Tag("classification")] | Annotated[Recognition, Tag("recognition")],
    Discriminator(_form),
]


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
    resources: dict[Rule, Resources] = field(default_factory=dict)
    """What jobs ask for, by their rule."""
    audio: str | None = None
    """A recording to transcribe: `snakemake results/transcripts/NAME.json --config audio=FILE`."""
    transcriber: str = ""
    """What transcribes it: a recognition among the experiments, or one of `pretrained`."""
    corpora: dict[Name, Corpus]
    features: dict[Name, Recipe]
    splits: dict[Name, Split]
    stand_ins: dict[Name, StandIn] = field(default_factory=dict)
    """Small models of the same classes as real ones, trained on the spot (`data: demo`)."""
    pretrained: dict[Name, Pretrained] = field(default_factory=dict)
    """Models that others trained (`data: real`)."""
    experiments: dict[Name, Experiment]
    timings: dict[Name, Timing] = field(default_factory=dict)
    """What extraction costs; `select` picks among these too."""
    studies: dict[Name, Study] = field(default_factory=dict)
    """What the reports state in prose, computed; `select` picks among these too."""

    # Asked for at every experiment, so found once.
    @cached_property
    def _selected(self) -> dict[str, Classification | Recognition]:
        return {name: e for name, e in self.experiments.items() if self._is_selected(name)}

    @cached_property
    def _classifications(self) -> dict[str, Classification]:
        return {n: e for n, e in self.experiments.items() if isinstance(e, Classification)}

    @cached_property
    def _recognitions(self) -> dict[str, Recognition]:
        return {n: e for n, e in self.experiments.items() if isinstance(e, Recognition)}

    def resources_of(self, rule: Rule) -> Resources:
        """What a job of `rule` asks for."""
        return self.resources.get(rule, Resources())

    def selected(self) -> dict[str, Classification | Recognition]:
        """The experiments that `select` names, in the order of the configuration."""
        return self._selected

    def classifications(self) -> dict[str, Classification]:
        """The experiments, selected or not, that classify with a model of their own."""
        return self._classifications

    def recognitions(self) -> dict[str, Recognition]:
        """The experiments, selected or not, that ask a pretrained model what it hears."""
        return self._recognitions

    def selected_timings(self) -> dict[str, Timing]:
        """The timings that `select` names, in the order of the configuration."""
        return {name: timing for name, timing in self.timings.items() if self._is_selected(name)}

    def selected_studies(self) -> dict[str, Study]:
        """The studies that `select` names, in the order of the configuration."""
        return {name: study for name, study in self.studies.items() if self._is_selected(name)}

    def data_of(self, study: str) -> list[Data]:
        """What a study works on; `selected` is all that the selected classifications do."""
        asked: list[Data] | Literal["selected"] = getattr(self.studies[study], "data", [])
        if asked != "selected":
            return asked
        used = [
            Data(corpus=e.corpus, features=e.features, split=e.split)
            for e in self.selected().values()
            if isinstance(e, Classification) and self.corpora[e.corpus].alignment is None
        ]
        return list({(d.corpus, d.features, d.split): d for d in used}.values())

    def experiment_of(self, study: str) -> dict[str, Any] | None:
        """What a study takes from the experiment that it is `beside`, if any."""
        name = getattr(self.studies[study], "beside", None)
        if name is None:
            return None
        experiment = self.classifications()[name]
        parts = {"input": experiment.input, "model": experiment.model}
        return {**parts, "train": self.training_of(experiment)}

    def _is_selected(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.select)

    def training_of(self, experiment: Classification | Recognition) -> Training | FineTuning | None:
        """How an experiment is trained on the data at hand; None for one that is not."""
        train = experiment.train
        if isinstance(train, Training):
            return self._at_hand(train)
        return self._at_hand(train) if train else None

    def pretrained_of(self, features: str) -> str | None:
        """The pretrained model that a recipe needs, if any."""
        return getattr(self.features[features], "pretrained", None)

    def recipe(self, features: str) -> Any:
        """A recipe as the data at hand takes it."""
        recipe = self.features[features]
        return self._at_hand(recipe) if isinstance(recipe, whisper_features.Settings) else recipe

    def model_at_hand(self, pretrained: str) -> str:
        """A pretrained model's name, or that of its stand-in on demo data."""
        stand_in = self.pretrained[pretrained].stand_in if self.data == "demo" else None
        return stand_in or pretrained

    def _at_hand(self, settings: _OnDemo) -> _OnDemo:
        """Settings with what they say of demo data, where the data are that."""
        told = asdict(settings.demo) if settings.demo and self.data == "demo" else {}
        others = {key: value for key, value in told.items() if value is not None}
        return replace(settings, **others, demo=None)
