"""What the report tells of each experiment, gathered from its runs."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from scripts.lib.files import read_json
from scripts.lib.reported import comparable
from scripts.lib.tables import read_table, rows_of

PLOTS = ("curves", "confusion", "classes")


@dataclass(frozen=True)
class Run:
    """One experiment with one seed."""

    seed: int
    test: dict[str, Any]
    train_accuracy: float
    provenance: dict[str, Any]
    open_set: dict[str, Any] | None
    """How strangers were told, where there were any."""
    plots: dict[str, str]
    """SVG figures as data URIs."""
    diverged: bool

    @classmethod
    def read(cls, folder: Path) -> "Run":
        """The run whose files lie in `folder`."""
        metrics = read_json(folder / "metrics.json")
        more = ["open_set"] if "open_set" in metrics else []
        more += ["utterance"] if "utterances" in metrics["parts"]["test"] else []
        history = read_table(folder / "history.csv")
        return cls(
            seed=int(folder.name),
            test=metrics["parts"]["test"],
            train_accuracy=_train_accuracy(metrics["parts"], history),
            provenance=read_json(folder / "provenance.json"),
            open_set=metrics.get("open_set"),
            plots={name: _svg(folder / "plots" / f"{name}.svg") for name in (*PLOTS, *more)},
            diverged=any(loss in ("nan", "inf") for loss in history["loss"]),
        )


@dataclass(frozen=True)
class Result:
    """An experiment over its seeds."""

    name: str
    settings: dict[str, Any]
    runs: list[Run]

    @property
    def accuracy(self) -> float:
        """Test accuracy, the mean over seeds."""
        return fmean(run.test["accuracy"] for run in self.runs)

    @property
    def deviation(self) -> float | None:
        """The standard deviation over seeds, where there are several."""
        return stdev(run.test["accuracy"] for run in self.runs) if len(self.runs) > 1 else None

    @property
    def train_accuracy(self) -> float:
        """Accuracy on the training part, the mean over seeds."""
        return fmean(run.train_accuracy for run in self.runs)

    @property
    def macro_f1(self) -> float:
        """Macro F1 on the test part, the mean over seeds."""
        return fmean(run.test["macro_f1"] for run in self.runs)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the first seed's test accuracy."""
        low, high = self.runs[0].test["interval"]
        return low, high

    @property
    def seconds(self) -> float:
        """Training and prediction, the mean over seeds."""
        return fmean(run.provenance["seconds"] for run in self.runs)

    @property
    def memory_mb(self) -> float:
        """Peak memory, the largest over seeds."""
        return float(max(run.provenance["peak_memory_mb"] for run in self.runs))

    @property
    def parameters(self) -> int:
        """Trainable parameters."""
        return int(self.runs[0].provenance["parameters"])


@dataclass(frozen=True)
class Row:
    """A line of the results table: an experiment, its honest twin, what was reported."""

    result: Result
    honest: Result | None
    reported: Mapping[str, Any] | None
    """The reported figures, on the very corpus that they were measured on; else None."""


@dataclass(frozen=True)
class Timing:
    """What extraction cost by each way."""

    name: str
    settings: dict[str, Any]
    figures: dict[str, Any]
    plot: str
    """The SVG figure as a data URI."""
    reported: Mapping[str, Any] | None
    """The reported seconds, on the very corpus that they were measured on; else None."""


def read_results(
    experiments: Mapping[str, dict[str, Any]], seeds: Sequence[int], runs: Path
) -> dict[str, Result]:
    """The results of all experiments, read from `runs/{experiment}/{seed}`."""
    return {
        name: Result(name, settings, [Run.read(runs / name / str(seed)) for seed in seeds])
        for name, settings in experiments.items()
    }


def table(
    results: Mapping[str, Result], corpora: Mapping[str, dict[str, Any]], data: str
) -> list[Row]:
    """A row for each experiment that is nobody's twin."""
    twins = {result.settings["twin"] for result in results.values()}
    return [
        Row(
            result,
            results.get(result.settings["twin"] or ""),
            result.settings["reported"]
            if comparable(data, *_counts(corpora[result.settings["corpus"]]))
            else None,
        )
        for name, result in results.items()
        if name not in twins
    ]


def read_corpora(corpora: Mapping[str, dict[str, Any]], folder: Path) -> dict[str, dict[str, Any]]:
    """Each corpus' settings, summary and rejected recordings."""
    return {
        name: {
            **settings,
            **read_json(folder / f"{name}.json"),
            "rejected_clips": rows_of(read_table(folder / f"{name}.rejected.csv")),
        }
        for name, settings in corpora.items()
    }


def read_timings(
    timings: Mapping[str, dict[str, Any]],
    corpora: Mapping[str, dict[str, Any]],
    data: str,
    folder: Path,
) -> list[Timing]:
    """The timings, read from `folder`."""
    return [
        Timing(
            name,
            settings,
            read_json(folder / f"{name}.json"),
            _svg(folder / f"{name}.svg"),
            settings["reported"]
            if comparable(data, *_counts(corpora[settings["corpus"]]))
            else None,
        )
        for name, settings in timings.items()
    ]


def _train_accuracy(parts: Mapping[str, Any], history: Mapping[str, Sequence[str]]) -> float:
    """Of the kept model; where the training part was not predicted, as seen in the last epoch."""
    if "train" in parts:
        return float(parts["train"]["accuracy"])
    return float(history["accuracy"][-1])


def _counts(corpus: Mapping[str, Any]) -> tuple[int, int | None]:
    return corpus["items"], corpus["reported_items"]


def _svg(path: Path) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()
