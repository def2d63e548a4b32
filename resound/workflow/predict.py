"""Predictions of trained classifiers for recordings and texts that the user names."""

from pathlib import Path
from typing import Any

from resound.config.experiments import Classification
from resound.errors import UserError, nearest
from resound.models.common.kinds import kind_path
from resound.workflow.named_recordings import digest_of_files, named_source
from resound.workflow.project import Project
from resound.workflow.wildcards import Wildcards


class Predicting:
    """What the rules of `rules/predict.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return what the model predicts for, and the model unless it exists.

        A model that exists is used unchanged: its training corpus need not be here any more.
        """
        inputs = {"source": named_source(self._config)}
        run = self.run(wildcards)
        files = {"model": f"{run}/model/model.json", "metrics": f"{run}/metrics.json"}
        inputs |= {name: file for name, file in files.items() if not Path(file).exists()}
        pretrained = self._config.pretrained_of(self._experiment().features)
        return inputs | ({"pretrained": self._project.pretrained(pretrained)} if pretrained else {})

    def run(self, wildcards: Wildcards) -> str:
        """Return the folder of the run whose model predicts."""
        self._experiment()
        return f"results/runs/{self._config.model}/{self._config.seeds[0]}"

    def code(self, wildcards: Wildcards) -> str:
        """Return the code of prediction, with that of the kinds of features and model."""
        experiment = self._experiment()
        kinds = [f"resound/features/{kind}.py" for kind in self._feature_kinds(experiment)]
        return self._project.code.of("scripts/predict.py", *kinds, kind_path(experiment.model.kind))

    def version(self, wildcards: Wildcards) -> str:
        """Return a digest of the files of the recordings and of the model."""
        return digest_of_files(named_source(self._config), [Path(self.run(wildcards), "model")])

    def gpu(self, wildcards: Wildcards) -> int:
        """Return 1 for a model that can use a GPU, else 0."""
        model: Any = self._experiment().model
        return int(model.gpu)

    def _experiment(self) -> Classification:
        """Return the experiment whose model is used. Raises UserError if there is none."""
        known = self._config.classifications()
        name = self._config.model
        if not name:
            raise UserError(
                "no model to predict with: name an experiment with --config model=<experiment>"
            )
        if name not in known:
            raise UserError(f"`model: {name}` is no experiment that trains{nearest(name, known)}")
        return known[name]

    def _feature_kinds(self, experiment: Classification) -> list[str]:
        configuration: Any = self._config.features[experiment.features]
        kinds = [configuration.kind]
        if configuration.kind == "hidden_states":
            kinds.append(self._config.features[configuration.of].kind)
        return kinds
