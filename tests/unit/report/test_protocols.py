"""What the report says of splits: sizes, and what stands in train and test alike."""

import re
from pathlib import Path
from typing import Any

import pytest

from resound.io.csv_table import read_table, rows_of, write_table
from resound.report.page import Content, render
from resound.report.protocols import Division, Shared, Side, divisions
from resound.report.results import read_results
from tests.helpers.page import Words
from tests.helpers.report_runs import EXPERIMENTS, made, write_results

USER: dict[str, Any] = {"corpus": "c", "split": "s", "protocol": {"kind": "random", "test": 0.2}}


def item(name: str, speaker: str = "", group: str = "", start: str = "") -> dict[str, str]:
    """A row of the index; pieces `a@0` and `a@1` are of one recording."""
    path = f"{name.split('@')[0]}.wav"
    return {"id": name, "path": path, "speaker": speaker, "group": group, "start": start}


def divided(tmp_path: Path, index: list[dict[str, str]], parts: str) -> Division:
    """A corpus divided as `parts` says, a line a fold: `train a b test c`."""
    rows = []
    for fold, line in enumerate(parts.strip().splitlines()):
        part = ""
        for word in line.split():
            if word in ("train", "validation", "test", "none", "unknown", "unlabelled"):
                part = word
            else:
                rows.append((f"f{fold}", word, part))
    write_table(tmp_path / "c" / "s.csv", ("fold", "id", "part"), rows)
    (found,) = divisions({"one": USER, "two": USER}, {"c": index}, tmp_path)
    return found


def shared(division: Division) -> dict[str, tuple[int, int, int]]:
    return {s.kind: (s.number, s.tested, s.unknown) for s in division.shared}


def line(page: str, corpus: str, split: str) -> str:
    """The words of a split's line."""
    found = re.search(rf'<tr id="split-{corpus}-{split}">.*?</tr>', page, re.DOTALL)
    assert found
    return Words(found[0]).text


def shown(division: Division, tmp_path: Path) -> str:
    """The line of a division on a page; the page needs one run to speak of."""
    write_results(tmp_path / "results")
    name = "bert_full"
    found = read_results({name: EXPERIMENTS[name]}, [1], tmp_path / "results" / "runs")
    corpus = {"title": "C", "licence": "CC0", "kind": "folder", "items": 9, "reported_items": None}
    corpus |= {"unknown": 0, "classes": [], "speakers": 0, "seconds": 1.0, "rates_hz": []}
    corpus |= {"rejected": 0, "ignored": 0, "rejected_clips": []}
    content = Content({"farstail": corpus}, divisions=[division], results=found)
    page = render({"data": "demo", "seeds": [1]}, content)
    return line(page, division.corpus, division.split)


def test_speakers_on_both_sides_are_counted(tmp_path: Path) -> None:
    index = [item(name, speaker) for name, speaker in zip("abcdef", "112233")]
    found = divided(tmp_path, index, "train a c validation d test b e f")
    assert shared(found) == {"speaker": (1, 1, 0), "item": (0, 0, 0)}
    assert found.sides == {
        "train": Side((2, 2), 0, (2, 2)),
        "validation": Side((1, 1), 0, (1, 1)),
        "test": Side((3, 3), 0, (2, 2)),
    }
    assert (found.experiments, found.folds, found.tested) == (2, 1, 3)
    said = shown(found, tmp_path)
    assert "speakers 1 of 3 test items have their speaker in train too (1 speaker)" in said
    assert "copies none" in said
    assert "kind random, test 0.2; 2 experiments" in said
    assert said.endswith("1 2 2 speakers 1 1 speaker 3 2 speakers")


def test_a_split_by_speaker_shares_none(tmp_path: Path) -> None:
    index = [item(name, speaker) for name, speaker in zip("abcd", "1122")]
    found = divided(tmp_path, index, "train a b test c d")
    assert shared(found)["speaker"] == (0, 0, 0)
    assert "speakers none" in shown(found, tmp_path)


def test_groups_stand_in_where_speakers_are_not_known(tmp_path: Path) -> None:
    index = [item(name, group=group) for name, group in zip("abcd", "xxyy")]
    found = divided(tmp_path, index, "train a c test b d")
    assert shared(found) == {"group": (2, 2, 0), "item": (0, 0, 0)}
    assert found.has_speakers is False
    assert found.sides["train"].speakers is None
    said = shown(found, tmp_path)
    assert "speakers not known" in said
    assert "groups 2 of 2 test items have their group in train too (2 groups)" in said


def test_unnamed_speakers_are_no_common_speaker(tmp_path: Path) -> None:
    index = [item(name, speaker) for name, speaker in [("a", ""), ("b", ""), ("c", "1")]]
    found = divided(tmp_path, index, "train a test b c")
    assert shared(found)["speaker"] == (0, 0, 1)
    assert "speakers none (of 1 test items it is not known)" in shown(found, tmp_path)


def test_pieces_of_a_recording_on_both_sides_are_counted(tmp_path: Path) -> None:
    pieces = [item(f"{name}@{k}", "1", start=str(k)) for name in "ab" for k in range(3)]
    found = divided(tmp_path, [*pieces, item("c", "1")], "train a@0 b@0 b@1 b@2 test a@1 a@2 c")
    assert shared(found) == {"speaker": (1, 3, 0), "recording": (1, 2, 1), "item": (0, 0, 0)}
    said = shown(found, tmp_path)
    assert "recordings 2 of 3 test items have pieces of their recording in train" in said
    assert "(1 recording)" in said
    assert said.count("not known") == 0


def test_copies_on_both_sides_are_counted(tmp_path: Path) -> None:
    index = [item(name) for name in "abcd"]
    found = divided(tmp_path, index, "train a b a b a test b c b d")
    assert shared(found) == {"item": (1, 2, 0)}
    assert (found.sides["train"].copies, found.sides["test"].copies) == (3, 1)
    said = shown(found, tmp_path)
    assert "copies 2 of 4 test items are in train too" in said
    assert "5 3 copies among them" in said
    assert "4 1 copy among them" in said


def test_folds_are_compared_each_by_itself(tmp_path: Path) -> None:
    """Every item tests once and trains elsewhere: that is no copy."""
    index = [item(name, speaker) for name, speaker in zip("abcde", "11223")]
    folds = "train c d e test a b\ntrain a b e test c d\ntrain a b c d test e"
    found = divided(tmp_path, index, folds)
    assert shared(found) == {"speaker": (0, 0, 0), "item": (0, 0, 0)}
    assert (found.folds, found.tested) == (3, 5)
    assert found.sides["train"] == Side((3, 4), 0, (2, 2))
    assert "3 3–4" in shown(found, tmp_path)
    leaky = divided(tmp_path, index, "train a c e test b d\ntrain b d e test a c")
    assert shared(leaky)["speaker"] == (2, 4, 0)


def test_what_is_not_used_or_strange_is_on_no_side(tmp_path: Path) -> None:
    index = [item(name, "1") for name in "abcde"]
    found = divided(tmp_path, index, "train a none b unknown c unlabelled d test e")
    sizes = {part: side.items for part, side in found.sides.items()}
    assert sizes == {"train": (1, 1), "validation": (0, 0), "test": (1, 1)}


def test_units_of_strangers_alone_are_not_those_of_the_split(tmp_path: Path) -> None:
    index = [item("a"), item("b"), item("c@0", "1", start="0"), item("c@1", "1", start="9")]
    found = divided(tmp_path, index, "train a test b unknown c@0 c@1")
    assert shared(found) == {"item": (0, 0, 0)}
    assert found.has_speakers is False


def test_where_nothing_is_trained_nothing_is_shared(tmp_path: Path) -> None:
    found = divided(tmp_path, [item("a", "1"), item("b", "1")], "test a b")
    said = shown(found, tmp_path)
    assert "nothing is trained" in said
    assert said.endswith("1 none none 2 1 speaker")


@pytest.mark.parametrize("corpus", ["farstail", "shemo"])
def test_the_page_has_a_line_for_each_split_in_use(tmp_path: Path, corpus: str) -> None:
    write_results(tmp_path)
    names = [name for name, told in EXPERIMENTS.items() if told["corpus"] == corpus]
    page = made(tmp_path, order=names)
    if corpus == "farstail":  # texts have no speakers
        assert line(page, corpus, "partitions") == (
            "farstail: partitions kind partitions; 3 experiments copies none 1 20 none 100"
        )
        return
    leaky = line(page, corpus, "oversampled")
    assert "6 of 6 test items have their speaker in train too (2 speakers)" in leaky
    assert "2 of 6 test items have pieces of their recording in train (2 recordings)" in leaky
    assert "1 of 6 test items are in train too" in leaky
    clean = line(page, corpus, "by_speaker")
    assert "speakers none recordings none copies none" in clean
    assert Shared("speaker", 2, 6, 0) in _of_shemo(tmp_path).shared


def _of_shemo(results: Path) -> Division:
    index = rows_of(read_table(results / "corpora" / "shemo.csv"))
    told = {"hubert": EXPERIMENTS["hubert"]}
    (found,) = divisions(told, {"shemo": index}, results / "splits")
    return found
