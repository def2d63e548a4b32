"""Decoding of speech with a pretrained or fine-tuned model, in a corpus or in any recording."""

from resound.errors import UserError
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
        return {**inputs, "tuned": _tuned(run), "training": f"{run}/training.json"}

    def settings(self, wildcards: Wildcards) -> str:
        """Return the features of an experiment and how they are decoded."""
        experiment = self._config.recognitions()[wildcards.experiment]
        configuration = self._config.feature_configuration(experiment.features)
        return settings_string(configuration=configuration, decode=experiment.decode)

    def transcribe_input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the recording to transcribe, and the model: fine-tuned or pretrained."""
        if not self._config.audio:
            raise UserError("no recording to transcribe: name it with --config audio=<file>")
        inputs, name = {"audio": self._config.audio}, self._config.transcriber
        recognitions = self._config.recognitions()
        if name in self._project.tuned:
            self._check_task(name, recognitions[name].decode.task)
            return {**inputs, "tuned": _tuned(f"results/runs/{name}/{self._config.seeds[0]}")}
        if name in recognitions:
            name = recognitions[name].model.pretrained
        return {**inputs, "pretrained": self._project.pretrained(name)}

    def transcribe_settings(self, wildcards: Wildcards) -> str:
        """Return the path of the recording, and whether it is transcribed or translated."""
        return settings_string(audio=self._config.audio, task=self._config.task)

    def _check_task(self, name: str, tuned_for: str) -> None:
        """Raise UserError if the fine-tuned model `name` was fine-tuned for another task."""
        if tuned_for != self._config.task:
            raise UserError(
                f"`task: {self._config.task}`, but '{name}' is fine-tuned for `task: {tuned_for}`:"
                " set `transcriber` to a model that is not fine-tuned, such as `whisper_medium`"
            )


def _tuned(run: str) -> str:
    return f"{run}/model/model.safetensors"
