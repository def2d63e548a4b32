"""The typed configuration: all that it may say, and what the workflow needs to know of it."""

from dataclasses import asdict, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from resound.config.benchmarks import ExtractionBenchmark
from resound.config.conclusions import Conclusion, Seed
from resound.config.corpora import Corpus
from resound.config.experiments import Classification, Experiment, Recognition
from resound.config.registry import DemoModel, FeatureConfiguration, Study
from resound.data.splits import Split
from resound.features import whisper as whisper_features
from resound.models.common.hub import Pretrained
from resound.models.whisper.settings import FineTuning, Transcription
from resound.runtime.pool import Pool
from resound.settings import Positive, settings
from resound.studies import transfer
from resound.studies.common.material import Data
from resound.training.settings import Training

_WithDemo = TypeVar("_WithDemo", Training, FineTuning, whisper_features.Settings)

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


@settings
class Config:
    """Everything that a run depends on."""

    data: Literal["demo", "real"] = "demo"
    """`demo` synthesises a small corpus in place of each, `real` uses the `sources` of each."""
    select: list[str] = field(default_factory=lambda: ["*"])
    """Experiments, benchmarks and studies by name; `*` and `?` match as in a shell."""
    seeds: Annotated[list[Seed], Field(min_length=1)] = field(default_factory=lambda: [42])
    """Each experiment is trained once with each of these."""
    pool: Pool = "process"
    """How indexing, extraction and synthesis spread over cores; results do not depend on it."""
    gpus_per_device: Positive = 1
    """Number of jobs that may share a GPU; more than one where models are small."""
    audio: str | None = None
    """What a model is used on: a recording, a folder, a list (`.txt`), or a table of texts.
    `snakemake results/transcripts/NAME.json --config audio=FILE` transcribes."""
    model: str = ""
    """The experiment whose classifier predicts: `snakemake results/predictions/NAME.csv --config
    audio=FOLDER model=EXPERIMENT`."""
    transcriber: str = ""
    """What transcribes it: a recognition among the experiments, or one of `pretrained`."""
    task: Literal["transcribe", "translate", "identify"] = "transcribe"
    """Whether the spoken words are written, or their translation into English, or the language."""
    transcription: Transcription = field(default_factory=Transcription)
    """How it is transcribed."""
    corpora: dict[Name, Corpus]
    """Recordings, or text pairs: where they come from and how they are read."""
    features: dict[Name, FeatureConfiguration]
    """How recordings or texts become numbers."""
    splits: dict[Name, Split]
    """How a corpus is divided into training, validation and test parts."""
    demo_models: dict[Name, DemoModel] = field(default_factory=dict)
    """Small models of the same classes as pretrained ones, trained on the spot (`data: demo`)."""
    pretrained: dict[Name, Pretrained] = field(default_factory=dict)
    """Models that others trained (`data: real`)."""
    experiments: dict[Name, Experiment]
    """What is trained or decoded, and measured."""
    extraction_benchmarks: dict[Name, ExtractionBenchmark] = field(default_factory=dict)
    """How long extraction takes."""
    studies: dict[Name, Study] = field(default_factory=dict)
    """Computations that check what the reports claim in prose."""
    conclusions: dict[Name, Conclusion] = field(default_factory=dict)
    """What the reports conclude from their experiments, compared over several seeds."""

    # Needed for every experiment, so computed once.
    @cached_property
    def _selected(self) -> dict[str, Classification | Recognition]:
        return {name: e for name, e in self.experiments.items() if self._is_selected(name)}

    @cached_property
    def _classifications(self) -> dict[str, Classification]:
        return {n: e for n, e in self.experiments.items() if isinstance(e, Classification)}

    @cached_property
    def _recognitions(self) -> dict[str, Recognition]:
        return {n: e for n, e in self.experiments.items() if isinstance(e, Recognition)}

    def selected(self) -> dict[str, Classification | Recognition]:
        """Return the experiments that `select` names, in the order of the configuration."""
        return self._selected

    def classifications(self) -> dict[str, Classification]:
        """Return the experiments, selected or not, that are classifications."""
        return self._classifications

    def recognitions(self) -> dict[str, Recognition]:
        """Return the experiments, selected or not, that are recognitions."""
        return self._recognitions

    def selected_benchmarks(self) -> dict[str, ExtractionBenchmark]:
        """Return the benchmarks that `select` names, in the order of the configuration."""
        return {n: b for n, b in self.extraction_benchmarks.items() if self._is_selected(n)}

    def selected_studies(self) -> dict[str, Study]:
        """Return the studies that `select` names, in the order of the configuration."""
        return {name: study for name, study in self.studies.items() if self._is_selected(name)}

    def selected_conclusions(self) -> dict[str, Conclusion]:
        """Return the conclusions all of whose experiments are selected."""
        selected = self.selected()
        return {
            name: conclusion
            for name, conclusion in self.conclusions.items()
            if all(experiment in selected for experiment in conclusion.experiments())
        }

    def seeds_of(self, conclusion: Conclusion) -> list[int]:
        """Return the seeds of the run, and then those that a conclusion adds on this run's data."""
        further = conclusion.demo_seeds if self.data == "demo" else conclusion.seeds
        return list(dict.fromkeys([*self.seeds, *further]))

    def corpora_in_use(self) -> set[str]:
        """Return the corpora of what is selected: experiments, benchmarks and studies."""
        used = {entry.corpus for entry in self.selected().values()}
        used |= {benchmark.corpus for benchmark in self.selected_benchmarks().values()}
        return used | {d.corpus for name in self.selected_studies() for d in self.own_data_of(name)}

    def study_on_this_data(self, name: str) -> Study:
        """Return a study with what is different on this run's data."""
        study = self.studies[name]
        if self.data == "demo" and isinstance(study, transfer.Settings) and study.demo_shares:
            return replace(study, shares=study.demo_shares)
        return study

    def pretrained_of_study(self, name: str) -> str | None:
        """Return the pretrained model that a study trains, if any."""
        if not isinstance(study := self.studies[name], transfer.Settings):
            return None
        baseline = self.classifications().get(study.baseline)
        return getattr(baseline and baseline.model, "pretrained", None)

    def own_data_of(self, study: str) -> list[Data]:
        """Return the data that a study names itself; `selected` names none but those of others."""
        data: list[Data] | Literal["selected"] = getattr(self.studies[study], "data", [])
        return [] if data == "selected" else data

    def data_of(self, study: str) -> list[Data]:
        """Return the data of a study; `selected` means those of all selected classifications."""
        if getattr(self.studies[study], "data", []) != "selected":
            return self.own_data_of(study)
        used = [
            Data(corpus=e.corpus, features=e.features, split=e.split)
            for e in self.selected().values()
            if isinstance(e, Classification) and self.corpora[e.corpus].alignment is None
        ]
        return list({(d.corpus, d.features, d.split): d for d in used}.values())

    def experiment_of(self, study: str) -> dict[str, Any] | None:
        """Return the input, model and training of a study's `baseline`; None if it has none."""
        name = getattr(self.studies[study], "baseline", None)
        if name is None:
            return None
        experiment = self.classifications()[name]
        parts = {"input": experiment.input, "model": experiment.model}
        return {**parts, "train": self.training_of(experiment)}

    def _is_selected(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.select)

    def training_of(self, experiment: Classification | Recognition) -> Training | FineTuning | None:
        """Return how an experiment is trained on this run's data; None if it is not trained."""
        train = experiment.train
        if isinstance(train, Training):
            return self._on_data(train)
        return self._on_data(train) if train else None

    def pretrained_of(self, features: str) -> str | None:
        """Return the pretrained model that features are computed with, if any."""
        return getattr(self.features[features], "pretrained", None)

    def feature_configuration(self, features: str) -> Any:
        """Return the configuration of features on this run's data."""
        configuration = self.features[features]
        return (
            self._on_data(configuration)
            if isinstance(configuration, whisper_features.Settings)
            else configuration
        )

    def model_in_use(self, pretrained: str) -> str:
        """Return a pretrained model's name, or on demo data the name of its demo model."""
        demo_model = self.pretrained[pretrained].demo_model if self.data == "demo" else None
        return demo_model or pretrained

    def _on_data(self, settings: _WithDemo) -> _WithDemo:
        """Return settings with what their `demo` changes, if the data are demo data."""
        changes = asdict(settings.demo) if settings.demo and self.data == "demo" else {}
        others = {key: value for key, value in changes.items() if value is not None}
        return replace(settings, **others, demo=None)
