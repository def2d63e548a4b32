"""What the rules know of a run: its configuration, what of it is selected, versions of the code."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from resound.config.experiments import Classification, Recognition
from resound.config.schema import Config
from resound.data.splits import Split
from resound.workflow.code_versions import CodeVersions


@dataclass(frozen=True)
class Project:
    """The configuration of a run; names are looked up in it once per run, not once per job."""

    config: Config
    files: Sequence[str | Path] = ()
    """The configuration files, the last of which wins."""
    code: CodeVersions = field(default_factory=CodeVersions)

    @cached_property
    def classifications(self) -> dict[str, Classification]:
        """The selected experiments that train a classifier."""
        selected = self.config.selected().items()
        return {name: e for name, e in selected if isinstance(e, Classification)}

    @cached_property
    def recognitions(self) -> dict[str, Recognition]:
        """The selected experiments that decode speech with a pretrained model."""
        selected = self.config.selected().items()
        return {name: e for name, e in selected if isinstance(e, Recognition)}

    @cached_property
    def tuned(self) -> set[str]:
        """The experiments, selected or not, that fine-tune their pretrained model."""
        return {name for name, e in self.config.recognitions().items() if e.train}

    @cached_property
    def identifications(self) -> set[str]:
        """The experiments, selected or not, that identify languages."""
        return self.experiments_with_task("identify")

    @cached_property
    def corpora(self) -> list[str]:
        """The corpora of all that is selected."""
        return sorted(self.config.corpora_in_use())

    @cached_property
    def models(self) -> list[str]:
        """The pretrained models, or their demo models, of what is selected."""
        experiments = self.config.selected().values()
        names = [getattr(experiment.model, "pretrained", None) for experiment in experiments]
        names += [self.config.pretrained_of(experiment.features) for experiment in experiments]
        names += map(self.config.pretrained_of_study, self.config.selected_studies())
        return sorted({self.config.model_in_use(name) for name in names if name})

    def experiments_with_task(self, *tasks: str) -> set[str]:
        """Return the experiments, selected or not, that decode for one of these tasks."""
        recognitions = self.config.recognitions().items()
        return {name for name, experiment in recognitions if experiment.decode.task in tasks}

    def split_of(self, experiment: str) -> Split:
        """Return the split of an experiment."""
        return self.config.splits[self.config.experiments[experiment].split]

    def has_frame_labels(self, experiment: str) -> bool:
        """Return whether the labels of an experiment's corpus are those of frames."""
        corpus = self.config.experiments[experiment].corpus
        return self.config.corpora[corpus].alignment is not None

    def describe_corpora(self, *keys: str) -> dict[str, dict[str, Any]]:
        """Return these settings of each corpus in use."""
        corpora = self.config.corpora
        return {name: {key: getattr(corpora[name], key) for key in keys} for name in self.corpora}

    # Where files are.

    def index(self, corpus: str) -> dict[str, str]:
        """Return the index of a corpus and its summary."""
        ends = {"index": "csv", "summary": "json"}
        return {name: f"results/corpora/{corpus}.{end}" for name, end in ends.items()}

    def dataset(self, data: Any) -> dict[str, str]:
        """Return the files of a dataset: the `corpus`, `features` and `split` of `data`."""
        return {
            **self.index(data.corpus),
            "split": f"results/splits/{data.corpus}/{data.split}.csv",
            **self.features(data.corpus, data.features),
        }

    def features(self, corpus: str, features: str) -> dict[str, str]:
        """Return the arrays of a corpus' features."""
        folder = f"results/features/{corpus}/{features}"
        return {"matrix": f"{folder}/matrix.npy", "offsets": f"{folder}/offsets.npy"}

    def pretrained(self, name: str) -> str:
        """Return the manifest of a pretrained model, or of its demo model on demo data."""
        return f"data/models/{self.config.model_in_use(name)}/source.json"
