"""Index a corpus: which recordings there are, what their names say, which cannot be used.

Input: `source.json` and the recordings that it points at. Output: the index (a row a usable
recording), the rejected ones with reasons, and a summary. Method: every recording whose path
reads like the layout is decoded once, over a pool.
"""

import json
from dataclasses import fields
from pathlib import Path

from scripts.lib import corpus
from scripts.lib.alignment import Alignment
from scripts.lib.errors import UserError
from scripts.lib.files import read_json, write_json
from scripts.lib.layout import Layout
from scripts.lib.log import Announce, stage
from scripts.lib.pool import Pool
from scripts.lib.tables import write_table
from scripts.lib.transcripts import Transcripts


def main(
    manifest: Path,
    config: str,
    index: Path,
    rejected_path: Path,
    summary_path: Path,
    pool: Pool,
    workers: int,
    announce: Announce,
) -> None:
    """Write the index by `config` (JSON: how paths read and what is an item)."""
    settings, source = json.loads(config), read_json(manifest)
    layout = Layout(settings["layout"], settings["exclude"])
    root = layout.home(Path(source["root"]))
    alignment = settings["alignment"] and Alignment(**settings["alignment"])
    transcripts = settings["transcripts"] and Transcripts(**settings["transcripts"])
    names = [field.name for field in fields(corpus.Rules)]
    given = {name: settings[name] for name in names}
    rules = corpus.Rules(**{**given, "alignment": alignment, "transcripts": transcripts})
    items, rejected = corpus.index(
        root, layout, rules, pool, workers, lambda done: announce(f"{done} recordings read")
    )
    passed_over = layout.passed_over(root)
    for name in passed_over:
        print(f"passed over, for it does not read like the layout: {name}")
    for entry in rejected:
        print(f"set aside: {entry.path}: {entry.reason}")
    if error := corpus.too_many_rejected(len(items), rejected, settings["max_rejected"]):
        raise error
    known = [item for item in items if not rules.is_stranger(item.path)]
    strangers = len(items) - len(known)
    classes = settings["labels"] or sorted({item.label for item in known} - {""})
    if both := {item.label for item in items if rules.is_stranger(item.path)} & set(classes):
        raise UserError(
            f"`strangers` takes recordings of '{sorted(both)[0]}', which is a class too: a stranger"
            " is of no class, so its label must be another"
        )
    labelled = "label" in layout.fields or bool(transcripts and transcripts.label)
    if labelled and not alignment and len({item.label for item in known}) < 2:
        raise UserError(
            f"all {len(known)} recordings have the label '{known[0].label}': there is"
            " nothing to tell apart; does {label} stand at the right place in `layout`?"
        )
    write_table(index, corpus.ITEM_COLUMNS, corpus.rows(items))
    write_table(rejected_path, corpus.REJECTED_COLUMNS, corpus.rows(rejected))
    summary = {
        "root": str(root),
        "kind": source["kind"],
        "version": source["version"],
        "classes": classes,
        "items": len(known),
        "strangers": strangers,
        "rejected": len(rejected),
        "passed_over": len(passed_over),
        "speakers": len({item.speaker for item in known if item.speaker}),
        "seconds": round(sum(item.seconds for item in known), 3),
        "rates_hz": sorted({item.rate_hz for item in items}),
    }
    write_json(summary_path, summary)


if __name__ == "__main__":
    with stage() as (job, told):
        main(
            manifest=Path(job.input.manifest),
            config=job.params.config,
            index=Path(job.output.index),
            rejected_path=Path(job.output.rejected),
            summary_path=Path(job.output.summary),
            pool=job.config["pool"],
            workers=job.threads,
            announce=told,
        )
