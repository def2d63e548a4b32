"""The report: results gathered from runs, what is compared with what, and the page."""

import base64
from collections.abc import Callable
from pathlib import Path
from statistics import stdev
from typing import Any

import numpy as np
import pytest

from resound.data.audio import read
from resound.data.clips import Clip
from resound.io.csv_table import write_table
from resound.io.files import read_json, write_json, write_text
from resound.metrics.classification import summary
from resound.metrics.open_set import fold_figures, means
from resound.report.audio_examples import Example, examples
from resound.report.page import (
    Content,
    duration,
    in_words,
    p_value,
    percent,
    points,
    render,
    reported_figures,
    short,
)
from resound.report.published import comparable
from resound.report.results import (
    PLOTS,
    Result,
    Row,
    read_corpora,
    read_results,
    read_timings,
    table,
)
from tests.helpers.page import Words

EVIL = "<script>alert('x')</script>&"
CLASSES = ["no", EVIL]
ITEMS = 200

SETTINGS: dict[str, Any] = {
    "corpus": "digits",
    "features": "mfcc",
    "split": "random",
    "input": {"arrange": "pooled", "standardise": "none"},
    "model": {"kind": "perceptron", "hidden": ["mean", 3]},
    "train": {"epochs": 2, "learning_rate": 0.001},
    "configuration": {"kind": "mfcc", "mels": 24},
    "protocol": {"kind": "random", "group_by": None, "test": 0.2},
    "reported": {"source": "a report", "test_accuracy": 0.1234, "train_accuracy": None},
    "twin": "honest",
    "note": EVIL,
}
EXPERIMENTS = {"faithful": SETTINGS, "honest": {**SETTINGS, "twin": None, "reported": None}}


def write_run(folder: Path, hits: int, items: int = 100, loss: float = 0.5) -> None:
    """The files of a run with so many of its test items right."""
    true = np.arange(items) % 2
    predicted = np.where(np.arange(items) < hits, true, 1 - true)
    figures = summary(true, predicted, 2, None)
    parts = {"test": figures, "train": figures}
    write_json(folder / "metrics.json", {"classes": CLASSES, "parts": parts})
    write_table(folder / "history.csv", ("epoch", "loss"), [(1, 1.0), (2, loss)])
    facts = {"parameters": 1234, "seconds": 2.5 + hits, "peak_memory_mb": 300.0 + hits}
    versions = {
        "commit": "abc123",
        "python": "3.11",
        "platform": "here",
        "versions": {"numpy": "2"},
    }
    write_json(folder / "provenance.json", {**facts, **versions, "device": "cpu"})
    for name in PLOTS:
        write_text(folder / "plots" / f"{name}.svg", f"<svg>{name}</svg>")


def write_results(folder: Path, seeds: list[int]) -> None:
    for n, seed in enumerate(seeds):
        write_run(folder / "faithful" / str(seed), hits=80 + n)
        write_run(folder / "honest" / str(seed), hits=60 + n)


def corpora(kind: str, reported_items: int | None = ITEMS) -> dict[str, dict[str, Any]]:
    return {
        "digits": {
            "title": f"Digits {EVIL}",
            "licence": "CC0",
            "reported_items": reported_items,
            "kind": kind,
            "classes": CLASSES,
            "items": ITEMS,
            "unknown": 0,
            "rejected": 1,
            "ignored": 0,
            "speakers": 5,
            "seconds": 100.0,
            "rates_hz": [16000],
            "rejected_clips": [{"path": f"{EVIL}.wav", "reason": "holds no samples"}],
        }
    }


def page(
    folder: Path,
    data: str = "demo",
    seeds: list[int] | None = None,
    reported_items: int | None = ITEMS,
    **settings: Any,
) -> str:
    """The page of two experiments, the second the honest twin of the first."""
    seeds = seeds or [42]
    write_results(folder, seeds)
    of = corpora("demo" if data == "demo" else "folder", reported_items)
    experiments = {**EXPERIMENTS, "faithful": {**SETTINGS, **settings}}
    results = read_results(experiments, seeds, folder)
    clips = {
        "faithful": [Example(f"{EVIL}/1", EVIL, "no", "data:audio/mpeg;base64,AAAA")],
        "honest": [],
    }
    rows = table(results, of, data)
    content = Content(of, results=results, rows=rows, clips=clips)
    return render({"data": data, "seeds": seeds}, content)


COMPARED = "<th>reported</th>"


def test_demo_page_says_so_and_compares_nothing(tmp_path: Path) -> None:
    made = page(tmp_path)
    words = Words(made).text
    assert "Demo data." in words
    assert "2 experiments, seed 42, on demo data" in words
    assert COMPARED not in made
    assert "12.3" not in words
    assert "80.0 %" in words


def test_real_page_with_as_many_items_compares(tmp_path: Path) -> None:
    made = page(tmp_path, "real")
    words = Words(made).text
    assert COMPARED in made
    assert "12.3 %" in words
    assert "demo data" not in words.lower()
    assert "Other recordings" not in words


@pytest.mark.parametrize("reported_items", [None, ITEMS + 1])
def test_real_page_with_other_items_compares_nothing(
    tmp_path: Path, reported_items: int | None
) -> None:
    made = page(tmp_path, "real", reported_items=reported_items)
    words = Words(made).text
    assert "Other recordings than the reports'." in words
    assert COMPARED not in made
    assert "12.3" not in words


def test_training_accuracy_stands_in_where_no_other_was_reported(tmp_path: Path) -> None:
    reported = {"source": "a report", "test_accuracy": None, "train_accuracy": 0.0942}
    words = Words(page(tmp_path, "real", reported=reported)).text
    assert "9.4 % (train)" in words


def test_recall_of_classes_may_be_all_that_was_reported(tmp_path: Path) -> None:
    nothing = {"source": "a report", "test_accuracy": None, "train_accuracy": None}
    assert "80.0 %" in Words(page(tmp_path, "real", reported=nothing)).text


def test_names_and_labels_are_escaped(tmp_path: Path) -> None:
    made = page(tmp_path)
    assert EVIL not in made
    words = Words(made)
    assert [tag for tag, _ in words.tags].count("script") == 1  # the page's own
    for shown in (f"{EVIL}.wav", f"said {EVIL}", f"{EVIL}/1", f"Digits {EVIL}"):
        assert shown in words.text


def test_page_needs_no_network(tmp_path: Path) -> None:
    made = page(tmp_path)
    assert "http://" not in made
    assert "https://" not in made
    for name in PLOTS:
        assert base64.b64encode(f"<svg>{name}</svg>".encode()).decode() in made


def test_twin_stands_in_the_same_row_with_the_difference(tmp_path: Path) -> None:
    results = Words(page(tmp_path)).text.split("Results")[1].split("Experiments")[0]
    assert "80.0 %" in results
    assert "60.0 %" in results
    assert "\u221220.0" in results


def test_several_seeds_show_mean_and_deviation(tmp_path: Path) -> None:
    one = Words(page(tmp_path / "one")).text
    assert "±" not in one
    three = Words(page(tmp_path / "three", seeds=[1, 2, 3])).text
    assert "81.0 % ± 1.0" in three
    assert "mean and deviation over 3 seeds" in three
    assert "1: 80.0 %, 2: 81.0 %, 3: 82.0 %" in three


def test_divergence_is_told(tmp_path: Path) -> None:
    assert "diverged" not in page(tmp_path)
    for loss in (float("nan"), float("inf")):
        write_run(tmp_path / "lost" / "1", hits=10, loss=loss)
        result = read_results({"lost": SETTINGS}, [1], tmp_path)["lost"]
        assert result.runs[0].diverged
        of = corpora("demo")
        rows = [Row(result, None, None)]
        content = Content(of, results={"lost": result}, rows=rows)
        assert "diverged" in render({"data": "demo", "seeds": [1]}, content)


def test_figures_are_means_over_seeds(tmp_path: Path) -> None:
    write_results(tmp_path, [1, 2, 3])
    result = read_results(EXPERIMENTS, [1, 2, 3], tmp_path)["faithful"]
    accuracies = [0.80, 0.81, 0.82]
    assert result.accuracy == result.train_accuracy == pytest.approx(np.mean(accuracies))
    assert result.deviation == pytest.approx(stdev(accuracies))
    assert result.seconds == pytest.approx(2.5 + 81)
    assert result.memory_mb == 382
    assert result.parameters == 1234
    assert list(result.interval) == result.runs[0].test["interval"]
    assert [run.seed for run in result.runs] == [1, 2, 3]
    assert Result("faithful", SETTINGS, result.runs[:1]).deviation is None


GPU = {
    "device": "cuda",
    "device_name": "NVIDIA H100 80GB HBM3",
    "precision": "bfloat16 mixed, TF32",
    "deterministic": True,
    "peak_device_memory_mb": 1234.4,
    "utilisation": 61.0,
}


def page_of(folder: Path, *seeds: dict[str, Any]) -> str:
    """The words of the page of one experiment, whose seeds say so of their devices."""
    numbers = list(range(1, len(seeds) + 1))
    for number, facts in zip(numbers, seeds, strict=True):
        write_run(folder / "one" / str(number), hits=80)
        file = folder / "one" / str(number) / "provenance.json"
        write_json(file, read_json(file) | facts)
    found = read_results({"one": SETTINGS}, numbers, folder)
    content = Content(corpora("demo"), results=found, rows=[Row(found["one"], None, None)])
    return Words(render({"data": "demo", "seeds": numbers}, content)).text


def test_a_gpu_is_told_with_what_it_cost(tmp_path: Path) -> None:
    words = page_of(tmp_path / "one", GPU)
    told = "on NVIDIA H100 80GB HBM3 (bfloat16 mixed, TF32), 380 MB at most, 1,234 MB on the GPU"
    assert f"{told}, which was at work 61 % of the time" in words
    another = GPU | {"peak_device_memory_mb": 2000.0, "utilisation": 40.0, "deterministic": False}
    words = page_of(tmp_path / "two", GPU, another)
    assert "2,000 MB on the GPU, which was at work 50 % of the time" in words
    assert "TF32)" in words
    words = page_of(tmp_path / "three", another | {"utilisation": None})
    assert "(bfloat16 mixed, TF32; not deterministic), 380 MB" in words
    assert "at work" not in words
    tuned = {"training": {"precision": "float16 mixed, TF32", "deterministic": False}}
    words = page_of(tmp_path / "four", GPU | tuned)
    assert "(float16 mixed, TF32; then bfloat16 mixed, TF32; not deterministic)" in words


def test_a_cpu_is_told_without_a_gpus_figures(tmp_path: Path) -> None:
    nothing = {"device_name": "Some CPU", "peak_device_memory_mb": None, "utilisation": None}
    words = page_of(tmp_path, nothing | {"precision": "single", "deterministic": True})
    assert words.partition("on cpu, 380 MB at most")[2].lstrip().startswith("figures")
    for name in ("Some CPU", "GPU", "at work", "(single"):
        assert name not in words


def test_rows_are_experiments_that_are_no_twin(tmp_path: Path) -> None:
    write_results(tmp_path, [1])
    results = read_results(EXPERIMENTS, [1], tmp_path)
    (row,) = table(results, corpora("folder"), "real")
    assert (row.result.name, row.honest.name) == ("faithful", "honest")
    assert row.reported["test_accuracy"] == 0.1234
    (row,) = table({"faithful": results["faithful"]}, corpora("demo"), "demo")
    assert row.honest is None
    assert row.reported is None


@pytest.mark.parametrize(
    ("data", "items", "reported", "holds"),
    [("real", 9, 9, True), ("real", 8, 9, False), ("demo", 9, 9, False), ("real", 9, None, False)],
)
def test_figures_compare_on_the_very_corpus_alone(
    data: str, items: int, reported: int | None, holds: bool
) -> None:
    assert comparable(data, items, reported) == holds


def test_corpora_are_their_settings_summary_and_rejected(tmp_path: Path) -> None:
    write_json(tmp_path / "digits.json", {"items": 3, "rejected": 1})
    write_table(tmp_path / "digits.rejected.csv", ("path", "reason"), [("a.wav", "empty")])
    (made,) = read_corpora({"digits": {"title": "Digits"}}, tmp_path).values()
    assert made == {
        "title": "Digits",
        "items": 3,
        "rejected": 1,
        "rejected_clips": [{"path": "a.wav", "reason": "empty"}],
    }


def test_numbers_read_well() -> None:
    shown = [percent(share) for share in (0.8125, 0, 1)]
    shown += [points(difference) for difference in (0.031, -0.031, 0)]
    shown += [duration(seconds) for seconds in (0.04, 89.9, 90, 5400)]
    assert ", ".join(shown).replace("\u00a0", " ") == (
        "81.2 %, 0.0 %, 100.0 %, +3.1, \u22123.1, +0.0, 0.0 s, 89.9 s, 1.5 min, 1.5 h"
    )


def test_p_values_and_counts_read_well() -> None:
    p_values = (1.0, 0.0312, 0.001, 0.00099)
    assert [p_value(p).replace("\u00a0", " ") for p in p_values] == [
        "1.000",
        "0.031",
        "0.001",
        "< 0.001",
    ]
    counts = (0, 9_999, 10_000, 590_592, 999_600, 7_654_321, 118_299_651, 1_540_000_000)
    assert [short(count).replace("\u00a0", " ") for count in counts] == [
        "0",
        "9,999",
        "10.0 k",
        "591 k",
        "1.00 M",
        "7.65 M",
        "118 M",
        "1540 M",
    ]


def test_reported_figures_read_as_a_line() -> None:
    told = {"train_accuracy": 0.9, "f1": 0.5, "weighted_f1": 0.25, "macro_f1": None, "note": ""}
    words = reported_figures(told).replace("\u00a0", " ")
    assert words == "training accuracy 90.0 %, weighted F1 25.0 %, F1 50.0 %"
    assert reported_figures({}) == ""


def test_settings_read_as_a_line() -> None:
    line = in_words(
        {"mels": 24, "kind": "mfcc", "group_by": None, "hidden": ["mean", 3], "note": ""}
    )
    assert line == "kind mfcc, mels 24, hidden mean–3"
    assert in_words({"arrange": "pad_then_flatten", "rate_hz": 16000, "learning_rate": 1e-4}) == (
        "arrange pad then flatten, rate hz 16000, learning rate 0.0001"
    )


def test_strangers_have_a_section_of_their_own(tmp_path: Path) -> None:
    assert "Open set" not in page(tmp_path)
    run = tmp_path / "faithful" / "42"
    scores = np.linspace(0, 1, 20)
    folds = {"no": fold_figures(scores, scores, {"no": scores - 0.5, "hum": scores - 2})}
    figures = {
        **read_json(run / "metrics.json"),
        "open_set": {"folds": folds, "mean": means(folds)},
    }
    write_json(run / "metrics.json", figures)
    write_text(run / "plots" / "open_set.svg", "<svg>unknown</svg>")
    result = read_results({"faithful": {**SETTINGS, "twin": None}}, [42], tmp_path)
    rows = table(result, corpora("demo"), "demo")
    content = Content(corpora("demo"), results=result, rows=rows)
    made = render({"data": "demo", "seeds": [42]}, content)
    words = Words(made).text
    assert "each class left out" in words
    assert f"{folds['no']['unknown']['no']['auroc']:.3f}" in words
    assert "known: 95.0 %" in words
    assert base64.b64encode(b"<svg>unknown</svg>").decode() in made


def write_timing(folder: Path) -> dict[str, Any]:
    way = {"ours": False, "workers": 1, "difference": 0.0}
    ways = [
        {**way, "name": "clip by clip", "seconds": 4.0, "clips_per_second": 50.0, "ratio": 1.0},
        {**way, "name": "threads", "seconds": 2.0, "clips_per_second": 100.0, "ratio": 2.0},
    ]
    facts = {"clips": 200, "repeats": 3, "cores": 2}
    made_by = {"commit": "abc", "python": "3.11", "platform": "here", "versions": {}}
    write_json(folder / "cost.json", {"ways": ways, **facts, "provenance": made_by})
    write_text(folder / "cost.svg", "<svg>bars</svg>")
    reported = {"source": "a report", "serial": 69.5, "thread_pool": 37.7}
    settings = {"corpus": "digits", "features": "mfcc", "reported": reported, "note": ""}
    return {"cost": settings}


@pytest.mark.parametrize("data", ["demo", "real"])
def test_timings_are_compared_on_the_reported_corpus_alone(tmp_path: Path, data: str) -> None:
    of = corpora("demo" if data == "demo" else "folder")
    timings = read_timings(write_timing(tmp_path), of, data, tmp_path)
    made = render({"data": data, "seeds": [42]}, Content(of, timings=timings))
    words = Words(made).text
    assert "Extraction time" in words
    assert "200 clips of digits by configuration mfcc" in words
    assert ("37.7 s (1.84)" in words) == (data == "real")


def test_examples_are_the_surest_mistakes_and_hits(
    tmp_path: Path, write_clip: Callable[..., Path]
) -> None:
    scores = {  # label, predicted, and the scores of x, y and z
        "sure mistake": ("x", "y", 0.1, 0.8, 0.1),
        "mistake": ("x", "y", 0.35, 0.45, 0.2),
        "doubtful hit": ("x", "x", 0.5, 0.45, 0.05),
        "sure hit": ("z", "z", 0.0, 0.1, 0.9),
    }
    rows = [("all", name, "test", *values) for name, values in scores.items()]
    rows.append(("all", "trained", "train", "x", "y", 0.0, 1.0, 0.0))
    rows.append(("again", "mistake", "test", "x", "y", 0.0, 1.0, 0.0))
    header = ("fold", "id", "part", "label", "predicted", "score_x", "score_y", "score_z")
    write_table(tmp_path / "predictions.csv", header, rows)
    recordings = {}
    for name in {row[1]: row for row in rows}:
        path = write_clip(tmp_path / f"{name}.wav", 9.0 if name == "sure hit" else 0.5, 8000)
        recordings[str(name)] = Clip(path, 4000, 8000)

    def chosen(mistakes: int, hits: int) -> list[Example]:
        return examples(tmp_path / "predictions.csv", recordings, mistakes, hits)

    assert [clip.id for clip in chosen(1, 1)] == ["sure mistake", "sure hit"]
    made = chosen(9, 9)
    assert [clip.id for clip in made] == ["sure mistake", "mistake", "sure hit", "doubtful hit"]
    lengths = []
    for clip in made:
        kind, sound = clip.sound.split(",")
        assert kind == "data:audio/mpeg;base64"
        (tmp_path / "a.mp3").write_bytes(base64.b64decode(sound))
        samples, rate_hz = read(tmp_path / "a.mp3")
        lengths.append(len(samples) / rate_hz)
    assert lengths == pytest.approx([0.5, 0.5, 8.0, 0.5], abs=0.1)
