"""The module of a feature kind."""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any


def feature_module(kind: str) -> ModuleType:
    """Import and return the module of a feature kind, which has its `Settings` and `extract`."""
    return importlib.import_module(f"resound.features.{kind}")


def configuration_of(settings: Mapping[str, Any]) -> Any:
    """Return a feature configuration as the `Settings` of its kind."""
    return feature_module(settings["kind"]).Settings(**settings)
