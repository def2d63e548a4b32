"""Corpora of text pairs, as FarsTail's tables hold them."""

import csv
import json
from pathlib import Path

import pytest

from resound.data.text_pairs import Pairs
from resound.data.text_pairs import index as index_pairs
from resound.errors import UserError
from resound.io.csv_table import read_table
from resound.io.files import read_json, write_json
from resound.io.spreadsheet import home
from scripts import index_corpus

NAMES = {"e": "entailment", "c": "contradiction", "n": "neutral"}
TRAIN = [
    ('او گفت: "می‌آیم".', "او می‌آید", "e"),
    ('او گفت: "می‌آیم".', "او\tنمی‌آید", "c"),
    ("باران آمد", "", "n"),
    ("باران آمد", "زمین خیس شد", "x"),
]
TEST = [("هوا گرم است", "تابستان است", "n", "1", "0"), ("سیب سرخ", "سیب سبز", "c", "1", "1")]
TOLD = Pairs(
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


def test_pairs_are_read_as_they_stand(corpus: Path) -> None:
    found, rejected = index_pairs(corpus, TOLD, list(NAMES.values()), NAMES)
    assert [pair.id for pair in found] == ["train/2", "train/3", "test/2", "test/3"]
    assert [(pair.premise, pair.hypothesis) for pair in found[:2]] == [r[:2] for r in TRAIN[:2]]
    assert [pair.label for pair in found] == [
        "entailment",
        "contradiction",
        "neutral",
        "contradiction",
    ]
    assert [pair.partition for pair in found] == ["train", "train", "test", "test"]
    assert [pair.subsets for pair in found[2:]] == [
        "hard(hypothesis)",
        "hard(hypothesis);hard(overlap)",
    ]
    assert found[0].group == found[1].group != found[2].group
    assert [(entry.path, entry.reason) for entry in rejected] == [
        ("data/Train-word.csv, row 4", "has no hypothesis"),
        ("data/Train-word.csv, row 5", "label 'x' is not among the corpus' `labels`"),
    ]


def test_the_stage_writes_index_and_summary(corpus: Path, tmp_path: Path) -> None:
    write_json(
        tmp_path / "source.json", {"root": str(corpus.parent), "kind": "folder", "version": "1"}
    )
    config = {
        "pairs": {"files": TOLD.files, "subsets": TOLD.subsets},
        "labels": list(NAMES.values()),
        "names": NAMES,
        "max_rejected": 0.5,
    }
    made = [tmp_path / name for name in ("index.csv", "rejected.csv", "summary.json")]
    index_corpus.main(
        tmp_path / "source.json",
        json.dumps(config),
        *made,
        pool="none",
        workers=1,
        progress=lambda line: None,
    )
    assert read_table(made[0])["hypothesis"][1] == "او\tنمی‌آید"
    summary = read_json(made[2])
    assert summary["root"] == str(corpus)
    assert (summary["items"], summary["rejected"], summary["texts"]) == (4, 2, True)
    config["max_rejected"] = 0.1
    with pytest.raises(UserError, match="2 of 6"):
        index_corpus.main(
            tmp_path / "source.json",
            json.dumps(config),
            *made,
            pool="none",
            workers=1,
            progress=lambda line: None,
        )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"premise": "premiss"}, "no column 'premiss'; did you mean 'premise'"),
        ({"files": {"train": "data/Train.csv"}}, "there is no table .*did you mean 'Train-word"),
    ],
)
def test_a_table_that_does_not_fit_is_said(
    corpus: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(UserError, match=words):
        index_pairs(corpus, Pairs(**{"files": TOLD.files} | changes), None, {})


def test_tables_may_lie_in_one_folder(corpus: Path) -> None:
    assert home(corpus.parent, ["data/Train-word.csv"]) == corpus
    assert home(corpus, ["data/Train-word.csv"]) == corpus


def test_what_is_no_table_is_said() -> None:
    assert "'a.txt' is none of" in (Pairs(files={"train": "a.txt"}).problem() or "")
