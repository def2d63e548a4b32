"""What the report tells of each experiment, gathered from its runs."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Generic, Protocol, TypeVar

from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json
from resound.report.published import comparable

PLOTS = ("curves", "confusion", "classes")


class AnyRun(Protocol):
    """One experiment with one seed, whatever it makes."""

    @property
    def provenance(self) -> dict[str, Any]:
        """How it came about, and what it cost."""


R = TypeVar("R", bound=AnyRun)


@dataclass(frozen=True)
class Experiment(Generic[R]):
    """An experiment over its seeds, whatever it makes."""

    name: str
    settings: dict[str, Any]
    runs: list[R]

    @property
    def seconds(self) -> float:
        """Training and prediction, the mean over seeds."""
        return fmean(run.provenance["seconds"] for run in self.runs)

    @property
    def memory_mb(self) -> float:
        """Peak memory, the largest over seeds."""
        return float(max(run.provenance["peak_memory_mb"] for run in self.runs))

    @property
    def device(self) -> str:
        """What it ran on: `cpu`, or the name of the GPU."""
        told = self.runs[0].provenance
        return str(told["device"] if told["device"] == "cpu" else told["device_name"])

    @property
    def precision(self) -> str | None:
        """What it was reckoned in on a GPU, in training and then after it where they differ."""
        told = self.runs[0].provenance
        if told["device"] == "cpu":
            return None
        kinds = [one["precision"] for one in (told.get("training"), told) if one]
        return "; then ".join(dict.fromkeys(kinds))

    @property
    def deterministic(self) -> bool:
        """Whether a second run on its device gives the same bytes."""
        told = self.runs[0].provenance
        return all(one.get("deterministic", True) for one in (told, told.get("training") or {}))

    @property
    def device_memory_mb(self) -> float | None:
        """What tensors took of a GPU's memory at the most, the largest over seeds."""
        peaks = [run.provenance.get("peak_device_memory_mb") for run in self.runs]
        return max((float(peak) for peak in peaks if peak is not None), default=None)

    @property
    def utilisation(self) -> float | None:
        """In how many percent of the time a GPU was at work, the mean over seeds."""
        shares = [run.provenance.get("utilisation") for run in self.runs]
        seen = [float(share) for share in shares if share is not None]
        return fmean(seen) if seen else None

    @property
    def parameters(self) -> int:
        """Trainable parameters."""
        return int(self.runs[0].provenance["parameters"])

    @property
    def total_parameters(self) -> int | None:
        """All parameters of the model, where some may have stayed as they were."""
        total = self.runs[0].provenance.get("total_parameters")
        return None if total is None else int(total)


@dataclass(frozen=True)
class Run:
    """One classification with one seed."""

    seed: int
    classes: list[str]
    """The names of the classes, in the order of their figures."""
    test: dict[str, Any]
    subsets: dict[str, dict[str, Any]]
    """The figures of subsets of the test part, where the corpus names some."""
    judged: str | None
    """`recordings` where their pieces voted; None where each item was judged."""
    train_accuracy: float | None
    validation: list[float]
    """Accuracy on the validation part after each epoch, where there is one."""
    provenance: dict[str, Any]
    open_set: dict[str, Any] | None
    """How unknown were told, where there were any."""
    plots: dict[str, str]
    """SVG figures as data URIs."""
    diverged: bool

    @classmethod
    def read(cls, folder: Path) -> "Run":
        """The run whose files lie in `folder`."""
        metrics = read_json(folder / "metrics.json")
        more = ["open_set"] if "open_set" in metrics else []
        more += ["utterance"] if "utterances" in metrics["parts"]["test"] else []
        # What was not trained has neither a history nor curves.
        trained = (folder / "history.csv").exists()
        history = read_table(folder / "history.csv") if trained else {}
        more += PLOTS if trained else [name for name in PLOTS if name != "curves"]
        return cls(
            seed=int(folder.name),
            classes=metrics["classes"],
            test=metrics["parts"]["test"],
            subsets=metrics.get("subsets", {}),
            judged=metrics.get("judged"),
            train_accuracy=_train_accuracy(metrics["parts"], history),
            validation=[float(share) for share in history.get("validation_accuracy", ())],
            provenance=read_json(folder / "provenance.json"),
            open_set=metrics.get("open_set"),
            plots={name: svg(folder / "plots" / f"{name}.svg") for name in more},
            diverged=any(loss in ("nan", "inf") for loss in history.get("loss", ())),
        )


@dataclass(frozen=True)
class Result(Experiment[Run]):
    """A classification over its seeds."""

    @property
    def accuracy(self) -> float:
        """Test accuracy, the mean over seeds."""
        return fmean(run.test["accuracy"] for run in self.runs)

    @property
    def deviation(self) -> float | None:
        """The standard deviation over seeds, where there are several."""
        return stdev(run.test["accuracy"] for run in self.runs) if len(self.runs) > 1 else None

    @property
    def train_accuracy(self) -> float | None:
        """Accuracy on the training part, the mean over seeds; None where nothing was trained."""
        seen = [run.train_accuracy for run in self.runs if run.train_accuracy is not None]
        return fmean(seen) if seen else None

    @property
    def macro_f1(self) -> float:
        """Macro F1 on the test part, the mean over seeds."""
        return fmean(run.test["macro_f1"] for run in self.runs)

    @property
    def weighted_f1(self) -> float:
        """F1 on the test part, weighted by the items of classes, the mean over seeds."""
        return fmean(run.test["weighted_f1"] for run in self.runs)

    @property
    def uar(self) -> float:
        """Unweighted average recall on the test part, the mean over seeds."""
        return fmean(run.test["uar"] for run in self.runs)

    @property
    def subsets(self) -> dict[str, float]:
        """Accuracy on each subset of the test part, the mean over seeds."""
        return {
            name: fmean(run.subsets[name]["accuracy"] for run in self.runs)
            for name in self.runs[0].subsets
        }

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the first seed's test accuracy."""
        low, high = self.runs[0].test["interval"]
        return low, high


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
            reported(result.settings, corpora, data),
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
            svg(folder / f"{name}.svg"),
            reported(settings, corpora, data),
        )
        for name, settings in timings.items()
    ]


def reported(
    settings: Mapping[str, Any], corpora: Mapping[str, Mapping[str, Any]], data: str
) -> Mapping[str, Any] | None:
    """The reported figures, on the very corpus that they were measured on; else None."""
    corpus = corpora[settings["corpus"]]
    holds = comparable(data, corpus["items"], corpus["reported_items"])
    return settings["reported"] if holds else None


def svg(path: Path) -> str:
    """An SVG file as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()


def _train_accuracy(parts: Mapping[str, Any], history: Mapping[str, Sequence[str]]) -> float | None:
    """Of the kept model; where the training part was not predicted, as seen in the last epoch."""
    if "train" in parts:
        return float(parts["train"]["accuracy"])
    return float(history["accuracy"][-1]) if history else None
