"""Results of experiments, corpora and benchmarks, read from the results folder."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any, Generic, Protocol, TypeVar

from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json
from resound.report.corpora_table import source_of
from resound.report.history import History, read_only_history
from resound.report.published import describes_report, has_figures

PLOTS = ("curves", "confusion", "classes")


class HasProvenance(Protocol):
    """A run of one experiment with one seed, of any task."""

    @property
    def provenance(self) -> dict[str, Any]:
        """The content of `provenance.json`: versions, device, duration, memory."""


RunT = TypeVar("RunT", bound=HasProvenance)


@dataclass(frozen=True)
class ExperimentResult(Generic[RunT]):
    """An experiment over its seeds, of any task."""

    name: str
    settings: dict[str, Any]
    runs: list[RunT]

    @property
    def seconds(self) -> float:
        """Duration of training and prediction, the mean over seeds."""
        return fmean(run.provenance["seconds"] for run in self.runs)

    @property
    def memory_mb(self) -> float:
        """Peak memory, the largest over seeds."""
        return float(max(run.provenance["peak_memory_mb"] for run in self.runs))

    @property
    def device(self) -> str:
        """The device of the first seed: `cpu`, or the name of the GPU."""
        provenance = self.runs[0].provenance
        name = "device" if provenance["device"] == "cpu" else "device_name"
        return str(provenance[name])

    @property
    def precision(self) -> str | None:
        """Numerical precision on a GPU, in training and then in prediction if they differ."""
        provenance = self.runs[0].provenance
        if provenance["device"] == "cpu":
            return None
        stages = [stage for stage in (provenance.get("training"), provenance) if stage]
        return "; then ".join(dict.fromkeys(stage["precision"] for stage in stages))

    @property
    def deterministic(self) -> bool:
        """Whether a second run on the same device gives the same bytes."""
        provenance = self.runs[0].provenance
        stages = (provenance, provenance.get("training") or {})
        return all(stage.get("deterministic", True) for stage in stages)

    @property
    def device_memory_mb(self) -> float | None:
        """Peak GPU memory used by tensors, the largest over seeds; None on a CPU."""
        peaks = [run.provenance.get("peak_device_memory_mb") for run in self.runs]
        return max((float(peak) for peak in peaks if peak is not None), default=None)

    @property
    def utilisation(self) -> float | None:
        """GPU utilisation in percent of the time, the mean over seeds; None if not measured."""
        measured = [run.provenance.get("utilisation") for run in self.runs]
        percentages = [float(value) for value in measured if value is not None]
        return fmean(percentages) if percentages else None

    @property
    def parameters(self) -> int:
        """Number of trainable parameters."""
        return int(self.runs[0].provenance["parameters"])

    @property
    def total_parameters(self) -> int | None:
        """Number of all parameters, frozen ones included; None where it is not recorded."""
        total = self.runs[0].provenance.get("total_parameters")
        return None if total is None else int(total)


@dataclass(frozen=True)
class ClassificationRun:
    """One classification experiment with one seed."""

    seed: int
    classes: list[str]
    """Class names, in the order of the metrics per class."""
    test: dict[str, Any]
    """Metrics of the test part."""
    subsets: dict[str, dict[str, Any]]
    """Metrics of each subset of the test part, if the corpus names any."""
    scored: str | None
    """`recordings` if the chunks of a recording vote; None if each item is scored."""
    train_accuracy: float | None
    history: History
    """One value per epoch in each column; empty without training, or of several folds."""
    provenance: dict[str, Any]
    open_set: dict[str, Any] | None
    """Metrics of the rejection of unknown classes, if the split has any."""
    plots: dict[str, str]
    """SVG plots as data URIs."""
    diverged: bool

    @classmethod
    def read(cls, folder: Path) -> "ClassificationRun":
        """Read the files of a run from its folder, `{experiment}/{seed}`."""
        metrics = read_json(folder / "metrics.json")
        plots = ["open_set"] if "open_set" in metrics else []
        plots += ["utterance"] if "utterances" in metrics["parts"]["test"] else []
        # A model that was not trained has neither a history nor learning curves.
        trained = (folder / "history.csv").exists()
        history = read_table(folder / "history.csv") if trained else {}
        plots += PLOTS if trained else [name for name in PLOTS if name != "curves"]
        return cls(
            seed=int(folder.name),
            classes=metrics["classes"],
            test=metrics["parts"]["test"],
            subsets=metrics.get("subsets", {}),
            scored=metrics.get("scored"),
            train_accuracy=_train_accuracy(metrics["parts"], history),
            history=read_only_history(folder / "history.csv") if trained else {},
            provenance=read_json(folder / "provenance.json"),
            open_set=metrics.get("open_set"),
            plots={name: svg_data_uri(folder / "plots" / f"{name}.svg") for name in plots},
            diverged=any(loss in ("nan", "inf") for loss in history.get("loss", ())),
        )


@dataclass(frozen=True)
class ClassificationResult(ExperimentResult[ClassificationRun]):
    """A classification experiment over its seeds."""

    @property
    def accuracy(self) -> float:
        """Test accuracy, the mean over seeds."""
        return fmean(run.test["accuracy"] for run in self.runs)

    @property
    def standard_deviation(self) -> float | None:
        """Standard deviation of the test accuracy over seeds; None with a single seed."""
        return stdev(run.test["accuracy"] for run in self.runs) if len(self.runs) > 1 else None

    @property
    def train_accuracy(self) -> float | None:
        """Accuracy on the training part, the mean over seeds; None where nothing is trained."""
        accuracies = [run.train_accuracy for run in self.runs if run.train_accuracy is not None]
        return fmean(accuracies) if accuracies else None

    @property
    def macro_f1(self) -> float:
        """Macro F1 on the test part, the mean over seeds."""
        return fmean(run.test["macro_f1"] for run in self.runs)

    @property
    def weighted_f1(self) -> float:
        """F1 on the test part, weighted by the items of each class, the mean over seeds."""
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
class ResultRow:
    """A row of the results table: an experiment, its corrected protocol, the reported metrics."""

    result: ClassificationResult
    corrected: ClassificationResult | None
    reported: Mapping[str, Any] | None
    """The reported metrics; None unless they were measured on the same corpus."""

    @property
    def has_report(self) -> bool:
        """Whether a report gives metrics of this experiment, on whatever corpus."""
        return has_figures(self.result.settings["reported"])


def read_classification_results(
    experiments: Mapping[str, dict[str, Any]], seeds: Sequence[int], runs: Path
) -> dict[str, ClassificationResult]:
    """Read the results of classification experiments from `runs/{experiment}/{seed}`."""
    return {
        name: ClassificationResult(
            name, settings, [ClassificationRun.read(runs / name / str(seed)) for seed in seeds]
        )
        for name, settings in experiments.items()
    }


def result_rows(
    results: Mapping[str, ClassificationResult], corpora: Mapping[str, dict[str, Any]], data: str
) -> list[ResultRow]:
    """Return one row per experiment; a corrected experiment shares the row of its original."""
    corrected = {result.settings["corrected"] for result in results.values()}
    return [
        ResultRow(
            result,
            results.get(result.settings["corrected"] or ""),
            comparable_report(result.settings, corpora, data),
        )
        for name, result in results.items()
        if name not in corrected
    ]


def read_corpora(corpora: Mapping[str, dict[str, Any]], folder: Path) -> dict[str, dict[str, Any]]:
    """Read each corpus' summary and `rejected_items` and merge them with its settings.

    A corpus whose title is not stated has its source as title.
    """
    read = {}
    for name, settings in corpora.items():
        summary = read_json(folder / f"{name}.json")
        read[name] = {
            **settings,
            **summary,
            "title": settings["title"] or f"from {source_of(summary)}",
            "rejected_items": rows_of(read_table(folder / f"{name}.rejected.csv")),
        }
    return read


def comparable_report(
    settings: Mapping[str, Any], corpora: Mapping[str, Mapping[str, Any]], data: str
) -> Mapping[str, Any] | None:
    """Return the reported metrics if there are any, measured on the same corpus; else None."""
    comparable = describes_report(data, corpora[settings["corpus"]])
    return settings["reported"] if comparable and has_figures(settings["reported"]) else None


def svg_data_uri(path: Path) -> str:
    """Return an SVG file as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(path.read_bytes()).decode()


def _train_accuracy(parts: Mapping[str, Any], history: Mapping[str, Sequence[str]]) -> float | None:
    """Return the accuracy of the saved model on the training part, if it was predicted.

    Otherwise return the accuracy measured during the last epoch; None without training.
    """
    if "train" in parts:
        return float(parts["train"]["accuracy"])
    return float(history["accuracy"][-1]) if history else None
