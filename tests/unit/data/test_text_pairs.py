"""Corpora of text pairs in tables like those of FarsTail."""

import csv
import json
from pathlib import Path

import pytest

from resound.data.text_pairs import Pairs, find_tables_root, read_pairs
from resound.errors import UserError
from resound.io.csv_table import read_table
from resound.io.files import read_json, write_json
from scripts import index_corpus

LABEL_NAMES = {"e": "entailment", "c": "contradiction", "n": "neutral"}
TRAIN = [
    ('او گفت: "می‌آیم".', "او می‌آید", "e"),
    ('او گفت: "می‌آیم".', "او\tنمی‌آید", "c"),
    ("باران آمد", "", "n"),
    ("باران آمد", "زمین خیس شد", "x"),
]
TEST = [("هوا گرم است", "تابستان است", "n", "1", "0"), ("سیب سرخ", "سیب سبز", "c", "1", "1")]
COLUMNS = Pairs(
    files={"train": "data/Train-word.csv", "test": "data/Test-word.csv"},
    subsets=["hard(hypothesis)", "hard(overlap)"],
)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "download" / "FarsTail"
    (folder / "data").mkdir(parents=True)
    header = ["premise", "hypothesis", "label"]
    for name, columns, rows in [
        ("Train", header, TRAIN),
        ("Test", [*header, "hard(hypothesis)", "hard(overlap)"], TEST),
    ]:
        with (folder / f"data/{name}-word.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t").writerows([columns, *rows])
    return folder


def test_pairs_are_read_unchanged(corpus: Path) -> None:
    pairs, rejected = read_pairs(corpus, COLUMNS, list(LABEL_NAMES.values()), LABEL_NAMES)
    assert [pair.id for pair in pairs] == ["train/2", "train/3", "test/2", "test/3"]
    assert [(pair.premise, pair.hypothesis) for pair in pairs[:2]] == [r[:2] for r in TRAIN[:2]]
    assert [pair.label for pair in pairs] == [
        "entailment",
        "contradiction",
        "neutral",
        "contradiction",
    ]
    assert [pair.partition for pair in pairs] == ["train", "train", "test", "test"]
    assert [pair.subsets for pair in pairs[2:]] == [
        "hard(hypothesis)",
        "hard(hypothesis);hard(overlap)",
    ]
    assert pairs[0].group == pairs[1].group != pairs[2].group
    assert [(entry.path, entry.reason) for entry in rejected] == [
        ("data/Train-word.csv, row 4", "has no hypothesis"),
        ("data/Train-word.csv, row 5", "label 'x' is not one of the `labels` of the corpus"),
    ]


def test_the_stage_writes_index_and_summary(corpus: Path, tmp_path: Path) -> None:
    write_json(
        tmp_path / "source.json", {"root": str(corpus.parent), "kind": "folder", "version": "1"}
    )
    config = {
        "pairs": {"files": COLUMNS.files, "subsets": COLUMNS.subsets},
        "labels": list(LABEL_NAMES.values()),
        "label_names": LABEL_NAMES,
        "max_rejected": 0.5,
    }
    outputs = [tmp_path / name for name in ("index.csv", "rejected.csv", "summary.json")]
    index_corpus.main(
        tmp_path / "source.json",
        json.dumps(config),
        *outputs,
        pool="none",
        workers=1,
        progress=lambda line: None,
    )
    assert read_table(outputs[0])["hypothesis"][1] == "او\tنمی‌آید"
    summary = read_json(outputs[2])
    assert summary["root"] == str(corpus)
    assert (summary["items"], summary["rejected"], summary["texts"]) == (4, 2, True)
    assert summary["duplicates"] == 0
    config["max_rejected"] = 0.1
    with pytest.raises(UserError, match="2 of 6 items are rejected"):
        index_corpus.main(
            tmp_path / "source.json",
            json.dumps(config),
            *outputs,
            pool="none",
            workers=1,
            progress=lambda line: None,
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"premise": "premiss"}, "no column 'premiss'; did you mean 'premise'"),
        ({"files": {"train": "data/Train.csv"}}, "there is no table .*did you mean 'Train-word"),
    ],
)
def test_missing_tables_and_columns_are_errors(
    corpus: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        read_pairs(corpus, Pairs(**{"files": COLUMNS.files} | changes), None, {})


def test_tables_may_be_wrapped_in_a_folder(corpus: Path) -> None:
    assert find_tables_root(corpus.parent, ["data/Train-word.csv"]) == corpus
    assert find_tables_root(corpus, ["data/Train-word.csv"]) == corpus


def test_an_unsupported_format_is_a_problem() -> None:
    assert "the format of 'a.txt' is not supported" in (
        Pairs(files={"train": "a.txt"}).problem() or ""
    )
