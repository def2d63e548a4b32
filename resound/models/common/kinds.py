"""The module of a model kind."""

import importlib
from pathlib import Path
from types import ModuleType

_MODELS = Path(__file__).resolve().parents[1]


def kind_path(kind: str) -> str:
    """Return the path of a kind's module, which has its `Settings` and `learner`.

    The path is relative to the project's root. A kind is a module of `resound.models`, or the
    module `learner` of a package there.
    """
    package = (_MODELS / kind).is_dir()
    return f"resound/models/{kind}/learner.py" if package else f"resound/models/{kind}.py"


def kind_module(kind: str) -> ModuleType:
    """Import and return a kind's module."""
    return importlib.import_module(kind_path(kind).removesuffix(".py").replace("/", "."))
