"""Grids of experiments: one experiment for each combination of the values of some settings."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, NamedTuple

from resound.config.error_location import Key


class Choice(NamedTuple):
    """One value that a grid chooses for a setting."""

    path: str
    """The setting, with the mappings that contain it: `train.epochs`."""
    position: int
    """The position of the value among those of the setting."""
    value: Any

    @property
    def steps(self) -> tuple[str, ...]:
        """The keys on the way to the setting."""
        return tuple(self.path.split("."))

    @property
    def change(self) -> dict[str, Any]:
        """The difference that gives the setting its value."""
        change = self.value
        for step in reversed(self.steps):
            change = {step: change}
        return dict(change)

    def find_missing(self, settings: Mapping[str, Any]) -> str | None:
        """Return the first mapping on the way to the setting that does not exist, if any."""
        inner: Any = settings
        for count, step in enumerate(self.steps[:-1], 1):
            inner = inner.get(step)
            if not isinstance(inner, Mapping):
                return ".".join(self.steps[:count])
        return None


class Point(NamedTuple):
    """One experiment of a grid."""

    grid: str
    choices: tuple[Choice, ...]


def lay_out(name: str, grid: Any) -> tuple[dict[str, Point], list[tuple[Key, str]]]:
    """Return the experiments of a grid by name, and what is wrong at which of its keys."""
    if not isinstance(grid, Mapping) or not grid:
        what = f"needs settings with lists of values, {{train.epochs: [5, 10]}}, not {grid!r}"
        return {}, [((), what)]
    mistakes: list[tuple[Key, str]] = [
        ((path,), f"needs a list of values, not {values!r}")
        for path, values in grid.items()
        if not isinstance(values, list) or not values
    ]
    if mistakes:
        return {}, mistakes
    points: dict[str, Point] = {}
    for values in product(*map(enumerate, grid.values())):
        choices = tuple(Choice(str(path), *value) for path, value in zip(grid, values))
        experiment = "_".join([name, *_labels(choices)])
        if experiment in points:
            mistakes.append(((), f"makes two experiments of the name '{experiment}'"))
        points[experiment] = Point(name, choices)
    return points, mistakes


def _labels(choices: Sequence[Choice]) -> Iterator[str]:
    """Yield each setting with its value as in a name: `hidden_64x32`, `learning_rate_0_001`."""
    last = [choice.steps[-1] for choice in choices]
    for setting, choice in zip(last, choices):
        label = setting if last.count(setting) == 1 else choice.path
        yield _slug(label) + "_" + _slug(_text(choice.value))


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return "_".join(map(_text, value.values()))
    return "x".join(map(_text, value)) if isinstance(value, list) else str(value)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
