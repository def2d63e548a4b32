"""Models as folders of their own."""

from resound.config.experiments import Recognition
from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Exporting:
    """What the rule of `rules/export.smk` depends on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config
        self.experiments = {*self._config.classifications(), *project.tuned}
        """The experiments, selected or not, that train a model."""

    def input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return model, metrics and record of a run, and the manifest of its pretrained model."""
        run = self.run(wildcards)
        tuned = wildcards.experiment in self._project.tuned
        inputs = {
            "model": f"{run}/model/{'model.safetensors' if tuned else 'model.json'}",
            "metrics": f"{run}/metrics.json",
            "provenance": f"{run}/provenance.json",
        }
        name = self._tokenizer_of(wildcards)
        return inputs | ({"pretrained": self._project.pretrained(name)} if name else {})

    def run(self, wildcards: Wildcards) -> str:
        """Return the folder of the run."""
        return f"results/runs/{wildcards.experiment}/{wildcards.seed}"

    def settings(self, wildcards: Wildcards) -> str:
        """Return what a model card says of the experiment and its corpus."""
        experiment = self._config.experiments[wildcards.experiment]
        corpus = self._config.corpora[experiment.corpus]
        name = getattr(experiment.model, "pretrained", None)
        pretrained = self._config.pretrained[name] if name else None
        split = self._config.splits[experiment.split]
        return settings_string(
            experiment=wildcards.experiment,
            data=self._config.data,
            corpus=experiment.corpus,
            title=corpus.title,
            licence=corpus.licence,
            note=experiment.note,
            pretrained=pretrained and pretrained.hub,
            pretrained_licence=pretrained and pretrained.licence,
            split={"kind": split.kind, "group_by": split.group_by},
        )

    def _tokenizer_of(self, wildcards: Wildcards) -> str | None:
        """Return the pretrained model whose tokenizer belongs to a classifier of texts."""
        experiment = self._config.experiments[wildcards.experiment]
        if isinstance(experiment, Recognition):
            return None
        configuration = self._config.features[experiment.features]
        return configuration.pretrained if configuration.kind == "tokens" else None
