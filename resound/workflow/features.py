"""Features of a corpus, whole or in shards, and labels of their frames."""

from functools import cached_property
from typing import Any

from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards

_TEXT_KINDS = ("tokens", "characters")


class Features:
    """What the rules of `rules/features.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    @cached_property
    def of_texts(self) -> set[str]:
        """The feature configurations of texts."""
        return {name for name, f in self._config.features.items() if f.kind in _TEXT_KINDS}

    @cached_property
    def of_encoders(self) -> set[str]:
        """The feature configurations that are the hidden states of a pretrained encoder."""
        return {name for name, f in self._config.features.items() if f.kind == "hidden_states"}

    @cached_property
    def of_recordings(self) -> set[str]:
        """The feature configurations that are extracted from recordings."""
        return self._config.features.keys() - self.of_texts - self.of_encoders

    @cached_property
    def sharded(self) -> set[str]:
        """The corpora whose features are extracted in several jobs."""
        return {name for name, corpus in self._config.corpora.items() if corpus.shards > 1}

    @cached_property
    def unsharded(self) -> set[str]:
        """The corpora whose features are extracted in one job."""
        return self._config.corpora.keys() - self.sharded

    def extract_code(self, wildcards: Wildcards) -> str:
        """Return the code of extraction, with that of the kind of features."""
        return self._code("extract", wildcards)

    def tokenize_code(self, wildcards: Wildcards) -> str:
        """Return the code of tokenization, with that of the kind of features."""
        return self._code("tokenize", wildcards)

    def settings(self, wildcards: Wildcards) -> str:
        """Return the feature configuration."""
        configuration = self._config.feature_configuration(wildcards.features)
        return settings_string(configuration=configuration)

    def shards(self, wildcards: Wildcards) -> dict[str, list[str]]:
        """Return the files of each shard of features: `matrices` and `offsets`."""
        folder = f"results/features/{wildcards.corpus}/{wildcards.features}"
        shards = self._config.corpora[wildcards.corpus].shards
        stems = [f"{folder}/{n}-of-{shards}" for n in range(1, shards + 1)]
        return {
            "matrices": [f"{stem}.matrix.npy" for stem in stems],
            "offsets": [f"{stem}.offsets.npy" for stem in stems],
        }

    def texts(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the index and, for tokens, the pretrained model whose tokenizer is used."""
        inputs = {"index": self._project.index(wildcards.corpus)["index"]}
        if pretrained := self._config.pretrained_of(wildcards.features):
            inputs["pretrained"] = self._project.pretrained(pretrained)
        return inputs

    def encoder_input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the features that a pretrained encoder takes, and the encoder."""
        configuration: Any = self._config.features[wildcards.features]
        return {
            "pretrained": self._project.pretrained(configuration.pretrained),
            **self._project.features(wildcards.corpus, configuration.of),
        }

    def label_settings(self, wildcards: Wildcards) -> str:
        """Return how the frames of a corpus are labelled, and how far apart they are."""
        alignment = self._config.corpora[wildcards.corpus].alignment
        return settings_string(alignment=alignment, hop_s=hop_s(self._project, wildcards.features))

    def _code(self, script: str, wildcards: Wildcards) -> str:
        kind = self._config.features[wildcards.features].kind
        return self._project.code.of(f"scripts/{script}.py", f"resound/features/{kind}.py")


def hop_s(project: Project, features: str) -> float:
    """Return the seconds from one frame of features to the next."""
    configuration: Any = project.config.features[features]
    seconds: float = configuration.hop / configuration.rate_hz
    return seconds
