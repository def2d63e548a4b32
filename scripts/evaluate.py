"""Judge predictions.

Input: a run's predictions, the index. Output: `metrics.json` with the figures of each part and,
where there were unknown, of telling them. Method: from the saved predictions alone; the interval
resamples speakers (or groups) where the split keeps them apart, items that several folds judged
where there are folds, and is Wilson's otherwise.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data.folds import PARTS, SCORED
from resound.io.csv_table import read_table
from resound.io.files import read_json, write_json
from resound.metrics import frames, open_set
from resound.metrics.chunk_voting import recording, voted
from resound.metrics.classification import summary as figures
from resound.runtime.stage import stage

Table = Mapping[str, NDArray[np.str_]]

_OTHER = "other"


def main(predictions: Path, index: Path, summary: Path, config: str, metrics: Path) -> None:
    """Write the metrics by `config` (JSON: `group_by`, the column that the split keeps apart; `silence`,
    the class that is no phoneme, where labels are those of frames; `probabilities`, whether scores
    are such; `exclude_classes`, classes that are left out; `vote`, whether pieces of a recording are judged
    together).
    """
    settings = json.loads(config)
    table, items = _table(predictions), read_table(index)
    classes = [
        name for name in read_json(summary)["classes"] if name not in settings["exclude_classes"]
    ]
    if settings["vote"]:
        table = voted(table, classes)
    units = _units(table, items, settings["group_by"])
    judged: dict[str, Any] = {"judged": "recordings"} if settings["vote"] else {}
    if settings["silence"] is None:
        # A model that knows more languages than the corpus may say one of those.
        if not set(table["predicted"]) <= {*classes}:
            classes = [*classes, _OTHER]
        judged["parts"] = _parts(table, classes, units, settings["probabilities"])
    else:
        judged["parts"] = frames.parts(table, classes, settings["silence"], units)
    judged["classes"] = classes
    if "unknown" in table["part"]:
        judged["open_set"] = _open_set(table, classes)
    if any(items.get("subsets", ())):
        judged["subsets"] = _subsets(table, items, classes)
    write_json(metrics, judged)


def _table(predictions: Path) -> Table:
    return {name: np.array(column) for name, column in read_table(predictions).items()}


def _units(
    table: Table, items: Mapping[str, Sequence[str]], by: str | None
) -> NDArray[np.str_] | None:
    """What the interval resamples: of each row its group, or its item where folds repeat it."""
    if by:
        group_of = {recording(name): group for name, group in zip(items["id"], items[by])}
        return np.array([group_of[recording(item)] for item in table["id"]])
    return table["id"] if len(set(table["fold"])) > 1 else None


def _parts(
    table: Table, classes: list[str], units: NDArray[np.str_] | None, probabilities: bool
) -> dict[str, dict[str, Any]]:
    """The figures of each part of the known, all folds together."""
    number, last = {name: n for n, name in enumerate(classes)}, len(classes) - 1
    judged: dict[str, dict[str, Any]] = {}
    for part in SCORED:
        rows = np.flatnonzero(table["part"] == part)
        if len(rows):
            true = np.array([number[label] for label in table["label"][rows]])
            predicted = np.array([number.get(said, last) for said in table["predicted"][rows]])
            groups = None if units is None else list(units[rows])
            judged[part] = figures(true, predicted, len(classes), groups)
            if probabilities:
                judged[part]["mean_probability"] = _mean_probability(table, rows, classes)
    return judged


def _subsets(
    table: Table, items: Mapping[str, Sequence[str]], classes: list[str]
) -> dict[str, dict[str, Any]]:
    """The figures of each subset of the test part."""
    of_item = {name: told.split(";") for name, told in zip(items["id"], items["subsets"]) if told}
    every = sorted({name for told in of_item.values() for name in told})
    number, test = {name: n for n, name in enumerate(classes)}, table["part"] == "test"
    judged = {}
    for name in every:
        rows = test & np.array([name in of_item.get(item, ()) for item in table["id"]])
        if rows.any():
            true, said = (
                np.array([number[label] for label in table[column][rows]])
                for column in ("label", "predicted")
            )
            judged[name] = figures(true, said, len(classes), None)
    return judged


def _mean_probability(table: Table, rows: NDArray[np.intp], classes: list[str]) -> list[float]:
    """The mean probability that the items of each class were given for it; 0 without items."""
    given = {}
    for name in classes:
        own = rows[table["label"][rows] == name]
        given[name] = table[f"score_{name}"][own].astype(float).mean() if len(own) else 0.0
    return [float(given[name]) for name in classes]


def _open_set(table: Table, classes: list[str]) -> dict[str, Any]:
    """The figures of each fold and their means; a fold is named after the class it leaves out."""
    folds = {}
    for fold in dict.fromkeys(table["fold"]):
        known = [f"score_{name}" for name in classes if name != fold]
        confidence = np.max([table[name].astype(float) for name in known], axis=0)
        of_fold = table["fold"] == fold
        part = {name: of_fold & (table["part"] == name) for name in PARTS}
        kinds = dict.fromkeys(table["label"][part["unknown"]])
        unknown = {
            str(kind): confidence[part["unknown"] & (table["label"] == kind)] for kind in kinds
        }
        folds[str(fold)] = open_set.fold_figures(
            confidence[part["validation"]], confidence[part["test"]], unknown
        )
    return {"folds": folds, "mean": open_set.means(folds)}


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            index=Path(job.input.index),
            summary=Path(job.input.summary),
            config=job.params.config,
            metrics=Path(job.output.metrics),
        )
