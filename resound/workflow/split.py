"""Splits of a corpus into parts."""

from pathlib import Path

from resound.workflow.project import Project
from resound.workflow.settings import settings_string
from resound.workflow.wildcards import Wildcards


class Splits:
    """What the rules of `rules/split.smk` depend on."""

    def __init__(self, project: Project) -> None:
        self._config = project.config

    def settings(self, wildcards: Wildcards) -> str:
        """Return a split and the contents of the lists that it names."""
        split = self._config.splits[wildcards.split]
        files = [Path(file) for file in (split.files or {}).values()]
        lists = [file.read_text() for file in files if file.is_file()]
        return settings_string(split=split, lists=lists)
