"""One version of everything: the pins of pip, those of conda, and what the package requires."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
ENVS = ROOT / "envs"

# Distributions by what is imported of them, where the names differ.
DISTRIBUTIONS = {
    "backports": "backports.tarfile",
    "espeakng_loader": "espeakng-loader",
    "kagglesdk": "kaggle",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
# They come with what requires them: transformers, requests; `six` is imported by kaggle,
# `python_calamine` by pandas, `onnx` by torch.
INDIRECT = {"tokenizers", "urllib3"}
FOR_OTHERS = {"six", "python-calamine", "onnx"}


def normal(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lines: list[str]) -> dict[str, str]:
    found = {}
    for line in lines:
        name, version = line.split("#")[0].strip().split("==")
        found[normal(name)] = version
    return found


def lines_of(name: str) -> list[str]:
    lines = (line.split("#")[0].strip() for line in (ENVS / name).read_text().splitlines())
    return [line for line in lines if line]


def test_conda_has_the_pins_of_pip() -> None:
    (pip,) = (
        entry["pip"]
        for entry in yaml.safe_load((ENVS / "resound.yaml").read_text())["dependencies"]
        if isinstance(entry, dict)
    )
    by_conda, by_pip = pins(pip), pins(lines_of("constraints.txt"))
    assert by_conda
    assert by_conda == {name: by_pip[name] for name in by_conda}


def test_every_requirement_is_pinned() -> None:
    required = [re.match(r"[\w.-]+", line)[0] for line in lines_of("requirements.txt")]
    assert required
    missing = {normal(name) for name in required} - set(pins(lines_of("constraints.txt")))
    assert not missing


def test_nothing_is_pinned_twice() -> None:
    lines = lines_of("constraints.txt")
    assert len(pins(lines)) == len(lines)


def test_the_package_requires_what_it_imports() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = {normal(re.match(r"[\w.-]+", line)[0]) for line in project["dependencies"]}
    imported: set[str] = set()
    for path in (ROOT / "resound").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    imported -= sys.stdlib_module_names | {"resound"} | INDIRECT
    assert required == {normal(DISTRIBUTIONS.get(name, name)) for name in imported} | FOR_OTHERS
    workflow = project["optional-dependencies"]["workflow"]
    listed = {normal(re.match(r"[\w.-]+", line)[0]) for line in lines_of("requirements.txt")}
    assert required | {normal(name) for name in workflow} <= listed
