"""Summaries of splits: sizes of parts, and what the training and test parts share."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from resound.data.splits import Split
from resound.io.csv_table import read_table, rows_of, write_table
from resound.report.content import Content
from resound.report.formats import format_settings
from resound.report.page import render_page
from resound.report.results import read_classification_results
from resound.report.splits import (
    Overlap,
    PartSummary,
    SplitSummary,
    effective_settings,
    summarise_splits,
)
from tests.helpers.page import visible_text
from tests.helpers.report_runs import EXPERIMENTS, render_report, write_results

USER: dict[str, Any] = {
    "corpus": "c",
    "split": "s",
    "split_settings": {"kind": "random", "test": 0.2},
}


def item(
    name: str, speaker: str = "", group: str = "", start: str = "", content: str = ""
) -> dict[str, str]:
    """Return a row of the index; `a@0` and `a@1` are chunks of one recording."""
    recording = name.split("@")[0]
    of_file = {"path": f"{recording}.wav", "sha256": content or recording, "samples": "9"}
    return {"id": name, "speaker": speaker, "group": group, "start": start, **of_file}


def summarise(tmp_path: Path, index: list[dict[str, str]], parts: str) -> SplitSummary:
    """Summarise a split written as one line per fold: `train a b test c`."""
    rows = []
    for fold, line in enumerate(parts.strip().splitlines()):
        part = ""
        for word in line.split():
            if word in ("train", "validation", "test", "none", "unknown", "unlabelled"):
                part = word
            else:
                rows.append((f"f{fold}", word, part))
    write_table(tmp_path / "c" / "s.csv", ("fold", "id", "part"), rows)
    (summary,) = summarise_splits({"one": USER, "two": USER}, {"c": index}, tmp_path)
    return summary


def overlaps(split: SplitSummary) -> dict[str, tuple[int, int, int]]:
    """Return units, test items and unknown items by kind of unit."""
    return {o.kind: (o.units, o.test_items, o.unknown) for o in split.overlaps}


def table_row(page: str, corpus: str, split: str) -> str:
    """Return the text of a split's row."""
    match = re.search(rf'<tr id="split-{corpus}-{split}">.*?</tr>', page, re.DOTALL)
    assert match
    return visible_text(match[0])


def rendered(split: SplitSummary, tmp_path: Path) -> str:
    """Return the text of a split's row on a page, which needs at least one run."""
    write_results(tmp_path / "results")
    experiments = {"bert_full": EXPERIMENTS["bert_full"]}
    runs = tmp_path / "results" / "runs"
    results = read_classification_results(experiments, [1], runs)
    corpus = {"title": "C", "licence": "CC0", "kind": "folder", "items": 9, "reported_items": None}
    corpus |= {"unknown": 0, "classes": [], "speakers": 0, "seconds": 1.0, "rates_hz": []}
    corpus |= {"rejected": 0, "ignored": 0, "rejected_items": []}
    content = Content({"farstail": corpus}, splits=[split], results=results)
    page = render_page({"data": "demo", "seeds": [1]}, content)
    return table_row(page, split.corpus, split.split)


def test_shared_speakers_are_counted(tmp_path: Path) -> None:
    index = [item(name, speaker) for name, speaker in zip("abcdef", "112233")]
    split = summarise(tmp_path, index, "train a c validation d test b e f")
    assert overlaps(split) == {"speaker": (1, 1, 0), "content": (0, 0, 0)}
    assert split.parts == {
        "train": PartSummary((2, 2), 0, (2, 2)),
        "validation": PartSummary((1, 1), 0, (1, 1)),
        "test": PartSummary((3, 3), 0, (2, 2)),
    }
    assert (split.experiments, split.folds, split.test_items) == (2, 1, 3)
    text = rendered(split, tmp_path)
    assert "speakers 1 of 3 test items have their speaker in train too (1 speaker)" in text
    assert "copies none" in text
    assert "kind random, test 0.2; 2 experiments" in text
    assert text.endswith("1 2 2 speakers 1 1 speaker 3 2 speakers")


def test_a_split_by_speaker_shares_none(tmp_path: Path) -> None:
    index = [item(name, speaker) for name, speaker in zip("abcd", "1122")]
    split = summarise(tmp_path, index, "train a b test c d")
    assert overlaps(split)["speaker"] == (0, 0, 0)
    assert "speakers none" in rendered(split, tmp_path)


def test_shared_groups_are_counted_if_speakers_are_not_known(tmp_path: Path) -> None:
    index = [item(name, group=group) for name, group in zip("abcd", "xxyy")]
    split = summarise(tmp_path, index, "train a c test b d")
    assert overlaps(split) == {"group": (2, 2, 0), "content": (0, 0, 0)}
    assert split.has_speakers is False
    assert split.parts["train"].speakers is None
    text = rendered(split, tmp_path)
    assert "speakers not known" in text
    assert "groups 2 of 2 test items have their group in train too (2 groups)" in text


def test_unknown_speakers_are_not_shared(tmp_path: Path) -> None:
    index = [item(name, speaker) for name, speaker in [("a", ""), ("b", ""), ("c", "1")]]
    split = summarise(tmp_path, index, "train a test b c")
    assert overlaps(split)["speaker"] == (0, 0, 1)
    assert "speakers none (not known for 1 test items)" in rendered(split, tmp_path)


def test_shared_recordings_are_counted(tmp_path: Path) -> None:
    chunks = [item(f"{name}@{k}", "1", start=str(k)) for name in "ab" for k in range(3)]
    split = summarise(tmp_path, [*chunks, item("c", "1")], "train a@0 b@0 b@1 b@2 test a@1 a@2 c")
    assert overlaps(split) == {"speaker": (1, 3, 0), "recording": (1, 2, 1), "content": (0, 0, 0)}
    text = rendered(split, tmp_path)
    assert "recordings 2 of 3 test items have chunks of their recording in train too" in text
    assert "(1 recording)" in text
    assert text.count("not known") == 0


def test_items_that_are_drawn_twice_are_counted(tmp_path: Path) -> None:
    index = [item(name) for name in "abcd"]
    split = summarise(tmp_path, index, "train a b a b a test b c b d")
    assert overlaps(split) == {"content": (1, 2, 0)}
    assert (split.parts["train"].duplicates, split.parts["test"].duplicates) == (3, 1)
    text = rendered(split, tmp_path)
    assert "copies 2 of 4 test items are identical to training items" in text
    assert "5 including 3 duplicates" in text
    assert "4 including 1 duplicate" in text


def test_identical_items_with_different_names_are_copies(tmp_path: Path) -> None:
    index = [item(name, content=content) for name, content in zip("abcdef", "123124")]
    split = summarise(tmp_path, index, "train a b c test d e f")
    assert overlaps(split) == {"content": (2, 2, 0)}
    text = rendered(split, tmp_path)
    assert "copies 2 of 3 test items are identical to training items" in text
    within = summarise(tmp_path, index, "train a b d test c f")
    assert overlaps(within) == {"content": (0, 0, 0)}
    assert within.parts["train"].duplicates == 1


def test_chunks_are_identical_if_file_and_position_are(tmp_path: Path) -> None:
    index = [item(f"{name}@{k}", start=f"{k}", content="1") for name in "ab" for k in range(2)]
    split = summarise(tmp_path, index, "train a@0 test b@0 b@1")
    assert overlaps(split)["content"] == (1, 1, 0)


def test_texts_that_say_the_same_are_copies(tmp_path: Path) -> None:
    texts = [("it rains", "wet"), (" it\trains", "wet "), ("it rains", "dry"), ("it rain", "s wet")]
    index = [
        {"id": name, "path": "t.csv", "premise": p, "hypothesis": h, "sha256": name}
        for name, (p, h) in zip("abcd", texts)
    ]
    split = summarise(tmp_path, index, "train a test b c d")
    assert overlaps(split) == {"content": (1, 1, 0)}


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        ({"oversample": True}, "until all classes are equally large, before parts are drawn."),
        ({"oversample": {"fear": 3}}, "so often: fear 3 times, before parts are drawn."),
        ({"oversample": {"fear": 3}, "oversample_part": "train"}, "in the training part only."),
    ],
)
def test_upsampling_is_noted(tmp_path: Path, settings: dict[str, Any], note: str) -> None:
    split = summarise(tmp_path, [item("a"), item("b")], "train a a test b")
    assert split.upsampled is None
    user = {**USER, "split_settings": {"kind": "random", **settings}}
    index = [item("a"), item("b")]
    (split,) = summarise_splits({"one": user}, {"c": index}, tmp_path)
    text = rendered(split, tmp_path)
    assert "Upsampled: " in text
    assert note in text


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        ({"kind": "random"}, "kind random, seed 42, test 0.2"),
        (
            {"kind": "grouped", "group_by": "speaker", "validation": 0.1, "folds": 3},
            "kind grouped, folds 3, group by speaker, seed 42, test 0.2, validation 0.1",
        ),
        ({"kind": "blocks", "gap": 10}, "kind blocks, gap 10, test 0.2"),
        ({"kind": "test_only"}, "kind test only"),
        (
            {"kind": "random", "oversample": {"fear": 3}},
            "kind random, oversample fear: 3, oversample part all, seed 42, test 0.2",
        ),
    ],
)
def test_settings_without_an_effect_are_not_shown(settings: dict[str, Any], shown: str) -> None:
    every = asdict(Split(**settings))
    assert format_settings(dict(sorted(effective_settings(every).items()))) == shown


def test_overlaps_are_counted_within_each_fold(tmp_path: Path) -> None:
    """An item that is tested in one fold and trained on in another is not a copy."""
    index = [item(name, speaker) for name, speaker in zip("abcde", "11223")]
    folds = "train c d e test a b\ntrain a b e test c d\ntrain a b c d test e"
    split = summarise(tmp_path, index, folds)
    assert overlaps(split) == {"speaker": (0, 0, 0), "content": (0, 0, 0)}
    assert (split.folds, split.test_items) == (3, 5)
    assert split.parts["train"] == PartSummary((3, 4), 0, (2, 2))
    assert "3 3–4" in rendered(split, tmp_path)
    leaky = summarise(tmp_path, index, "train a c e test b d\ntrain b d e test a c")
    assert overlaps(leaky)["speaker"] == (2, 4, 0)


def test_unused_and_unknown_items_are_in_no_part(tmp_path: Path) -> None:
    index = [item(name, "1") for name in "abcde"]
    split = summarise(tmp_path, index, "train a none b unknown c unlabelled d test e")
    sizes = {name: part.items for name, part in split.parts.items()}
    assert sizes == {"train": (1, 1), "validation": (0, 0), "test": (1, 1)}


def test_speakers_of_unknown_items_alone_do_not_count(tmp_path: Path) -> None:
    index = [item("a"), item("b"), item("c@0", "1", start="0"), item("c@1", "1", start="9")]
    split = summarise(tmp_path, index, "train a test b unknown c@0 c@1")
    assert overlaps(split) == {"content": (0, 0, 0)}
    assert split.has_speakers is False


def test_a_split_without_training_shares_nothing(tmp_path: Path) -> None:
    split = summarise(tmp_path, [item("a", "1"), item("b", "1")], "test a b")
    text = rendered(split, tmp_path)
    assert "no training" in text
    assert text.endswith("1 none none 2 1 speaker")


@pytest.mark.parametrize("corpus", ["farstail", "shemo"])
def test_the_page_has_a_row_for_each_split_in_use(tmp_path: Path, corpus: str) -> None:
    write_results(tmp_path)
    names = [name for name, settings in EXPERIMENTS.items() if settings["corpus"] == corpus]
    page = render_report(tmp_path, order=names)
    if corpus == "farstail":  # texts have no speakers
        assert table_row(page, corpus, "partitions") == (
            "farstail: partitions kind partitions; 3 experiments copies none 1 20 none 100"
        )
        return
    leaky = table_row(page, corpus, "oversampled")
    assert "6 of 6 test items have their speaker in train too (2 speakers)" in leaky
    assert "2 of 6 test items have chunks of their recording in train too (2 recordings)" in leaky
    assert "1 of 6 test items are identical to training items" in leaky
    clean = table_row(page, corpus, "by_speaker")
    assert "speakers none recordings none copies none" in clean
    assert Overlap("speaker", 2, 6, 0) in _shemo(tmp_path).overlaps


def _shemo(results: Path) -> SplitSummary:
    index = rows_of(read_table(results / "corpora" / "shemo.csv"))
    experiments = {"hubert": EXPERIMENTS["hubert"]}
    (split,) = summarise_splits(experiments, {"shemo": index}, results / "splits")
    return split
