"""The layout of the package: what may import what, and what belongs where."""

import ast
import io
import tokenize
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

ROOT = Path(__file__).resolve().parents[2]

# From the bottom up: a module imports from its own layer and from those below it.
LAYERS = (
    {"arrays", "errors", "settings", "provenance"},
    {"runtime"},
    {"io"},
    {"data"},
    {"features"},
    {"training"},
    {"models"},
    {"metrics", "report", "studies", "demo", "prediction"},
    {"serving"},
    {"config"},
    {"workflow"},
)
LAYER = {package: height for height, packages in enumerate(LAYERS) for package in packages}
SCRIPTS = sorted(path.name for path in (ROOT / "scripts").glob("*.py"))


@cache
def modules() -> dict[str, ast.Module]:
    """The modules of `resound` by their dotted names, packages among them, parsed."""
    trees = {}
    for path in (ROOT / "resound").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        trees[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return trees


def names_imported_by(tree: ast.Module) -> set[str]:
    """The dotted names that a module imports, wherever in the file: modules or things in them."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


@cache
def graph() -> dict[str, set[str]]:
    """The modules of `resound` that each of them imports."""
    edges: dict[str, set[str]] = {}
    for module, tree in modules().items():
        names = names_imported_by(tree)
        found = {name if name in modules() else name.rpartition(".")[0] for name in names}
        edges[module] = (found & modules().keys()) - {module}
    return edges


def layer_of(module: str) -> int:
    return LAYER[module.split(".")[1]]


def test_every_module_has_its_layer() -> None:
    packages = {name.split(".")[1] for name in modules() if "." in name}
    assert packages == LAYER.keys()


def test_imports_are_absolute() -> None:
    relative = [
        f"{module}:{node.lineno}"
        for module, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def test_imports_point_downward_only() -> None:
    upward = [
        f"{module} imports {imported}"
        for module, others in graph().items()
        for imported in others
        if module != "resound" and layer_of(imported) > layer_of(module)
    ]
    assert sorted(upward) == []


def test_no_modules_import_each_other() -> None:
    """Not in a circle either, nor inside a function."""
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_the_package_imports_no_script() -> None:
    importing = [
        module
        for module, tree in modules().items()
        if any(name.split(".")[0] == "scripts" for name in names_imported_by(tree))
    ]
    assert importing == []


def registered(union: object, package: str) -> set[str]:
    """The modules (or packages) of `package` in which the settings of a union are defined."""
    kinds = get_args(get_args(union)[0])
    found = {kind.__module__.removeprefix(f"resound.{package}.").split(".")[0] for kind in kinds}
    assert all(kind.__module__.startswith(f"resound.{package}.") for kind in kinds)
    return found


def directly_in(package: str) -> set[str]:
    """The modules and packages in a folder of kinds, but for what they share."""
    prefix = f"resound.{package}."
    return {name.removeprefix(prefix).split(".")[0] for name in modules() if prefix in name} - {
        "common"
    }


def test_every_module_of_features_is_a_registered_kind() -> None:
    from resound.config import registry

    assert directly_in("features") == registered(registry.FeatureConfiguration, "features")


def test_every_module_of_models_is_a_registered_kind() -> None:
    from resound.config import registry
    from resound.config.experiments import Recognition

    speech = get_type_hints(Recognition)["model"].__module__.split(".")[2]
    assert directly_in("models") == registered(registry.Model, "models") | {speech}


def lines_of_code(path: Path) -> int:
    """The lines of a file that hold code, without docstrings, comments and imports."""
    text = path.read_text(encoding="utf-8")
    skipped: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        is_docstring = (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        )
        if is_docstring or isinstance(node, ast.Import | ast.ImportFrom):
            skipped |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in layout | {tokenize.ENDMARKER}:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - skipped)


@pytest.mark.parametrize("name", SCRIPTS)
def test_stage_scripts_are_thin(name: str) -> None:
    assert lines_of_code(ROOT / "scripts" / name) <= 60


def test_every_rule_has_the_script_of_its_name() -> None:
    used = {
        line.strip().strip('"').rpartition("/")[2]
        for path in (ROOT / "rules").glob("*.smk")
        for line in path.read_text().splitlines()
        if line.strip().startswith('"../scripts/')
    }
    assert used == set(SCRIPTS) - {"__init__.py"}
