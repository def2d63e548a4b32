"""Judge texts: what was recognised, or translated, against what was said.

Input: a run's predictions, the index. Output: `metrics.json` with the figures of each part. Method:
from the saved texts alone; intervals resample clips, or speakers (groups) where the split keeps
them apart.
"""

import json
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from resound.data import persian_normaliser
from resound.data.folds import SCORED
from resound.io.csv_table import read_table, rows_of
from resound.io.files import write_json
from resound.metrics.text import translation_figures, word_figures
from resound.runtime.stage import stage

Rows = list[dict[str, str]]


def main(predictions: Path, index: Path, config: str, metrics: Path) -> None:
    """Write the metrics by `config` (JSON: the `task`, transcribe or translate; the `normaliser`
    of both texts, persian or null; `group_by`, the column that the split keeps apart, or null).
    """
    settings = json.loads(config)
    rows = [row for row in rows_of(read_table(predictions)) if row["part"] in SCORED]
    of_part = {part: [row for row in rows if row["part"] == part] for part in SCORED}
    judged: dict[str, Any] = {"task": settings["task"]}
    if settings["task"] == "translate":
        judged["parts"] = {part: _translated(those) for part, those in of_part.items() if those}
    else:
        group_of = _groups(index, settings["group_by"]) if settings["group_by"] else None
        figures = partial(_transcribed, group_of, settings["normaliser"] == "persian")
        judged["normaliser"] = (
            persian_normaliser.VERSION if settings["normaliser"] == "persian" else None
        )
        judged["parts"] = {part: figures(those) for part, those in of_part.items() if those}
        judged["all"] = figures(rows)
    write_json(metrics, judged)


def _groups(index: Path, by: str) -> dict[str, str]:
    """The group of each item."""
    items = read_table(index)
    return dict(zip(items["id"], items[by]))


def _transcribed(
    group_of: Mapping[str, str] | None, normalised: bool, rows: Rows
) -> dict[str, Any]:
    said, heard = _texts(rows)
    groups = [group_of[row["id"]] for row in rows] if group_of else None
    figures = {**_told(rows), "raw": word_figures(said, heard, groups)}
    if normalised:
        said, heard = (
            list(map(persian_normaliser.normalise, said)),
            list(map(persian_normaliser.normalise, heard)),
        )
        figures["normalised"] = word_figures(said, heard, groups)
    return figures


def _translated(rows: Rows) -> dict[str, Any]:
    return {**_told(rows), **translation_figures(*_texts(rows))}


def _texts(rows: Rows) -> tuple[list[str], list[str]]:
    """References and hypotheses."""
    return [row["text"] for row in rows], [row["said"] for row in rows]


def _told(rows: Rows) -> dict[str, Any]:
    """How many items there are, and the languages told or detected, the commonest first."""
    languages = Counter(row["language"] for row in rows)
    return {"items": len(rows), "languages": dict(languages.most_common())}


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            predictions=Path(job.input.predictions),
            index=Path(job.input.index),
            config=job.params.config,
            metrics=Path(job.output.metrics),
        )
