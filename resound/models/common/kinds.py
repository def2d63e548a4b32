"""Where the module of a model kind is."""

import importlib
from pathlib import Path
from types import ModuleType

_MODELS = Path(__file__).resolve().parents[1]


def kind_path(kind: str) -> str:
    """The path, below the project's root, of the module that has a kind's `Settings` and `learner`.

    A kind is a module of `resound.models`, or the module `learner` of a package there.
    """
    package = (_MODELS / kind).is_dir()
    return f"resound/models/{kind}/learner.py" if package else f"resound/models/{kind}.py"


def kind_module(kind: str) -> ModuleType:
    """The module of `kind_path`."""
    return importlib.import_module(kind_path(kind).removesuffix(".py").replace("/", "."))
