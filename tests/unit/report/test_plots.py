"""The figures of a run: the same bytes each time, well-formed, and with what they must show."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from resound.io.csv_table import write_table
from resound.metrics.open_set import fold_metrics, mean_over_folds
from resound.report import plots
from resound.report.plots import ORANGE
from scripts import plot_text

NAN = float("nan")
NAMES = ["no", "yes", "may<be> & so"]
HISTORY = {"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.5], "accuracy": [0.2, 0.5, 0.7]}
VALIDATED = {**HISTORY, "validation_accuracy": [0.3, 0.4, 0.6]}
COUNTS = [[5, 0, 1], [2, 7, 0], [0, 0, 0]]
PER_CLASS = [{"recall": 0.8, "precision": 0.7}, {"recall": 1.0, "precision": 0.5}] + [
    {"recall": 0.0, "precision": 0.0}
]

SCORES = np.linspace(0, 1, 20)
FOLDS = {
    "Ann": fold_metrics(SCORES, SCORES, {"Ann": SCORES - 0.5, "hum": SCORES - 0.9}),
    "Bob": fold_metrics(SCORES, SCORES, {"Bob": SCORES - 0.2, "hum": SCORES - 0.8}),
}
OPEN_SET = {"folds": FOLDS, "mean": mean_over_folds(FOLDS)}
WAYS = [
    {"name": "clip by clip", "ours": False, "clips_per_second": 100.0, "ratio": 1.0},
    {"name": "in batches", "ours": True, "clips_per_second": 720.0, "ratio": 7.2},
]

FINE_TUNED = {
    "epoch": [0.5, 1.0, 1.5, 2.0],
    "loss": [3.1, 2.0, 1.2, 0.8],
    "validation_loss": [2.5, 1.9, 1.7, 1.8],
    "validation_wer": [1.2, 0.8, 0.5, 0.6],
}

Draw = Callable[[Path], None]

FIGURES: dict[str, Draw] = {
    "curves": lambda path: plots.curves([HISTORY], path),
    "curves with validation": lambda path: plots.curves([VALIDATED], path),
    "one epoch": lambda path: plots.curves([{name: v[:1] for name, v in HISTORY.items()}], path),
    "two folds": lambda path: plots.curves([HISTORY, VALIDATED], path),
    "many epochs": lambda path: plots.curves(
        [{"epoch": list(range(200)), "loss": [1.0] * 200, "accuracy": [0.5] * 200}], path
    ),
    "diverged late": lambda path: plots.curves([{**HISTORY, "loss": [1, float("inf"), NAN]}], path),
    "diverged at once": lambda path: plots.curves([{**HISTORY, "loss": [NAN] * 3}], path),
    "confusion": lambda path: plots.confusion(COUNTS, NAMES, path),
    "classes": lambda path: plots.classes(PER_CLASS, NAMES, None, path),
    "classes and reported": lambda path: plots.classes(PER_CLASS, NAMES, [0.1, 0.2, 0.3], path),
    "unknown": lambda path: plots.open_set(OPEN_SET, path),
    "texts": lambda path: plots.text_curves(FINE_TUNED, path),
    "texts once": lambda path: plots.text_curves({k: v[:1] for k, v in FINE_TUNED.items()}, path),
    "texts diverged": lambda path: plots.text_curves({**FINE_TUNED, "loss": [NAN] * 4}, path),
    "texts never judged": lambda path: plots.text_curves(
        {**FINE_TUNED, "validation_wer": [NAN] * 4}, path
    ),
    "timings": lambda path: plots.timings(WAYS, path),
}


def drawn(path: Path, draw: Draw) -> bytes:
    draw(path)
    return path.read_bytes()


def texts(path: Path, draw: Draw) -> list[str]:
    """The words of a figure."""
    tree = ElementTree.fromstring(drawn(path, draw))
    return ["".join(node.itertext()) for node in tree.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_figures_are_whole_and_repeat_to_the_byte(tmp_path: Path, draw: Draw) -> None:
    first = drawn(tmp_path / "a.svg", draw)
    assert drawn(tmp_path / "b.svg", draw) == first
    assert ElementTree.fromstring(first).tag == "{http://www.w3.org/2000/svg}svg"
    assert {path.name for path in tmp_path.iterdir()} == {"a.svg", "b.svg"}


def test_figures_of_other_data_are_others(tmp_path: Path) -> None:
    assert len({drawn(tmp_path / "a.svg", draw) for draw in FIGURES.values()}) == len(FIGURES)


def test_curves_name_what_there_is(tmp_path: Path) -> None:
    plain = texts(tmp_path / "a.svg", FIGURES["curves"])
    validated = texts(tmp_path / "b.svg", FIGURES["curves with validation"])
    assert {"training loss", "accuracy", "epoch", "training"} <= set(plain)
    assert "validation" not in plain
    assert "validation" in validated
    assert ORANGE.encode() not in (tmp_path / "a.svg").read_bytes()
    assert ORANGE.encode() in (tmp_path / "b.svg").read_bytes()


def test_curves_of_texts_name_both_losses_and_show_wer_in_percent(tmp_path: Path) -> None:
    words = texts(tmp_path / "a.svg", FIGURES["texts"])
    assert {"loss", "validation WER", "epoch", "training", "validation"} <= set(words)
    assert "100%" in words  # WER may pass 1


def test_stage_draws_the_history_of_texts(tmp_path: Path) -> None:
    write_table(tmp_path / "history.csv", list(FINE_TUNED), zip(*FINE_TUNED.values()))
    plot_text.main(tmp_path / "history.csv", tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == drawn(tmp_path / "b.svg", FIGURES["texts"])


def test_confusion_counts_what_is_not_zero(tmp_path: Path) -> None:
    words = texts(tmp_path / "a.svg", FIGURES["confusion"])
    assert sorted(word for word in words if word.isdigit()) == ["1", "2", "5", "7"]
    assert words.count("may<be> & so") == 2
    assert {"predicted", "true"} <= set(words)


def test_reported_recall_is_drawn_where_there_is_some(tmp_path: Path) -> None:
    assert "reported recall" not in texts(tmp_path / "a.svg", FIGURES["classes"])
    assert "reported recall" in texts(tmp_path / "a.svg", FIGURES["classes and reported"])


def test_strangers_are_named_and_what_is_no_stranger_too(tmp_path: Path) -> None:
    words = texts(tmp_path / "a.svg", FIGURES["unknown"])
    assert {"known", "Ann", "Bob", "hum"} <= set(words)


def test_bars_of_timings_carry_their_ratios(tmp_path: Path) -> None:
    words = texts(tmp_path / "a.svg", FIGURES["timings"])
    assert {"clip by clip", "in batches", "1.0 x", "7.2 x"} <= set(words)


@pytest.mark.parametrize("name", ["a$b$c", r"$\x$"])
def test_dollars_in_names_are_dollars(tmp_path: Path, name: str) -> None:
    names = [name, "other", "third"]
    assert name in texts(tmp_path / "a.svg", lambda path: plots.confusion(COUNTS, names, path))


def test_an_utterance_names_what_is_said_and_what_was_heard(tmp_path: Path) -> None:
    image = np.random.default_rng(0).random((8, 100))
    true = [("SIL", 0.0, 0.4), ("AA", 0.4, 1.0)]
    said = [("SIL", 0.0, 0.5), ("S", 0.5, 1.0)]

    def draw(path: Path) -> None:
        plots.utterance(image, 1.0, true, said, path)

    words = texts(tmp_path / "a.svg", draw)
    assert words.count("SIL") == 2
    assert {"AA", "S", "true", "predicted"} <= set(words)
    assert ORANGE.encode() in (tmp_path / "a.svg").read_bytes()
    assert drawn(tmp_path / "b.svg", draw) == (tmp_path / "a.svg").read_bytes()


def test_many_classes_are_drawn_as_shares_of_those_that_occur(tmp_path: Path) -> None:
    counts = np.zeros((30, 30), int)
    counts[:25, :25] = 3 * np.eye(25)
    counts[0, 1] = 1
    names = [f"class{n}" for n in range(30)]
    words = texts(tmp_path / "a.svg", lambda path: plots.confusion(counts.tolist(), names, path))
    assert "class24" in words and "class25" not in words
    assert words.count("100") == 24 and {"75", "25"} <= set(words)
