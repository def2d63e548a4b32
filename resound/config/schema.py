"""The typed configuration: all that `config.yaml` may say, and what the workflow asks of it."""

from dataclasses import asdict, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from resound.config.benchmarks import Timing
from resound.config.corpora import Corpus
from resound.config.experiments import Classification, Experiment, Recognition
from resound.config.registry import DemoModel, FeatureConfiguration, Study
from resound.config.resources import Resources, Rule
from resound.data.splits import Split
from resound.features import whisper as whisper_features
from resound.models.common.pretrained import Pretrained
from resound.models.whisper.settings import FineTuning
from resound.runtime.pool import Pool
from resound.settings import Positive, settings
from resound.studies.common.material import Data
from resound.training.loop import Training

_OnDemo = TypeVar("_OnDemo", Training, FineTuning, whisper_features.Settings)

# Not strict: `--config 'seeds=[1,2]'` gives the numbers as text.
Seed = Annotated[int, Field(ge=0, strict=False)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


@settings
class Config:
    """Everything that a run depends on."""

    data: Literal["demo", "real"] = "demo"
    """`demo` makes each corpus' demo model on the spot, `real` uses each corpus' source."""
    select: Annotated[list[str], Field(min_length=1)] = field(default_factory=lambda: ["*"])
    """Experiments by name; `*` and `?` match as in a shell."""
    seeds: Annotated[list[Seed], Field(min_length=1)] = field(default_factory=lambda: [42])
    """Each experiment is trained once for each of these."""
    pool: Pool = "process"
    """How indexing, extraction and demo synthesis spread over cores."""
    gpus_per_device: Positive = 1
    """So many jobs may share a GPU; more than one where models are small."""
    resources: dict[Rule, Resources] = field(default_factory=dict)
    """What jobs ask for, by their rule."""
    audio: str | None = None
    """A recording to transcribe: `snakemake results/transcripts/NAME.json --config audio=FILE`."""
    transcriber: str = ""
    """What transcribes it: a recognition among the experiments, or one of `pretrained`."""
    corpora: dict[Name, Corpus]
    features: dict[Name, FeatureConfiguration]
    splits: dict[Name, Split]
    demo_models: dict[Name, DemoModel] = field(default_factory=dict)
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
        """The pretrained model that a configuration needs, if any."""
        return getattr(self.features[features], "pretrained", None)

    def feature_configuration(self, features: str) -> Any:
        """A configuration as the data at hand takes it."""
        configuration = self.features[features]
        return (
            self._at_hand(configuration)
            if isinstance(configuration, whisper_features.Settings)
            else configuration
        )

    def model_at_hand(self, pretrained: str) -> str:
        """A pretrained model's name, or that of its demo model on demo data."""
        demo_model = self.pretrained[pretrained].demo_model if self.data == "demo" else None
        return demo_model or pretrained

    def _at_hand(self, settings: _OnDemo) -> _OnDemo:
        """Settings with what they say of demo data, where the data are that."""
        told = asdict(settings.demo) if settings.demo and self.data == "demo" else {}
        others = {key: value for key, value in told.items() if value is not None}
        return replace(settings, **others, demo=None)
