"""The space of an architecture search: settings of a model and of its training."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from resound.settings import settings

if TYPE_CHECKING:
    import optuna

Choice = bool | int | float | str | list[int | str]
Values = dict[str, Any]
"""A value for each path of a space."""

FIXED = {
    "model": ("kind",),
    "train": (
        "epochs",
        "evaluations_per_epoch",
        "checkpoint",
        "threads",
        "precision",
        "deterministic",
        "demo",
    ),
}
"""Settings that cannot be in a space: they are set by the study, or depend on the machine."""


@settings
class Range:
    """All numbers from `low` to `high`, or all integers where both are integers."""

    low: int | float
    high: int | float
    log: bool = False
    """Whether values are drawn uniformly in the logarithmic domain."""

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, or None."""
        if self.low >= self.high:
            return f"low {self.low} is not less than high {self.high}"
        if self.log and self.low <= 0:
            return f"a logarithmic range must begin above zero, not at {self.low}"
        return None


Space = dict[str, list[Choice] | Range]
"""The choices, or the range, of each path such as `model.dropout`."""


def suggest_values(trial: "optuna.trial.BaseTrial", space: Space) -> Values:
    """Return the value that `trial` has for each path of `space`."""
    return {path: _suggest(trial, path, entry) for path, entry in space.items()}


def _suggest(trial: "optuna.trial.BaseTrial", path: str, entry: list[Choice] | Range) -> Any:
    if not isinstance(entry, Range):
        # optuna cannot store lists, such as the widths of layers, so it chooses among JSON texts.
        return json.loads(trial.suggest_categorical(path, [json.dumps(choice) for choice in entry]))
    if isinstance(entry.low, int) and isinstance(entry.high, int):
        return trial.suggest_int(path, entry.low, entry.high, log=entry.log)
    return trial.suggest_float(path, entry.low, entry.high, log=entry.log)


def replace_settings(experiment: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """Return the `model`, `train` and other settings of an experiment with `values` inserted."""
    settings = {part: dict(entries) for part, entries in experiment.items()}
    for path, value in values.items():
        part, _, name = path.partition(".")
        settings[part][name] = value
    return settings


def format_value(value: Any) -> str:
    """Return a value of a setting as tables show it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("'", "")
