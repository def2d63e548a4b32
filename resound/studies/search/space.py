"""What an architecture search chooses among: settings of a model and of its training."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from resound.settings import settings

if TYPE_CHECKING:
    import optuna

Choice = bool | int | float | str | list[int | str]
Values = dict[str, Any]
"""What is chosen: a value for each path of a space."""

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
"""Settings that no search chooses: they are those of the study, or of the machine."""


@settings
class Range:
    """Every number from `low` to `high`; whole ones where both are."""

    low: int | float
    high: int | float
    log: bool = False
    """Whether each doubling is as likely as another."""

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        if self.low >= self.high:
            return f"low {self.low} is no less than high {self.high}"
        if self.log and self.low <= 0:
            return f"a logarithmic range begins above zero, not at {self.low}"
        return None


Space = dict[str, list[Choice] | Range]
"""By a path such as `model.dropout` the choices there are, or the range."""


def chosen(trial: "optuna.trial.BaseTrial", space: Space) -> Values:
    """What `trial` takes for each path of `space`."""
    return {path: _value(trial, path, entry) for path, entry in space.items()}


def _value(trial: "optuna.trial.BaseTrial", path: str, entry: list[Choice] | Range) -> Any:
    if not isinstance(entry, Range):
        # Layers are lists, which optuna does not store: it chooses among their texts.
        return json.loads(trial.suggest_categorical(path, [json.dumps(choice) for choice in entry]))
    if isinstance(entry.low, int) and isinstance(entry.high, int):
        return trial.suggest_int(path, entry.low, entry.high, log=entry.log)
    return trial.suggest_float(path, entry.low, entry.high, log=entry.log)


def varied(experiment: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """The settings of an experiment (its `model`, its `train`) with `values` in their places."""
    made = {part: dict(told) for part, told in experiment.items()}
    for path, value in values.items():
        part, _, name = path.partition(".")
        made[part][name] = value
    return made


def told(value: Any) -> str:
    """A value as a table shows it."""
    return f"{value:.3g}" if isinstance(value, float) else str(value).replace("'", "")
