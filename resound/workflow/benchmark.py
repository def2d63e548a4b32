"""Benchmarks of feature extraction."""

from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Benchmarks:
    """What the rules of `rules/benchmark.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def input(self, wildcards: Wildcards) -> dict[str, str]:
        """Return the index of a benchmark's corpus and its summary."""
        return self._project.index(self._config.extraction_benchmarks[wildcards.benchmark].corpus)

    def code(self, wildcards: Wildcards) -> str:
        """Return the code of a benchmark, with that of the kind of features."""
        features = self._config.extraction_benchmarks[wildcards.benchmark].features
        kind = self._config.features[features].kind
        script = "scripts/benchmark_extraction.py"
        return self._project.code.of(script, f"resound/features/{kind}.py")

    def settings(self, wildcards: Wildcards) -> str:
        """Return what is extracted, and how often."""
        benchmark = self._config.extraction_benchmarks[wildcards.benchmark]
        return settings_string(
            configuration=self._config.feature_configuration(benchmark.features),
            clips=benchmark.clips,
            repeats=benchmark.repeats,
        )
