"""Splits of a corpus into parts."""

from functools import cached_property
from pathlib import Path

from resound.data.path_pattern import PathPattern
from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Splits:
    """What the rules of `rules/split.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._project, self._config = project, project.config

    def settings(self, wildcards: Wildcards) -> str:
        """Return a split and the contents of the lists that it names."""
        split = self._config.splits[wildcards.split]
        files = [Path(file) for file in (split.files or {}).values()]
        lists = [file.read_text() for file in files if file.is_file()]
        return settings_string(split=split, lists=lists)

    @property
    def figures(self) -> list[str]:
        """The figure of each corpus of a selected experiment."""
        return [f"results/splits/{corpus}.svg" for corpus in self._used]

    def plot_input(self, wildcards: Wildcards) -> dict[str, list[str]]:
        """Return the corpora of the selected experiments, their splits and frame labels."""
        indexes = [self._project.index(corpus) for corpus in self._used]
        framed = [
            self._project.features(corpus, self._config.experiments[name].features)
            for corpus, name in self._framed.items()
        ]
        return {
            "indexes": [files["index"] for files in indexes],
            "summaries": [files["summary"] for files in indexes],
            "splits": [
                f"results/splits/{corpus}/{split}.csv"
                for corpus, splits in self._used.items()
                for split in splits
            ],
            "labels": [files["matrix"].replace("matrix.npy", "labels.npy") for files in framed],
            "offsets": [files["offsets"] for files in framed],
        }

    def plot_settings(self, wildcards: Wildcards) -> str:
        """Return the path pattern of each corpus whose paths have the gender of the speaker."""
        patterns = {corpus: self._config.corpora[corpus].path_pattern for corpus in self._used}
        return settings_string(
            patterns={
                corpus: pattern if pattern and "gender" in PathPattern(pattern).fields else None
                for corpus, pattern in patterns.items()
            }
        )

    @cached_property
    def _used(self) -> dict[str, list[str]]:
        """The splits of the selected experiments by corpus, both sorted."""
        used = sorted({(e.corpus, e.split) for e in self._config.selected().values()})
        return {corpus: [s for c, s in used if c == corpus] for corpus, _ in used}

    @cached_property
    def _framed(self) -> dict[str, str]:
        """The first experiment of each corpus whose labels belong to frames."""
        framed = [n for n in self._project.classifications if self._project.has_frame_labels(n)]
        return {self._config.experiments[name].corpus: name for name in reversed(framed)}
