"""The page of the report: what it shows, and what is compared with what."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resound.io.files import read_json, write_json, write_text
from resound.metrics.intervals import accuracy_interval
from resound.metrics.open_set import fold_metrics, mean_over_folds
from resound.report.content import Content
from resound.report.extraction_benchmarks import read_benchmarks
from resound.report.page import render_page
from resound.report.results import (
    PLOTS,
    ResultRow,
    read_classification_results,
    result_rows,
)
from tests.helpers.page import PageText, card, visible_text
from tests.helpers.small_report import (
    EVIL,
    ITEMS,
    SETTINGS,
    corpora,
    render_experiments,
    write_run,
)

REPORTED_COLUMN = "<th>reported</th>"


def test_demo_page_says_so_and_compares_nothing(tmp_path: Path) -> None:
    page = render_experiments(tmp_path)
    text = visible_text(page)
    assert "Demo data." in text
    assert "2 experiments, seed 42, on demo data" in text
    assert REPORTED_COLUMN not in page
    assert "12.3" not in without_reported(text)
    assert "80.0 %" in text


def test_real_page_with_as_many_items_compares(tmp_path: Path) -> None:
    page = render_experiments(tmp_path, "real")
    text = visible_text(page)
    assert REPORTED_COLUMN in page
    assert "12.3 %" in text
    assert "demo data" not in text.lower()
    assert "The corpora differ" not in text


@pytest.mark.parametrize("reported_items", [None, ITEMS + 1])
def test_real_page_with_another_number_of_items_compares_nothing(
    tmp_path: Path, reported_items: int | None
) -> None:
    page = render_experiments(tmp_path, "real", reported_items=reported_items)
    text = visible_text(page)
    assert "The corpora differ from the reports'." in text
    assert REPORTED_COLUMN not in page
    assert "12.3" not in without_reported(text)
    assert "faithful test accuracy 12.34 % a report" in text.replace("\xa0", " ")


def without_reported(text: str) -> str:
    """Return the text of a page without the section of what reports measured on other data."""
    before, _, rest = text.partition("What the reports measured on other data")
    return before + rest.partition("Experiments")[2]


def test_training_accuracy_is_shown_if_no_other_was_reported(tmp_path: Path) -> None:
    reported = {"source": "a report", "test_accuracy": None, "train_accuracy": 0.0942}
    text = visible_text(render_experiments(tmp_path, "real", reported=reported))
    assert "9.4 % (train)" in text


def test_reported_training_accuracies_are_beside_those_of_each_epoch(tmp_path: Path) -> None:
    reported = {"source": "a report", "train_accuracy_by_epoch": [0.0983, 0.0970, 0.0965]}
    text = text_of_card(render_experiments(tmp_path, "real", reported=reported))
    header = "epoch running training accuracy reported"
    assert f"{header} 1 25.0 % 9.83 % 2 50.0 % 9.7 % 3 9.65 %" in text
    assert header not in visible_text(render_experiments(tmp_path, reported=reported))


def text_of_card(page: str, name: str = "faithful") -> str:
    return visible_text(card(page, name)).replace("\xa0", " ")


def test_single_metrics_are_beside_ours_with_the_difference(tmp_path: Path) -> None:
    reported = {
        "source": "a report",
        "test_accuracy": 0.7654,
        "train_accuracy": 0.9,
        "test_loss": 1.8,
        "train_loss": 0.75,
        "parameters": 1334,
        "seconds": 120,
        "f1": 0.7,
        "note": "What it says.",
    }
    text = text_of_card(render_experiments(tmp_path, "real", reported=reported))
    for row in (  # metric, reported, ours, the difference, and that of the corrected protocol
        "test accuracy 76.54 % 80.0 % +3.5 60.0 %",
        "training accuracy 90.0 % 80.0 % \u221210.0 60.0 %",
        "test loss 1.8000 not measured not measured",
        "training loss 0.7500 0.5000 \u22120.2500 0.5000",
        "trainable parameters 1,334 1,234 \u2212100 1,234",
        "duration of training 2.0 min 82.5 s 62.5 s",  # of another machine: no difference
        "F1, its average not stated 70.0 % macro 80.0 %, weighted 80.0 % macro 60.0 %",
    ):
        assert row in text
    assert "reported a report. What it says." in text


def test_metrics_after_some_epochs_are_compared_with_ours_after_as_many(tmp_path: Path) -> None:
    reported = {
        "source": "a report",
        "after_epochs": 1,
        "test_accuracy": 0.6,
        "train_accuracy": 0.3,
        "train_loss": 0.9805,
    }
    text = text_of_card(render_experiments(tmp_path, "real", reported=reported))
    assert "training accuracy 30.0 % 25.0 % \u22125.0 25.0 %" in text
    assert "training loss 0.9805 1.0000 +0.0195" in text
    assert "test accuracy 60.0 % not measured not measured" in text
    assert "after 1 of the epochs" in text


def test_arms_are_named_after_what_they_are(tmp_path: Path) -> None:
    page = render_experiments(tmp_path)
    assert text_of_card(page).startswith("faithful as reported")
    assert text_of_card(page, "fair").startswith("fair corrected")
    assert "corrects faithful" in text_of_card(page, "fair")
    assert "Experiments of the reports experiment test accuracy, 0 to 100 % as reported" in (
        visible_text(page)
    )
    assert "Other experiments" not in visible_text(page)
    assert "measured under the reported protocol" not in page


@pytest.mark.parametrize("reported", [None, {"source": "a report", "test_accuracy": None}])
def test_an_experiment_without_reported_metrics_is_shown_as_itself(
    tmp_path: Path, reported: dict[str, Any] | None
) -> None:
    page = render_experiments(tmp_path, "real", reported=reported, corrected=None)
    text = visible_text(page.split('<h2 id="results">')[1].split("<h2")[0])
    assert "Other experiments experiment test accuracy, 0 to 100 % measured faithful" in text
    for word in ("as reported", "corrected", "difference", "Experiments of the reports"):
        assert word not in text
    assert "as reported" not in text_of_card(page)
    assert ("reported a report" in text_of_card(page)) == (reported is not None)


def test_recall_per_class_may_be_all_that_was_reported(tmp_path: Path) -> None:
    no_accuracy = {"source": "a report", "test_accuracy": None, "train_accuracy": None}
    page = render_experiments(tmp_path, "real", reported=no_accuracy)
    assert "80.0 %" in visible_text(page)


def test_names_and_labels_are_escaped(tmp_path: Path) -> None:
    page = render_experiments(tmp_path)
    assert EVIL not in page
    content = PageText(page)
    assert [tag for tag, _ in content.tags].count("script") == 1  # the page's own
    for text in (f"{EVIL}.wav", f"true {EVIL}", f"{EVIL}/1", f"Digits {EVIL}"):
        assert text in content.text


def test_page_needs_no_network(tmp_path: Path) -> None:
    page = render_experiments(tmp_path)
    assert "http://" not in page
    assert "https://" not in page
    for name in PLOTS:
        assert base64.b64encode(f"<svg>{name}</svg>".encode()).decode() in page


def test_corrected_accuracy_is_in_the_same_row_with_the_difference(tmp_path: Path) -> None:
    text = visible_text(render_experiments(tmp_path))
    results = text.split("Results")[1].split("What the reports measured")[0]
    assert "80.0 %" in results
    assert "60.0 %" in results
    assert "\u221220.0" in results


def test_several_seeds_show_mean_and_standard_deviation(tmp_path: Path) -> None:
    one = visible_text(render_experiments(tmp_path / "one"))
    assert "±" not in one
    three = visible_text(render_experiments(tmp_path / "three", seeds=[1, 2, 3]))
    assert "81.0 % ± 1.0" in three
    assert "mean and standard deviation over 3 seeds" in three
    assert "1: 80.0 %, 2: 81.0 %, 3: 82.0 %" in three


def test_divergence_is_shown(tmp_path: Path) -> None:
    assert "diverged" not in render_experiments(tmp_path)
    for loss in (float("nan"), float("inf")):
        write_run(tmp_path / "lost" / "1", correct=10, loss=loss)
        result = read_classification_results({"lost": SETTINGS}, [1], tmp_path)["lost"]
        assert result.runs[0].diverged
        rows = [ResultRow(result, None, None)]
        content = Content(corpora("demo"), results={"lost": result}, rows=rows)
        assert "diverged" in render_page({"data": "demo", "seeds": [1]}, content)


GPU = {
    "device": "cuda",
    "device_name": "NVIDIA H100 80GB HBM3",
    "precision": "bfloat16 mixed, TF32",
    "deterministic": True,
    "peak_device_memory_mb": 1234.4,
    "utilisation": 61.0,
}


def text_of_devices(folder: Path, *devices: dict[str, Any]) -> str:
    """Return the text of the page of one experiment with the device of each of its seeds."""
    seeds = list(range(1, len(devices) + 1))
    for seed, device in zip(seeds, devices, strict=True):
        write_run(folder / "one" / str(seed), correct=80)
        file = folder / "one" / str(seed) / "provenance.json"
        write_json(file, read_json(file) | device)
    results = read_classification_results({"one": SETTINGS}, seeds, folder)
    rows = [ResultRow(results["one"], None, None)]
    content = Content(corpora("demo"), results=results, rows=rows)
    return visible_text(render_page({"data": "demo", "seeds": seeds}, content))


def test_cost_on_a_gpu(tmp_path: Path) -> None:
    text = text_of_devices(tmp_path / "one", GPU)
    device = "on NVIDIA H100 80GB HBM3 (bfloat16 mixed, TF32)"
    memory = "peak memory 380 MB, peak GPU memory 1,234 MB"
    assert f"{device}, {memory}, GPU utilisation 61 %" in text
    another = GPU | {"peak_device_memory_mb": 2000.0, "utilisation": 40.0, "deterministic": False}
    text = text_of_devices(tmp_path / "two", GPU, another)
    assert "peak GPU memory 2,000 MB, GPU utilisation 50 %" in text
    assert "TF32)" in text
    text = text_of_devices(tmp_path / "three", another | {"utilisation": None})
    assert "(bfloat16 mixed, TF32; not deterministic), peak memory 380 MB" in text
    assert "utilisation" not in text
    tuned = {"training": {"precision": "float16 mixed, TF32", "deterministic": False}}
    text = text_of_devices(tmp_path / "four", GPU | tuned)
    assert "(float16 mixed, TF32; then bfloat16 mixed, TF32; not deterministic)" in text


def test_cost_on_a_cpu_has_no_gpu_measurements(tmp_path: Path) -> None:
    no_gpu = {"device_name": "Some CPU", "peak_device_memory_mb": None, "utilisation": None}
    text = text_of_devices(tmp_path, no_gpu | {"precision": "single", "deterministic": True})
    assert text.partition("on cpu, peak memory 380 MB")[2].lstrip().startswith("metrics")
    for name in ("Some CPU", "GPU", "utilisation", "(single"):
        assert name not in text


def test_unknown_classes_have_a_section(tmp_path: Path) -> None:
    assert "Open set" not in render_experiments(tmp_path)
    run = tmp_path / "faithful" / "42"
    scores = np.linspace(0, 1, 20)
    folds = {"no": fold_metrics(scores, scores, {"no": scores - 0.5, "hum": scores - 2})}
    metrics = {
        **read_json(run / "metrics.json"),
        "open_set": {"folds": folds, "mean": mean_over_folds(folds)},
    }
    write_json(run / "metrics.json", metrics)
    write_text(run / "plots" / "open_set.svg", "<svg>unknown</svg>")
    experiments = {"faithful": {**SETTINGS, "corrected": None}}
    results = read_classification_results(experiments, [42], tmp_path)
    rows = result_rows(results, corpora("demo"), "demo")
    content = Content(corpora("demo"), results=results, rows=rows)
    page = render_page({"data": "demo", "seeds": [42]}, content)
    text = visible_text(page)
    assert "left-out classes" in text
    assert f"{folds['no']['unknown']['no']['auroc']:.3f}" in text
    assert "known: 95.0 %" in text
    assert base64.b64encode(b"<svg>unknown</svg>").decode() in page


def write_benchmark(folder: Path) -> dict[str, Any]:
    """Write the files of a benchmark and return its settings."""
    method = {"ours": False, "workers": 1, "difference": 0.0}
    methods = [
        {**method, "name": "clip by clip", "seconds": 4.0, "clips_per_second": 50.0, "ratio": 1.0},
        {**method, "name": "threads", "seconds": 2.0, "clips_per_second": 100.0, "ratio": 2.0},
    ]
    scale = {"clips": 200, "repeats": 3, "cores": 2, "load_average": 1.25, "other_cores": 0.71}
    provenance = {"commit": "abc", "python": "3.11", "platform": "here", "versions": {}}
    write_json(folder / "cost.json", {"methods": methods, **scale, "provenance": provenance})
    write_text(folder / "cost.svg", "<svg>bars</svg>")
    reported = {"source": "a report", "serial": 69.5, "thread_pool": 37.7}
    return {"cost": {"corpus": "digits", "features": "mfcc", "reported": reported, "note": ""}}


@pytest.mark.parametrize("data", ["demo", "real"])
def test_benchmarks_are_compared_on_the_reported_corpus_only(tmp_path: Path, data: str) -> None:
    digits = corpora("demo" if data == "demo" else "folder")
    benchmarks = read_benchmarks(write_benchmark(tmp_path), digits, data, tmp_path)
    page = render_page({"data": data, "seeds": [42]}, Content(digits, benchmarks=benchmarks))
    text = visible_text(page)
    assert "Extraction time" in text
    assert "200 clips of digits with feature configuration mfcc" in text
    assert ("37.7 s (1.84)" in text) == (data == "real")
    listed = "cost one clip after the other 69.5 s; with a pool of threads 37.7 s a report"
    assert (listed in text.replace("\xa0", " ")) == (data == "demo")
    assert "load average before it 1.2; other processes kept 0.7 cores busy meanwhile" in text


def test_duplicates_are_shown_with_the_data(tmp_path: Path) -> None:
    digits = corpora("folder")
    assert "duplicate" not in visible_text(render_data(tmp_path, digits))
    digits["digits"]["duplicates"] = 17
    text = visible_text(render_data(tmp_path, digits))
    assert "17 duplicates" in text
    assert "17 of the 200 items of digits are copies, byte by byte, of an item before" in text
    digits["digits"]["texts"] = True
    text = visible_text(render_data(tmp_path, digits))
    assert "17 of the 200 items of digits have the same premise and hypothesis" in text


def render_data(folder: Path, digits: dict[str, dict[str, Any]]) -> str:
    write_run(folder / "one" / "1", correct=80)
    results = read_classification_results({"one": SETTINGS}, [1], folder)
    return render_page({"data": "real", "seeds": [1]}, Content(digits, results=results))


def test_intervals_say_over_how_many_groups_they_are(tmp_path: Path) -> None:
    write_run(tmp_path / "one" / "1", correct=80)
    metrics = read_json(tmp_path / "one" / "1" / "metrics.json")
    correct = np.arange(ITEMS) < 80
    interval = accuracy_interval(correct, [str(n % 5) for n in range(ITEMS)])
    metrics["parts"]["test"] |= interval.as_metrics()
    write_json(tmp_path / "one" / "1" / "metrics.json", metrics)
    results = read_classification_results({"one": SETTINGS}, [1], tmp_path)
    rows = [ResultRow(results["one"], None, None)]
    page = render_page(
        {"data": "demo", "seeds": [1]}, Content(corpora("demo"), results=results, rows=rows)
    )
    text = visible_text(page)
    bounds = f"{round(100 * interval.low, 1)}–{round(100 * interval.high, 1)}"
    assert f"{bounds} (5 groups)" in text.split("Results")[1]
    assert "interval score by group (Student's t) (5 groups)" in text
