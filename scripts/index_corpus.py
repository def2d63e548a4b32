"""Index a corpus: which recordings there are, what their names say, which cannot be used.

Input: `source.json` and the recordings (or tables of text pairs) that it points at. Output: the
index (a row a usable recording or pair), the rejected ones with reasons, and a summary. Method:
every recording whose path reads like the layout is decoded once, over a pool.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from resound.data import recordings, text_pairs
from resound.data.path_pattern import PathPattern
from resound.data.text_pairs import Pairs
from resound.errors import UserError
from resound.io.csv_table import write_table
from resound.io.files import read_json, write_json
from resound.io.spreadsheet import home
from resound.runtime.pool import Pool
from resound.runtime.progress import Progress
from resound.runtime.stage import stage
from resound.settings import typed


def main(
    manifest: Path,
    config: str,
    index: Path,
    rejected_path: Path,
    summary_path: Path,
    pool: Pool,
    workers: int,
    progress: Progress,
) -> None:
    """Write the index by `config` (JSON: how paths or tables read and what is an item)."""
    settings, source = json.loads(config), read_json(manifest)
    if settings["pairs"]:
        found = _pairs(settings, Path(source["root"]))
    else:
        found = _recordings(settings, Path(source["root"]), pool, workers, progress)
    write_table(index, found.columns, found.rows)
    write_table(rejected_path, recordings.REJECTED_COLUMNS, recordings.rows(found.rejected))
    told = {**source, "root": str(found.root)}
    write_json(summary_path, told | found.summary)


@dataclass(frozen=True)
class _Found:
    """What a corpus holds: rows of its index, and what its summary says."""

    root: Path
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    rejected: Sequence[recordings.Rejected]
    summary: dict[str, Any]


def _pairs(settings: dict[str, Any], source: Path) -> _Found:
    told = typed(Pairs, settings["pairs"])
    root = home(source, list(told.files.values()))
    found, rejected = text_pairs.index(root, told, settings["labels"], settings["label_names"])
    _tell_rejected(len(found), rejected, settings["max_rejected"])
    summary = {
        "classes": settings["labels"] or sorted({pair.label for pair in found}),
        "items": len(found),
        "unknown": 0,
        "rejected": len(rejected),
        "ignored": 0,
        "speakers": 0,
        "seconds": 0.0,
        "rates_hz": [],
        "texts": True,
    }
    return _Found(root, text_pairs.PAIR_COLUMNS, text_pairs.rows(found), rejected, summary)


def _recordings(
    settings: dict[str, Any], source: Path, pool: Pool, workers: int, progress: Progress
) -> _Found:
    layout = PathPattern(settings["path_pattern"], settings["exclude"])
    root = layout.home(source)
    names = [field.name for field in fields(recordings.Rules)]
    rules = typed(recordings.Rules, {name: settings[name] for name in names})
    items, rejected = recordings.index(
        root, layout, rules, pool, workers, lambda done: progress(f"{done} recordings read")
    )
    ignored = layout.ignored(root)
    for name in ignored:
        print(f"passed over, for it does not read like the layout: {name}")
    _tell_rejected(len(items), rejected, settings["max_rejected"])
    known = [item for item in items if not rules.is_unknown(item.path)]
    classes = settings["labels"] or sorted({item.label for item in known} - {""})
    if both := {item.label for item in items if rules.is_unknown(item.path)} & set(classes):
        raise UserError(
            f"`unknown` takes recordings of '{sorted(both)[0]}', which is a class too: a unknown"
            " is of no class, so its label must be another"
        )
    told = rules.transcripts
    labelled = "label" in layout.fields or bool(told and told.label)
    if labelled and not rules.alignment and len({item.label for item in known}) < 2:
        raise UserError(
            f"all {len(known)} recordings have the label '{known[0].label}': there is"
            " nothing to tell apart; does {label} stand at the right place in `path_pattern`?"
        )
    summary = {
        "classes": classes,
        "items": len(known),
        "unknown": len(items) - len(known),
        "rejected": len(rejected),
        "ignored": len(ignored),
        "speakers": len({item.speaker for item in known if item.speaker}),
        "seconds": round(sum(item.seconds for item in known), 3),
        "rates_hz": sorted({item.rate_hz for item in items}),
        "texts": False,
    }
    return _Found(root, recordings.ITEM_COLUMNS, recordings.rows(items), rejected, summary)


def _tell_rejected(items: int, rejected: Sequence[recordings.Rejected], most: float) -> None:
    """List in the log what is set aside; raises UserError where it is too much."""
    for entry in rejected:
        print(f"set aside: {entry.path}: {entry.reason}")
    if error := recordings.too_many_rejected(items, rejected, most):
        raise error


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            manifest=Path(job.input.manifest),
            config=job.params.config,
            index=Path(job.output.index),
            rejected_path=Path(job.output.rejected),
            summary_path=Path(job.output.summary),
            pool=job.config["pool"],
            workers=job.threads,
            progress=progress,
        )
