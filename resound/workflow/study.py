"""Studies: computations behind the claims of the reports."""

from resound.models.common.kinds import kind_path
from resound.workflow.project import Project
from resound.workflow.resources import Resource, either
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Studies:
    """What the rules of `rules/study.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def input(self, wildcards: Wildcards) -> dict[str, list[str] | str]:
        """Return the files of each dataset that a study works on, and its pretrained model."""
        datasets = [self._project.dataset(data) for data in self._config.data_of(wildcards.study)]
        names = datasets[0] if datasets else {}
        inputs: dict[str, list[str] | str] = {}
        inputs |= {name: [dataset[name] for dataset in datasets] for name in names}
        if pretrained := self._config.pretrained_of_study(wildcards.study):
            inputs["pretrained"] = self._project.pretrained(pretrained)
        return inputs

    def by_model(self, encoder: Resource, other: Resource) -> Resource:
        """Return a resource that differs for studies that train a pretrained encoder."""
        return either(lambda wildcards: bool(self.gpu(wildcards)), encoder, other)

    def gpu(self, wildcards: Wildcards) -> int:
        """Return 1 for a study that trains a pretrained model, else 0."""
        return int(self._config.pretrained_of_study(wildcards.study) is not None)

    def code(self, wildcards: Wildcards) -> str:
        """Return the code of a study, with that of the model of the experiment that it follows."""
        kind = self._config.studies[wildcards.study].kind
        used = ["scripts/study.py", f"resound/studies/{kind}/__init__.py"]
        if experiment := self._config.experiment_of(wildcards.study):
            used.append(kind_path(experiment["model"].kind))
        return self._project.code.of(*used)

    def settings(self, wildcards: Wildcards) -> str:
        """Return a study, its datasets and the experiment that it follows, if any."""
        experiment = self._config.experiment_of(wildcards.study)
        return settings_string(
            study=self._config.study_on_this_data(wildcards.study),
            data=self._config.data_of(wildcards.study),
            **({"experiment": experiment} if experiment else {}),
        )
