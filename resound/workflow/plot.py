"""Plots of a run."""

from resound.report.published import CURVES
from resound.workflow.features import hop_s
from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Plots:
    """What the rules of `rules/plot.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def settings(self, wildcards: Wildcards) -> str:
        """Return what a plot shows beside what was measured."""
        experiment = self._config.classifications()[wildcards.experiment]
        corpus, reported = self._config.corpora[experiment.corpus], experiment.reported
        curves = {column: getattr(reported, name, None) for name, column in CURVES.items()}
        return settings_string(
            data=self._config.data,
            per_class=reported and reported.per_class,
            curves={column: values for column, values in curves.items() if values},
            reported_items=corpus.reported_items,
            reported_frames=corpus.reported_frames,
        )

    def text_settings(self, wildcards: Wildcards) -> str:
        """Return the curves that a source report gives for a fine-tuned recognition."""
        experiment = self._config.recognitions()[wildcards.experiment]
        corpus, reported = self._config.corpora[experiment.corpus], experiment.reported
        curves = {
            "loss": reported and reported.train_loss_by_evaluation,
            "validation_loss": reported and reported.validation_loss_by_evaluation,
            "validation_wer": reported and reported.validation_wer_by_evaluation,
        }
        return settings_string(
            data=self._config.data,
            curves={name: values for name, values in curves.items() if values},
            reported_items=corpus.reported_items,
            reported_frames=corpus.reported_frames,
        )

    def utterance_input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the index and the features of an experiment."""
        experiment = self._config.experiments[wildcards.experiment]
        features = self._project.features(experiment.corpus, experiment.features)
        return self._project.index(experiment.corpus) | features

    def utterance_settings(self, wildcards: Wildcards) -> str:
        """Return how far apart the frames of an experiment are."""
        features = self._config.experiments[wildcards.experiment].features
        return settings_string(hop_s=hop_s(self._project, features))
