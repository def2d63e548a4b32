"""Plots: reproducible to the byte, well-formed SVG, with the expected labels."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.figure import Figure

from resound.io.csv_table import write_table
from resound.metrics.open_set import fold_metrics, mean_over_folds
from resound.report import plots
from resound.report.plots import ORANGE
from scripts import plot, plot_text

NAN = float("nan")
NAMES = ["no", "yes", "may<be> & so"]
HISTORY = {"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.5], "accuracy": [0.2, 0.5, 0.7]}
VALIDATED = {
    **HISTORY,
    "validation_loss": [2.5, 2.2, 2.4],
    "validation_accuracy": [0.3, 0.4, 0.6],
}
TESTED = {**HISTORY, "test_loss": [2.9, 2.7, 3.1], "test_accuracy": [0.1, 0.3, 0.2]}
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
METHODS = [
    {"name": "clip by clip", "ours": False, "clips_per_second": 100.0, "ratio": 1.0},
    {"name": "in batches", "ours": True, "clips_per_second": 720.0, "ratio": 7.2},
]

FINE_TUNED = {
    "epoch": [0.5, 1.0, 1.5, 2.0],
    "loss": [3.1, 2.0, 1.2, 0.8],
    "validation_loss": [2.5, 1.9, 1.7, 1.8],
    "validation_wer": [1.2, 0.8, 0.5, 0.6],
}

REPORTED = {"loss": [2.9, 1.8, 1.1], "validation_wer": [1.1, 0.7, 0.6, 0.5, 0.4]}

REPORTED_CURVES = {"loss": [2.8, 2.1], "accuracy": [0.1], "validation_accuracy": [0.2] * 5}

Plot = Callable[[Path], None]

PLOTS: dict[str, Plot] = {
    "curves": lambda path: plots.plot_learning_curves([HISTORY], {}, path),
    "curves with validation": lambda path: plots.plot_learning_curves([VALIDATED], {}, path),
    "curves with test": lambda path: plots.plot_learning_curves([TESTED], {}, path),
    "curves and reported": lambda path: plots.plot_learning_curves(
        [VALIDATED], REPORTED_CURVES, path
    ),
    "one epoch": lambda path: plots.plot_learning_curves(
        [{name: v[:1] for name, v in HISTORY.items()}], {}, path
    ),
    "two folds": lambda path: plots.plot_learning_curves([HISTORY, VALIDATED], {}, path),
    "many epochs": lambda path: plots.plot_learning_curves(
        [{"epoch": list(range(200)), "loss": [1.0] * 200, "accuracy": [0.5] * 200}], {}, path
    ),
    "diverged late": lambda path: plots.plot_learning_curves(
        [{**HISTORY, "loss": [1, float("inf"), NAN]}], {}, path
    ),
    "diverged at once": lambda path: plots.plot_learning_curves(
        [{**HISTORY, "loss": [NAN] * 3}], {}, path
    ),
    "confusion": lambda path: plots.plot_confusion(COUNTS, NAMES, path),
    "classes": lambda path: plots.plot_classes(PER_CLASS, NAMES, None, path),
    "classes and reported": lambda path: plots.plot_classes(
        PER_CLASS, NAMES, [0.1, 0.2, 0.3], path
    ),
    "unknown": lambda path: plots.plot_open_set(OPEN_SET, path),
    "texts": lambda path: plots.plot_text_learning_curves(FINE_TUNED, {}, path),
    "texts once": lambda path: plots.plot_text_learning_curves(
        {k: v[:1] for k, v in FINE_TUNED.items()}, {}, path
    ),
    "texts diverged": lambda path: plots.plot_text_learning_curves(
        {**FINE_TUNED, "loss": [NAN] * 4}, {}, path
    ),
    "texts never evaluated": lambda path: plots.plot_text_learning_curves(
        {**FINE_TUNED, "validation_wer": [NAN] * 4}, {}, path
    ),
    "texts reported": lambda path: plots.plot_text_learning_curves(FINE_TUNED, REPORTED, path),
    "benchmark": lambda path: plots.plot_benchmark(METHODS, path),
}


def svg_bytes(path: Path, plot: Plot) -> bytes:
    plot(path)
    return path.read_bytes()


def labels(path: Path, plot: Plot) -> list[str]:
    """Return the text elements of a plot."""
    tree = ElementTree.fromstring(svg_bytes(path, plot))
    return ["".join(node.itertext()) for node in tree.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)
def test_plots_are_well_formed_and_reproducible(tmp_path: Path, plot: Plot) -> None:
    first = svg_bytes(tmp_path / "a.svg", plot)
    assert svg_bytes(tmp_path / "b.svg", plot) == first
    assert ElementTree.fromstring(first).tag == "{http://www.w3.org/2000/svg}svg"
    assert {path.name for path in tmp_path.iterdir()} == {"a.svg", "b.svg"}


def test_plots_of_different_data_differ(tmp_path: Path) -> None:
    assert len({svg_bytes(tmp_path / "a.svg", plot) for plot in PLOTS.values()}) == len(PLOTS)


def test_learning_curves_have_a_legend_for_each_series(tmp_path: Path) -> None:
    plain = labels(tmp_path / "a.svg", PLOTS["curves"])
    validated = labels(tmp_path / "b.svg", PLOTS["curves with validation"])
    tested = labels(tmp_path / "c.svg", PLOTS["curves with test"])
    assert {"loss", "accuracy", "epoch", "training"} <= set(plain)
    assert not {"validation", "test"} & set(plain)
    assert "validation" in validated and "test" not in validated
    assert "test" in tested and "validation" not in tested
    assert ORANGE.encode() not in (tmp_path / "a.svg").read_bytes()
    assert ORANGE.encode() in (tmp_path / "b.svg").read_bytes()


def drawn(draw: Plot) -> list[Figure]:
    """Return the figures that a plot saves."""
    saved: list[Figure] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save", lambda figure, path: saved.append(figure))
        draw(Path("unused"))
    return saved


@pytest.mark.parametrize(("history", "part"), [(VALIDATED, "validation"), (TESTED, "test")])
def test_loss_and_accuracy_of_every_recorded_part_are_drawn(
    history: dict[str, list[float]], part: str
) -> None:
    (figure,) = drawn(lambda path: plots.plot_learning_curves([history] * 2, {}, path))
    for axes, metric in zip(figure.axes, ("loss", "accuracy"), strict=True):
        values = [line.get_ydata().tolist() for line in axes.lines]
        assert values == [history[metric]] * 2 + [history[f"{part}_{metric}"]] * 2
        named = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
        assert [line.get_label() for line in named] == ["training", part]


def test_reported_curves_are_dashed_beside_the_measured_ones() -> None:
    (figure,) = drawn(PLOTS["curves and reported"])
    losses, accuracies = ({line.get_label(): line for line in axes.lines} for axes in figure.axes)
    training, validation = losses["training, reported"], accuracies["validation, reported"]
    assert training.get_xydata().tolist() == [[1, 2.8], [2, 2.1]]
    # The report has five epochs, of which three were repeated.
    assert validation.get_xydata().tolist() == [[n, 0.2] for n in range(1, 6)]
    assert accuracies["training, reported"].get_ydata().tolist() == [0.1]
    for label, line in [*losses.items(), *accuracies.items()]:
        assert (line.get_linestyle() == "--") == str(label).endswith("reported")


@pytest.mark.parametrize(("data", "items", "comparable"), [("real", 8, True), ("demo", 8, False)])
def test_stage_plots_reported_curves_and_recalls_of_the_same_data(
    tmp_path: Path, data: str, items: int, comparable: bool
) -> None:
    rows = [("all", *row) for row in zip(*VALIDATED.values())]
    write_table(tmp_path / "history.csv", ("fold", *VALIDATED), rows)
    (tmp_path / "summary.json").write_text(json.dumps({"items": items}))
    test = {"confusion": COUNTS, "per_class": PER_CLASS}
    metrics = {"classes": NAMES, "parts": {"test": test}}
    (tmp_path / "metrics.json").write_text(json.dumps(metrics))
    reported = {"curves": REPORTED_CURVES, "per_class": [0.1, 0.2, 0.3]}
    files = [tmp_path / name for name in ("metrics.json", "history.csv", "summary.json")]
    figures = [tmp_path / f"{name}.svg" for name in ("curves", "confusion", "classes")]
    plot.main(*files, json.dumps({"data": data, "reported_items": 8, **reported}), *figures)
    curves = "curves and reported" if comparable else "curves with validation"
    assert figures[0].read_bytes() == svg_bytes(tmp_path / "a.svg", PLOTS[curves])
    classes = "classes and reported" if comparable else "classes"
    assert figures[2].read_bytes() == svg_bytes(tmp_path / "b.svg", PLOTS[classes])


def test_text_learning_curves_show_both_losses_and_wer_in_percent(tmp_path: Path) -> None:
    found = labels(tmp_path / "a.svg", PLOTS["texts"])
    assert {"loss", "validation WER", "epoch", "training", "validation"} <= set(found)
    assert "100%" in found  # WER may exceed 1


def test_reported_text_curves_are_drawn_beside_the_measured_ones() -> None:
    figures: list[Figure] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plots, "save", lambda figure, path: figures.append(figure))
        plots.plot_text_learning_curves(FINE_TUNED, REPORTED, Path("unused"))
    losses, rates = ({line.get_label(): line for line in axes.lines} for axes in figures[0].axes)
    # The report has three losses of four, and one WER more than there are evaluations.
    assert losses["training, reported"].get_xydata().tolist() == [[0.5, 2.9], [1, 1.8], [1.5, 1.1]]
    assert "validation, reported" not in losses
    assert rates["validation, reported"].get_ydata().tolist() == [1.1, 0.7, 0.6, 0.5]


@pytest.mark.parametrize(
    ("data", "items", "plot"),
    [("real", 8, "texts reported"), ("real", 9, "texts"), ("demo", 8, "texts")],
)
def test_stage_plots_the_history_of_fine_tuning(
    tmp_path: Path, data: str, items: int, plot: str
) -> None:
    write_table(tmp_path / "history.csv", list(FINE_TUNED), zip(*FINE_TUNED.values()))
    (tmp_path / "summary.json").write_text(json.dumps({"items": items}))
    config = json.dumps({"data": data, "curves": REPORTED, "reported_items": 8})
    files = tmp_path / "history.csv", tmp_path / "summary.json"
    plot_text.main(*files, config, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").read_bytes() == svg_bytes(tmp_path / "b.svg", PLOTS[plot])


def test_confusion_shows_counts_above_zero(tmp_path: Path) -> None:
    found = labels(tmp_path / "a.svg", PLOTS["confusion"])
    assert sorted(label for label in found if label.isdigit()) == ["1", "2", "5", "7"]
    assert found.count("may<be> & so") == 2
    assert {"predicted", "true"} <= set(found)


def test_reported_recall_is_drawn_if_there_is_one(tmp_path: Path) -> None:
    assert "reported recall" not in labels(tmp_path / "a.svg", PLOTS["classes"])
    assert "reported recall" in labels(tmp_path / "a.svg", PLOTS["classes and reported"])


def test_open_set_plot_names_known_and_unknown_classes(tmp_path: Path) -> None:
    found = labels(tmp_path / "a.svg", PLOTS["unknown"])
    assert {"known", "Ann", "Bob", "hum"} <= set(found)


def test_bars_of_a_benchmark_have_their_ratios(tmp_path: Path) -> None:
    found = labels(tmp_path / "a.svg", PLOTS["benchmark"])
    assert {"clip by clip", "in batches", "1.0 x", "7.2 x"} <= set(found)


@pytest.mark.parametrize("name", ["a$b$c", r"$\x$"])
def test_dollar_signs_in_names_are_literal(tmp_path: Path, name: str) -> None:
    names = [name, "other", "third"]
    assert name in labels(
        tmp_path / "a.svg", lambda path: plots.plot_confusion(COUNTS, names, path)
    )


def test_an_utterance_shows_true_and_predicted_segments(tmp_path: Path) -> None:
    image = np.random.default_rng(0).random((8, 100))
    true = [("SIL", 0.0, 0.4), ("AA", 0.4, 1.0)]
    predicted = [("SIL", 0.0, 0.5), ("S", 0.5, 1.0)]

    def plot(path: Path) -> None:
        plots.plot_utterance(image, 1.0, true, predicted, path)

    found = labels(tmp_path / "a.svg", plot)
    assert found.count("SIL") == 2
    assert {"AA", "S", "true", "predicted"} <= set(found)
    assert ORANGE.encode() in (tmp_path / "a.svg").read_bytes()
    assert svg_bytes(tmp_path / "b.svg", plot) == (tmp_path / "a.svg").read_bytes()


def test_confusion_of_many_classes_shows_percentages_of_those_that_occur(tmp_path: Path) -> None:
    counts = np.zeros((30, 30), int)
    counts[:25, :25] = 3 * np.eye(25)
    counts[0, 1] = 1
    names = [f"class{n}" for n in range(30)]
    found = labels(
        tmp_path / "a.svg", lambda path: plots.plot_confusion(counts.tolist(), names, path)
    )
    assert "class24" in found and "class25" not in found
    assert found.count("100") == 24 and {"75", "25"} <= set(found)
