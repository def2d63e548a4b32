"""Figures of corpora: what is drawn equals groupby on the tables of index and splits."""

import base64
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.patches import StepPatch

from resound.data.folds import read_folds
from resound.io.csv_table import read_table, write_table
from resound.io.files import write_json
from resound.report.data_counts import Corpus, Frames, rows_of_splits
from resound.report.data_panels import QUANTILES, WHOLE, Bars, Histogram, Panel, Ranges, Row
from resound.report.data_plots import COLOURS, data_figure, draw_data
from scripts import plot_splits, split
from tests.helpers.page import PageText
from tests.helpers.report_runs import EXPERIMENTS, render_report, write_results

PATTERN = "{gender}/{speaker:3}{label:1}{number:2}.wav"
LETTERS = {"A": "anger", "F": "fear", "N": "neutral"}
CLASSES = list(LETTERS.values())
COLUMNS = ("id", "path", "label", "speaker", "group", "start", "samples", "seconds", "sha256")


def write_emotions(folder: Path, speakers: int = 10) -> pd.DataFrame:
    """Write an index of speakers of two genders, with few items of fear; return it."""
    random = np.random.default_rng(0)
    rows = []
    for n in range(speakers):
        gender, name = ("female", f"F{n:02}") if n % 2 else ("male", f"M{n:02}")
        for letter, label in LETTERS.items():
            for take in range(int(random.integers(1, 3)) if label == "fear" else 6 + n % 4):
                path = f"{gender}/{name}{letter}{take:02}.wav"
                seconds = round(float(random.gamma(4, 1)), 3)
                row = (path.removesuffix(".wav"), path, label, name, "", "", 1, seconds, path)
                rows.append(row)
    write_table(folder / "emotions.csv", COLUMNS, rows)
    write_json(folder / "emotions.json", {"classes": CLASSES})
    return pd.read_csv(folder / "emotions.csv", keep_default_na=False)


def split_table(folder: Path, name: str, **settings: Any) -> pd.DataFrame:
    """Split the written corpus as the stage does; return the table of its parts."""
    target = folder / "splits" / "emotions" / f"{name}.csv"
    config = json.dumps({"split": settings})
    write_table(folder / "rejected.csv", ("path", "reason"), [])
    names = ("emotions.csv", "rejected.csv", "emotions.json")
    split.main(*(folder / file for file in names), config, name, target)
    return pd.read_csv(target)


def rows_of(folder: Path, *splits: str, pattern: str | None = PATTERN) -> list[Row]:
    """Return the rows of splits that were written."""
    items = read_table(folder / "emotions.csv")
    files = {name: folder / "splits" / "emotions" / f"{name}.csv" for name in splits}
    folds: dict[str, Any] = {name: read_folds(path, items["id"]) for name, path in files.items()}
    return rows_of_splits(Corpus(items, CLASSES, pattern), folds)


def with_title(row: Row, title: str) -> Any:
    """Return the panel of a row that has a title."""
    (panel,) = [panel for panel in row.panels if panel.title == title]
    return panel


def titles(row: Row) -> list[str]:
    """Return the titles of a row's panels."""
    return [panel.title for panel in row.panels]


def axes_of(rows: list[Row], title: str) -> Axes:
    """Return the axes of the first row on which a panel is drawn."""
    position = titles(rows[0]).index(title)
    return data_figure(rows).axes[position]


def drawn_lengths(axes: Axes, part: str) -> dict[int, float]:
    """Return the length of what is drawn in the colour of a part, by the number of the name."""
    lengths: dict[int, float] = {}
    for collection in axes.collections:
        if not isinstance(collection, PolyCollection):
            continue
        if to_hex(collection.get_facecolor()[0]) != to_hex(COLOURS[part]):
            continue
        for path in collection.get_paths():
            (left, top), (right, bottom) = path.vertices.min(axis=0), path.vertices.max(axis=0)
            row = round((top + bottom) / 2)
            lengths[row] = lengths.get(row, 0) + right - left
    return lengths


def by_name(panel: Bars, part: str, copies: bool = False) -> dict[str, int]:
    """Return the counts of a part that are not zero, by name."""
    counts = (panel.copies if copies else panel.counts)[part]
    return {name: int(n) for name, n in zip(panel.names, counts) if n}


@pytest.fixture
def oversampled(tmp_path: Path) -> tuple[list[Row], pd.DataFrame]:
    """The rows of an oversampled split, and its table joined with the index."""
    index = write_emotions(tmp_path)
    drawn = {"kind": "random", "test": 0.2, "validation": 0.125, "stratify": True}
    parts = split_table(tmp_path, "copied", oversample={"fear": 5}, **drawn)
    joined = parts.merge(index, on="id")
    joined["gender"] = joined["path"].str.split("/").str[0]
    return rows_of(tmp_path, "copied"), joined


def test_items_are_counted_and_drawn_by_class_and_part(
    oversampled: tuple[list[Row], pd.DataFrame],
) -> None:
    rows, table = oversampled
    panel = with_title(rows[0], "items by class")
    axes = axes_of(rows, "items by class")
    for part, items in table.groupby("part"):
        expected = items.groupby("label").size().to_dict()
        assert by_name(panel, str(part)) == expected
        drawn = drawn_lengths(axes, str(part))
        assert {CLASSES[n]: length for n, length in drawn.items()} == pytest.approx(expected)


def test_an_oversampled_split_counts_copies(
    oversampled: tuple[list[Row], pd.DataFrame],
) -> None:
    rows, table = oversampled
    panel = with_title(rows[0], "items by class")
    for part, items in table.groupby("part"):
        repeated = items.groupby("label").agg(n=("id", "size"), distinct=("id", "nunique"))
        copies = repeated["n"] - repeated["distinct"]
        assert by_name(panel, str(part), copies=True) == copies[copies > 0].to_dict()
    assert set(by_name(panel, "train", copies=True)) == {"fear"}
    axes = axes_of(rows, "items by class")
    paler = [c for c in axes.collections if c.get_alpha()]
    width = sum(float(np.ptp(path.vertices[:, 0])) for c in paler for path in c.get_paths())
    assert width == pytest.approx(sum(each.sum() for each in panel.copies.values()))


def test_genders_are_counted_by_class(oversampled: tuple[list[Row], pd.DataFrame]) -> None:
    rows, table = oversampled
    panel = with_title(rows[0], "items by class and gender")
    axes = axes_of(rows, "items by class and gender")
    for part, items in table.groupby("part"):
        counts = items.groupby(["label", "gender"]).size()
        expected = {f"{label}, {gender}": n for (label, gender), n in counts.items()}
        assert by_name(panel, str(part)) == expected
        drawn = drawn_lengths(axes, str(part))
        assert {panel.names[n]: x for n, x in drawn.items()} == pytest.approx(expected)


def test_speakers_are_counted_once_in_each_part(
    oversampled: tuple[list[Row], pd.DataFrame],
) -> None:
    rows, table = oversampled
    by_class = with_title(rows[0], "speakers by class")
    by_speaker = with_title(rows[0], "items by speaker")
    axes = axes_of(rows, "speakers by class")
    for part, items in table.groupby("part"):
        expected = items.groupby("label")["speaker"].nunique().to_dict()
        assert by_name(by_class, str(part)) == expected
        drawn = drawn_lengths(axes, str(part))
        assert {CLASSES[n]: x for n, x in drawn.items()} == pytest.approx(expected)
        assert by_name(by_speaker, str(part)) == items.groupby("speaker").size().to_dict()


def test_many_speakers_are_a_histogram_of_their_items(tmp_path: Path) -> None:
    index = write_emotions(tmp_path, speakers=30)
    table = split_table(tmp_path, "s", kind="random", test=0.3).merge(index, on="id")
    rows = rows_of(tmp_path, "s")
    panel = with_title(rows[0], "speakers by items")
    assert isinstance(panel, Histogram)
    for part, items in table.groupby("part"):
        numbers = items.groupby("speaker").size().to_numpy()
        assert panel.counts[str(part)].sum() == len(numbers)
        assert np.array_equal(panel.counts[str(part)], np.histogram(numbers, panel.edges)[0])


def test_durations_by_class_are_quantiles(oversampled: tuple[list[Row], pd.DataFrame]) -> None:
    """Of the rows of the split, so that a copy weighs as much as any other item."""
    rows, table = oversampled
    panel = with_title(rows[0], "durations by class")
    axes = axes_of(rows, "durations by class")
    drawn = [c for c in axes.collections if isinstance(c, LineCollection)]
    for part, items in table.groupby("part"):
        seconds = items.groupby("label")["seconds"]
        expected = seconds.quantile(list(QUANTILES)).unstack().reindex(CLASSES).to_numpy()
        np.testing.assert_allclose(panel.quantiles[str(part)], expected)
        thin, thick = [
            c for c in drawn if np.allclose(c.get_colors()[0], to_rgba(COLOURS[str(part)]))
        ]
        for lines, low, high in ((thin, 0, 4), (thick, 1, 3)):
            ends = np.array([line[:, 0] for line in lines.get_segments()])
            known = expected[~np.isnan(expected[:, 0])]
            np.testing.assert_allclose(ends, known[:, [low, high]])


def test_a_class_without_items_in_a_part_has_no_range(tmp_path: Path) -> None:
    write_emotions(tmp_path)
    settings = {"kind": "grouped", "group_by": "speaker", "test": 0.2}
    split_table(tmp_path, "s", exclude_classes=["fear"], **settings)
    rows = rows_of(tmp_path, "s")
    panel = with_title(rows[0], "durations by class")
    assert all(np.isnan(each[CLASSES.index("fear")]).all() for each in panel.quantiles.values())
    assert "fear" not in by_name(with_title(rows[0], "items by class"), "train")
    data_figure(rows)


def test_of_several_folds_the_first_is_shown(tmp_path: Path) -> None:
    write_emotions(tmp_path)
    table = split_table(tmp_path, "s", kind="grouped", group_by="speaker", folds=3)
    (row,) = rows_of(tmp_path, "s")
    first = table["fold"].iloc[0]
    assert row.title == f"s, first of 3 folds ({first})"
    sizes = table[table["fold"] == first].groupby("part").size()
    panel = with_title(row, "items by class")
    assert {part: each.sum() for part, each in panel.counts.items()} == sizes.to_dict()


def test_recordings_are_shown_before_chunks_are_cut(tmp_path: Path) -> None:
    recordings = {"r0": ("anger", [5, 5, 2.5]), "r1": ("anger", [3.0]), "r2": ("fear", [5, 1.0])}
    rows = [
        (f"{name}@{n}", f"{name}.wav", label, "", "", n * 5, 1, seconds, name)
        for name, (label, chunks) in recordings.items()
        for n, seconds in enumerate(chunks)
    ]
    write_table(tmp_path / "emotions.csv", COLUMNS, rows)
    write_json(tmp_path / "emotions.json", {"classes": CLASSES})
    split_table(tmp_path, "s", kind="test_only")
    before, after = rows_of(tmp_path, "s", pattern=None)
    assert by_name(with_title(before, "recordings by class"), WHOLE) == {"anger": 2, "fear": 1}
    assert by_name(with_title(after, "items by class"), "test") == {"anger": 4, "fear": 2}
    quantiles = with_title(before, "durations by class").quantiles[WHOLE]
    np.testing.assert_allclose(quantiles[0], np.quantile([12.5, 3], QUANTILES))
    np.testing.assert_allclose(quantiles[1], [6.0] * len(QUANTILES))
    data_figure([before, after])


def test_truncated_recordings_are_no_chunks(tmp_path: Path) -> None:
    write_table(
        tmp_path / "emotions.csv",
        COLUMNS,
        [(f"r{n}", f"r{n}.wav", CLASSES[n % 2], "", "", 0, 1, 5.0, n) for n in range(4)],
    )
    write_json(tmp_path / "emotions.json", {"classes": CLASSES})
    split_table(tmp_path, "s", kind="test_only")
    (row,) = rows_of(tmp_path, "s", pattern=None)
    assert row.title == "s"


def test_a_corpus_without_speakers_and_genders_has_no_such_panels(tmp_path: Path) -> None:
    corpus = Corpus(
        {"id": ["a", "b"], "path": ["a", "b"], "label": ["x", "y"], "seconds": ["1", "2"]},
        ["x", "y"],
    )
    (row,) = rows_of_splits(corpus, {"s": {"all": {"test": np.array([0, 1])}}})
    assert titles(row) == ["items by class", "durations by class"]
    draw_data([row], tmp_path / "plot.svg")


def test_text_pairs_have_lengths_by_class() -> None:
    items = {
        "id": ["a", "b", "c"],
        "path": ["t.csv"] * 3,
        "label": ["x", "y", "x"],
        "premise": ["one two", "one", "one two three four"],
        "hypothesis": ["one", " one  two ", "one two three"],
    }
    fold = {"train": np.array([0, 1]), "test": np.array([2])}
    (row,) = rows_of_splits(Corpus(items, ["x", "y"]), {"s": {"all": fold}})
    premises, hypotheses = row.panels[1:]
    assert isinstance(premises, Ranges) and isinstance(hypotheses, Ranges)
    assert premises.title == "premise lengths by class"
    assert hypotheses.title == "hypothesis lengths by class"
    assert premises.unit == "words"
    assert premises.quantiles["train"][:, 2].tolist() == [2, 1]
    assert premises.quantiles["test"][0, 2] == 4
    assert hypotheses.quantiles["train"][:, 2].tolist() == [1, 2]


def test_transcripts_have_a_histogram_of_words_or_characters() -> None:
    items = {
        "id": ["a", "b", "c"],
        "path": ["a", "b", "c"],
        "label": [""] * 3,
        "text": ["妈妈吃苹果", "妈妈", "苹果"],
        "translation": ["mother eats apples", "mother", "an apple"],
    }
    fold = {"train": np.array([0, 1]), "test": np.array([2])}
    rows = rows_of_splits(Corpus(items, []), {"s": {"all": fold}})
    assert titles(rows[0]) == ["items", "transcript lengths", "translation lengths"]
    characters, words = rows[0].panels[1:]
    assert isinstance(characters, Histogram) and isinstance(words, Histogram)
    assert (characters.unit, words.unit) == ("characters", "words")
    assert words.edges.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert words.counts["train"].tolist() == [1, 0, 1]
    assert words.counts["test"].tolist() == [0, 1, 0]
    train, test = (p for p in data_figure(rows).axes[2].patches if isinstance(p, StepPatch))
    assert train.get_data().values.tolist() == [1, 0, 1]
    assert test.get_data().values.tolist() == [1, 1, 1], "above the training part"
    assert np.array(test.get_data().baseline).tolist() == [1, 0, 1]


def test_frames_are_counted_by_class_and_rare_classes_together() -> None:
    random = np.random.default_rng(1)
    classes = [f"c{n}" for n in range(42)]
    offsets = np.array([0, 400, 1000, 1500])
    labels = np.minimum(random.geometric(0.08, 1500) - 2, 41).astype(np.int16)
    items = {"id": ["a", "b", "c"], "path": ["a", "b", "c"], "label": [""] * 3}
    fold = {"train": np.array([0, 2]), "test": np.array([1])}
    corpus = Corpus(items, classes, frames=Frames(labels, offsets))
    (row,) = rows_of_splits(corpus, {"s": {"all": fold}})
    panel = with_title(row, "frames by class")
    part = np.where((np.arange(1500) >= 400) & (np.arange(1500) < 1000), "test", "train")
    table = pd.DataFrame({"label": labels, "part": part}).query("label >= 0")
    largest = table.groupby("label").size().sort_values(ascending=False, kind="stable")
    assert [f"c{n}" for n in largest.index[:5]] == panel.names[:5]
    assert panel.names[-1] == "23 others" and len(panel.names) == 20
    for name, frames in table.groupby("part"):
        counts = panel.counts[str(name)]
        assert counts.sum() == len(frames)
        of_class = frames.groupby("label").size().to_dict()
        assert counts[:-1].tolist() == [of_class.get(int(n[1:]), 0) for n in panel.names[:-1]]


def test_unknown_items_have_their_own_names_and_part() -> None:
    items = {"id": ["a", "b", "c"], "path": ["a", "b", "c"], "label": ["x", "y", "_noise_"]}
    fold = {"train": np.array([0, 1]), "unknown": np.array([2])}
    (row,) = rows_of_splits(Corpus(items, ["x", "y"]), {"s": {"x": fold}})
    panel: Panel = row.panels[0]
    assert isinstance(panel, Bars)
    assert panel.names == ["x", "y", "_noise_"]
    assert panel.counts["unknown"].tolist() == [0, 0, 1]


def test_the_stage_draws_one_figure_per_corpus(tmp_path: Path) -> None:
    write_emotions(tmp_path)
    split_table(tmp_path, "random", kind="random", test=0.2)
    split_table(tmp_path, "grouped", kind="grouped", group_by="speaker", test=0.2)
    for name in ("one", "two"):
        plot_splits.main(
            indexes=[tmp_path / "emotions.csv"],
            summaries=[tmp_path / "emotions.json"],
            splits=[tmp_path / f"splits/emotions/{split}.csv" for split in ("random", "grouped")],
            labels=[],
            offsets=[],
            config=json.dumps({"patterns": {"emotions": PATTERN}}),
            figures=[tmp_path / name / "emotions.svg"],
        )
    svg = (tmp_path / "one" / "emotions.svg").read_bytes()
    assert svg == (tmp_path / "two" / "emotions.svg").read_bytes(), "reproducible to the byte"
    texts = ["".join(e.itertext()).strip() for e in ElementTree.fromstring(svg).iter()]
    for text in ("random", "grouped", "train", "test", "fear, female", "durations by class"):
        assert text in texts


def test_the_page_has_the_figure_of_each_corpus_of_an_experiment(tmp_path: Path) -> None:
    write_results(tmp_path)
    names = [name for name, settings in EXPERIMENTS.items() if settings["corpus"] == "shemo"]
    page = render_report(tmp_path, order=names)
    figures = [
        attributes
        for tag, attributes in PageText(page).tags
        if tag == "img" and "by class and part of each split" in (attributes.get("alt") or "")
    ]
    (figure,) = figures
    assert figure["loading"] == "lazy"
    encoded = base64.b64encode(b"<svg>shemo</svg>").decode()
    assert figure["src"] == f"data:image/svg+xml;base64,{encoded}"
    assert '<details class="card" id="data-shemo">' in page
