"""Transcription, translation and language identification of recordings that the user names."""

from pathlib import Path

from resound.errors import UserError
from resound.workflow.named_recordings import digest_of_files, named_source
from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Transcribing:
    """What the rules of `rules/transcribe.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return what is transcribed, and the model unless it is fine-tuned and exists.

        A fine-tuned model that exists is used unchanged: its corpus need not be here any more.
        """
        inputs = {"source": named_source(self._config)}
        if not (run := self.run(wildcards)):
            return {**inputs, "pretrained": self._pretrained()}
        self._check_task()
        weights = f"{run}/model/model.safetensors"
        return inputs if Path(weights).exists() else {**inputs, "tuned": weights}

    def run(self, wildcards: Wildcards) -> str:
        """Return the folder of the run whose model transcribes; empty for a pretrained model."""
        name = self._config.transcriber
        return f"results/runs/{name}/{self._config.seeds[0]}" if name in self._project.tuned else ""

    def settings(self, wildcards: Wildcards) -> str:
        """Return the task, and how recordings are decoded."""
        return settings_string(task=self._config.task, transcription=self._config.transcription)

    def version(self, wildcards: Wildcards) -> str:
        """Return a digest of the files of the recordings, and of the model of a run."""
        run = self.run(wildcards)
        return digest_of_files(named_source(self._config), [Path(run, "model")] if run else [])

    def _pretrained(self) -> str:
        name, recognitions = self._config.transcriber, self._config.recognitions()
        if name in recognitions:
            name = recognitions[name].model.pretrained
        return self._project.pretrained(name)

    def _check_task(self) -> None:
        """Raise UserError if the fine-tuned model was fine-tuned for another task."""
        name, task = self._config.transcriber, self._config.task
        tuned_for = self._config.recognitions()[name].decode.task
        if task not in (tuned_for, "identify"):
            raise UserError(
                f"`task: {task}`, but '{name}' is fine-tuned for `task: {tuned_for}`: set"
                " `transcriber` to a model that is not fine-tuned, such as `whisper_medium`"
            )
