"""Decoding of the speech of a corpus with a pretrained or fine-tuned model."""

from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.train import Training
from resound.workflow.wildcards import Wildcards


class Decoding:
    """What the rules of `rules/decode.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config
        self._training = Training(project)

    def input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the dataset of an experiment, and its model: fine-tuned or pretrained."""
        inputs = self._training.input(wildcards)
        if wildcards.experiment not in self._project.tuned:
            return inputs
        del inputs["pretrained"]
        run = f"results/runs/{wildcards.experiment}/{wildcards.seed}"
        tuned = f"{run}/model/model.safetensors"
        return {**inputs, "tuned": tuned, "training": f"{run}/training.json"}

    def settings(self, wildcards: Wildcards) -> str:
        """Return the features of an experiment and how they are decoded."""
        experiment = self._config.recognitions()[wildcards.experiment]
        configuration = self._config.feature_configuration(experiment.features)
        return settings_string(configuration=configuration, decode=experiment.decode)
