"""Evaluation of predictions: metrics, comparison with a variant, submission."""

from functools import cached_property

from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Evaluation:
    """What the rules of `rules/evaluate.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    @cached_property
    def with_classes(self) -> set[str]:
        """The experiments, selected or not, whose predictions are classes."""
        return self._config.classifications().keys() | self._project.identifications

    @cached_property
    def with_texts(self) -> set[str]:
        """The experiments, selected or not, whose predictions are texts."""
        return self._project.experiments_with_task("transcribe", "translate")

    @cached_property
    def variants(self) -> set[str]:
        """The experiments, selected or not, that are compared with the one they vary."""
        return {name for name, e in self._config.classifications().items() if e.variant_of}

    def index(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the index of an experiment's corpus and its summary."""
        return self._project.index(self._config.experiments[wildcards.experiment].corpus)

    def settings(self, wildcards: Wildcards) -> str:
        """Return what the metrics of classes depend on."""
        experiment = self._config.experiments[wildcards.experiment]
        split = self._project.split_of(wildcards.experiment)
        alignment = self._config.corpora[experiment.corpus].alignment
        return settings_string(
            group_by=split.group_by,
            silence=alignment and alignment.silence,
            probabilities=wildcards.experiment in self._project.identifications,
            exclude_classes=split.exclude_classes,
            vote=getattr(experiment, "vote", False),
        )

    def text_settings(self, wildcards: Wildcards) -> str:
        """Return what the metrics of texts depend on."""
        experiment = self._config.recognitions()[wildcards.experiment]
        return settings_string(
            task=experiment.decode.task,
            normaliser=experiment.normaliser,
            group_by=self._project.split_of(wildcards.experiment).group_by,
        )

    def pair(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the predictions of a variant and of the experiment that it varies."""
        names = {"predictions": wildcards.experiment, "baseline": self._baseline(wildcards)}
        return {
            key: f"results/runs/{name}/{wildcards.seed}/predictions.csv"
            for key, name in names.items()
        }

    def pair_settings(self, wildcards: Wildcards) -> str:
        """Return the name of the experiment that a variant varies."""
        return settings_string(variant_of=self._baseline(wildcards))

    def _baseline(self, wildcards: Wildcards) -> str | None:
        return self._config.classifications()[wildcards.experiment].variant_of
