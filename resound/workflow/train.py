"""Training of classifiers, and fine-tuning of speech recognition."""

from typing import Any

from resound.models.common.kinds import kind_path
from resound.workflow.project import Project
from resound.workflow.resources import Resource, either
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Training:
    """What the rules of `rules/train.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the dataset of an experiment, with its frame labels and its pretrained model."""
        experiment = self._config.experiments[wildcards.experiment]
        inputs = self._project.dataset(experiment)
        if self._project.has_frame_labels(wildcards.experiment):
            inputs["labels"] = inputs["matrix"].replace("matrix.npy", "labels.npy")
        if pretrained := getattr(experiment.model, "pretrained", None):
            inputs["pretrained"] = self._project.pretrained(pretrained)
        return inputs

    def code(self, wildcards: Wildcards) -> str:
        """Return the code of training, with that of the kind of model."""
        kind = self._config.experiments[wildcards.experiment].model.kind
        return self._project.code.of("scripts/train.py", kind_path(kind))

    def settings(self, wildcards: Wildcards) -> str:
        """Return how a classifier gets its input, what it is and how it is trained."""
        experiment = self._config.classifications()[wildcards.experiment]
        configuration: Any = self._config.feature_configuration(experiment.features)
        # Saved with the model, so that it can be used without this configuration.
        saved: dict[str, Any] = {}
        if configuration.kind == "hidden_states":
            saved["of"] = self._config.feature_configuration(configuration.of)
        corpus = self._config.corpora[experiment.corpus]
        if corpus.chunk_seconds and not corpus.alignment:
            chunks = {"seconds": corpus.chunk_seconds, "min_seconds": corpus.min_seconds}
            saved["chunks"] = chunks
        return settings_string(
            configuration=configuration,
            **saved,
            input=experiment.input,
            model=experiment.model,
            train=self._config.training_of(experiment),
            exclude_classes=self._project.split_of(wildcards.experiment).exclude_classes,
        )

    def finetune_settings(self, wildcards: Wildcards) -> str:
        """Return how speech recognition is fine-tuned, and how it decodes to validate."""
        experiment = self._config.recognitions()[wildcards.experiment]
        return settings_string(
            configuration=self._config.feature_configuration(experiment.features),
            model=experiment.model,
            decode=experiment.decode,
            train=self._config.training_of(experiment),
        )

    def threads(self, wildcards: Wildcards) -> int:
        """Return the cores that an experiment trains on."""
        train = self._config.experiments[wildcards.experiment].train
        return train.threads if train else 1

    def gpu(self, wildcards: Wildcards) -> int:
        """Return 1 for a model that can use a GPU, else 0."""
        model: Any = self._config.experiments[wildcards.experiment].model
        return int(model.gpu)

    def by_model(self, encoder: Resource, other: Resource) -> Resource:
        """Return a resource that differs for pretrained encoders and all other models."""

        def is_encoder(wildcards: Wildcards) -> bool:
            return self._config.experiments[wildcards.experiment].model.kind == "encoder"

        return either(is_encoder, encoder, other)
