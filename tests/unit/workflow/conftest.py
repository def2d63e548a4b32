"""The shipped configuration as the rules know it, without Snakemake."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from resound.config.load import load, shipped_files
from resound.workflow.project import Project

Projects = Callable[..., Project]


@pytest.fixture(scope="session")
def projects() -> Projects:
    """The project of an overlay; one of each overlay is enough."""
    known: dict[str, Project] = {}

    def project(**overlay: Any) -> Project:
        key = repr(overlay)
        if key not in known:
            known[key] = Project(load(overlay, [], shipped_files()), files=shipped_files())
        return known[key]

    return project


@pytest.fixture
def project(projects: Projects) -> Project:
    """The project of the shipped configuration, on demo data."""
    return projects()


def wildcards(**values: str) -> SimpleNamespace:
    """The wildcards of a job."""
    return SimpleNamespace(**values)
