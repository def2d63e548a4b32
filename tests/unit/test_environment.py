"""One version of everything: the pins of pip and those of conda."""

import re
from pathlib import Path

import yaml

ENVS = Path(__file__).resolve().parents[2] / "envs"


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
