"""Recognition, translation and language identification in the report, from run folders."""

import json
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from resound.data.clips import Clip
from resound.io.csv_table import read_table, rows_of, write_table
from resound.io.files import read_json, write_json, write_text
from resound.metrics.classification import classification_metrics
from resound.report.recognition import (
    TextRun,
    Utterance,
    read_text_results,
    select_utterances,
    text_rows,
)
from resound.report.results import ClassificationRun
from scripts import evaluate_text
from tests.helpers import report_runs
from tests.helpers.page import PageText, card, visible_text

EVIL = "<script>alert('x')</script>&"

REFERENCES = [
    "«می‌خواهم ۲ كتاب بخرم.»",
    "او گفت: سلام، دنیا!",
    "باران در شمال می‌بارد و هوا سرد است",
    "این مسئله را همه می‌دانند",
    "فردا به مدرسه نمی‌روم",
    "آب، نان و پنیر روی میز است",
    "قطار ساعت ۸ از تهران حرکت می‌کند",
    "گربه روی دیوار نشسته بود",
    "من این فیلم را دیده‌ام",
    "کوه‌های بلند پر از برف‌اند",
]
HYPOTHESES = [
    "می خواهم 2 کتاب بخرم",
    "او گفت سلام دنیا",
    "باران در شمال می بارد هوا خیلی سر است",
    "",
    "فردا به مدرسه نمیروم",
    "آب نان و پنیر",
    "قطار ساعت هشت از تهران حرکت می کند می کند می کند",
    "گربه روی دیوار نشسته بود",
    "من این فیلم را دیده ام",
    "کوه های بلند برفند",
]
ENGLISH = ["I want to buy two books", "the cat sat on the wall", "rain falls in the north"] * 3
TRANSLATED = ["I want to buy 2 books", "a cat is on the wall", "it rains in the north"] * 3

TEXT_SETTINGS: dict[str, Any] = {
    "corpus": "persian",
    "features": "logmel",
    "split": "random",
    "input": None,
    "model": {"kind": "whisper", "pretrained": "whisper_small"},
    "decode": {"task": "transcribe", "language": "fa", "batch_size": 16},
    "train": None,
    "configuration": {"kind": "whisper", "mels": 80},
    "split_settings": {"kind": "random", "group_by": None, "test": 0.2},
    "reported": None,
    "corrected": None,
    "baseline": None,
    "note": "",
}
REPORTED = {
    "source": "a report",
    "test_wer": 0.4321,
    "train_wer": None,
    "validation_wer": 0.1234,
    "all_wer": None,
}
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "zero_shot": TEXT_SETTINGS,
    "tuned": {
        **TEXT_SETTINGS,
        "train": {"learning_rate": 1e-5, "epochs": 3},
        "reported": REPORTED,
        "corrected": "tuned_corrected",
        "baseline": "zero_shot",
        "note": EVIL,
    },
    "tuned_corrected": {
        **TEXT_SETTINGS,
        "train": {"learning_rate": 1e-5, "epochs": 3},
        "baseline": "zero_shot",
    },
    "detected": {
        **TEXT_SETTINGS,
        "decode": {"task": "transcribe", "language": None},
        "normaliser": None,
    },
    "translated": {**TEXT_SETTINGS, "decode": {"task": "translate", "language": "fa"}},
    "languages": {**TEXT_SETTINGS, "decode": {"task": "identify", "language": None}},
}
SETTINGS: dict[str, Any] = {
    "data": "real",
    "seeds": [1],
    "order": list(EXPERIMENTS),
    "experiments": EXPERIMENTS,
    "corpora": {"persian": {"title": "Persian", "licence": "CC0", "reported_items": 10}},
    "extraction_benchmarks": {},
    "studies": [],
}
PROVENANCE = {
    "parameters": 1234,
    "seconds": 2.5,
    "peak_memory_mb": 300.0,
    "device": "cpu",
    "commit": "abc123",
    "python": "3.11",
    "platform": "here",
    "versions": {"numpy": "2"},
}


def write_corpus(results: Path) -> None:
    """Write the index and a split of ten Persian recordings of one second each."""
    columns = ("id", "path", "speaker", "group", "start", "samples", "rate_hz", "sha256")
    rows = [(f"c{n}", f"c{n}.wav", f"s{n % 4}", "", "", 8000, 8000, f"{n}") for n in range(10)]
    write_table(results / "corpora" / "persian.csv", columns, rows)
    write_table(results / "corpora" / "persian.rejected.csv", ("path", "reason"), [])
    parts = ["train", "validation", *["test"] * 8]
    items = [("all", f"c{n}", part) for n, part in enumerate(parts)]
    write_table(results / "splits" / "persian" / "random.csv", ("fold", "id", "part"), items)
    write_text(results / "splits" / "persian.svg", "<svg>parts</svg>")
    root = results / "recordings"
    root.mkdir(parents=True, exist_ok=True)
    for n in range(10):
        tone = np.sin(np.arange(8000) * (0.1 + 0.02 * n)).astype(np.float32)
        soundfile.write(root / f"c{n}.wav", tone, 8000)
    facts = {"root": str(root), "kind": "folder", "classes": [], "items": 10, "unknown": 0}
    more = {"rejected": 0, "ignored": 0, "speakers": 4, "seconds": 10.0, "rates_hz": [8000]}
    write_json(results / "corpora" / "persian.json", {**facts, **more})


def write_text_run(
    folder: Path,
    references: list[str],
    hypotheses: list[str],
    results: Path,
    task: str = "transcribe",
    normaliser: str | None = "persian",
    tuned: bool = False,
    languages: str = "fa fa fa fa fa fa fa fa fa fa",
) -> None:
    """Write the files of a text run: one clip to train, one to validate, the rest to test."""
    parts = ["train", "validation", *["test"] * (len(references) - 2)]
    ids = [f"c{n}" for n in range(len(references))]
    columns = ("id", "part", "reference", "language", "hypothesis")
    rows = zip(ids, parts, references, languages.split(), hypotheses)
    write_table(folder / "predictions.csv", columns, rows)
    write_json(folder / "provenance.json", PROVENANCE)
    config = json.dumps({"task": task, "normaliser": normaliser, "group_by": None})
    index = results / "corpora" / "persian.csv"
    evaluate_text.main(folder / "predictions.csv", index, config, folder / "metrics.json")
    if tuned:
        columns = ("epoch", "loss", "validation_loss", "validation_wer")
        write_table(folder / "history.csv", columns, [(1.0, 2.0, 1.9, 0.8)])
        write_text(folder / "plots" / "curves.svg", "<svg>curves</svg>")


def write_identification(folder: Path) -> None:
    """Write the files of a run that identifies languages without training."""
    classes = ["fa", "zh", "other"]
    true, predicted = np.array([0] * 5 + [1] * 5), np.array([0, 0, 0, 1, 2, 1, 1, 1, 1, 0])
    test = classification_metrics(true, predicted, 3, None) | {
        "mean_probability": [0.6543, 0.7654, 0.0]
    }
    write_json(folder / "metrics.json", {"classes": classes, "parts": {"test": test}})
    columns = ("fold", "id", "part", "label", "predicted", "score_fa", "score_zh", "score_other")
    names = [*classes[:2], "ur"]
    scores = {0: (0.8, 0.1, 0.1), 1: (0.1, 0.8, 0.1), 2: (0.2, 0.1, 0.7)}
    rows = [
        ("all", f"c{n}", "test", names[label], names[guess], *scores[int(guess)])
        for n, (label, guess) in enumerate(zip(true, predicted))
    ]
    write_table(folder / "predictions.csv", columns, rows)
    write_json(folder / "provenance.json", PROVENANCE)
    for name in ("confusion", "classes"):
        write_text(folder / "plots" / f"{name}.svg", f"<svg>{name}</svg>")


def write_results(results: Path, seeds: tuple[int, ...] = (1,)) -> None:
    """Write the runs of all experiments."""
    write_corpus(results)
    generator = random.Random(0)
    for seed in seeds:
        run = {name: results / "runs" / name / str(seed) for name in EXPERIMENTS}
        shuffled = [
            " ".join(generator.sample(text.split(), len(text.split()))) for text in HYPOTHESES
        ]
        write_text_run(run["zero_shot"], REFERENCES, shuffled, results)
        write_text_run(run["tuned"], REFERENCES, HYPOTHESES, results, tuned=True)
        write_text_run(
            run["tuned_corrected"], REFERENCES, HYPOTHESES[:2] + [""] * 8, results, tuned=True
        )
        write_text_run(
            run["detected"],
            REFERENCES,
            HYPOTHESES,
            results,
            normaliser=None,
            languages="fa fa fa ar fa ur fa fa ar fa",
        )
        write_text_run(run["translated"], ENGLISH, TRANSLATED, results, task="translate")
        write_identification(run["languages"])


def render(results: Path, **changes: Any) -> str:
    """Run the stage on the folder `results` and return the page."""
    return report_runs.render_report(results, **{**SETTINGS, **changes})


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with runs of all experiments, with one seed."""
    folder = tmp_path_factory.mktemp("results")
    write_results(folder)
    return folder


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    return render(results)


def table_row(page: str, name: str) -> str:
    """Return the text of an experiment's row in the tables of recognition and translation."""
    section = page.split('<h2 id="recognition">')[1].split("<details")[0]
    (row,) = re.findall(rf'<tr><td><a href="#{name}">.*?</tr>', section, re.DOTALL)
    return visible_text(row)


def test_page_separates_recognition_from_classification(page: str) -> None:
    text = visible_text(page)
    assert "6 experiments, seed 1" in text
    assert text.index("Recognition and translation") < text.index("Classification")
    classified = page.split('<h2 id="results">')[1].split('<h2 id="recognition">')[0]
    assert "languages" in classified
    assert "zero_shot" not in classified


def test_a_row_shows_error_rates_and_intervals(results: Path, page: str) -> None:
    test = read_json(results / "runs/tuned/1/metrics.json")["parts"]["test"]
    row = table_row(page, "tuned")
    for kind in ("raw", "normalised"):
        low, high = test[kind]["interval"]
        assert f"{100 * test[kind]['wer']:.1f} %" in row
        assert f"{round(100 * low, 1)}–{round(100 * high, 1)}" in row
    normalised = test["normalised"]
    assert f"{100 * normalised['cer']:.1f} %" in row
    errors = [str(normalised[name]) for name in ("substitutions", "deletions", "insertions")]
    assert " / ".join(errors) in visible_text(card(page, "tuned"))


def test_a_row_compares_with_baseline_and_corrected_experiment(results: Path, page: str) -> None:
    baseline, tuned, corrected = (
        read_json(results / f"runs/{name}/1/metrics.json")["parts"]["test"]["normalised"]["wer"]
        for name in ("zero_shot", "tuned", "tuned_corrected")
    )
    row = table_row(page, "tuned")
    assert f"{100 * baseline:.1f} % → {100 * tuned:.1f} %" in row
    assert f"{100 * corrected:.1f} %" in row
    assert row.endswith(f"+{100 * (corrected - tuned):.1f}")
    assert "→" not in table_row(page, "zero_shot")
    assert not re.search(r'<tr><td><a href="#tuned_corrected">', page)


def test_reported_rates_are_shown_for_the_same_corpus_only(tmp_path: Path) -> None:
    write_results(tmp_path)
    html = render(tmp_path)
    assert "43.2 %" in table_row(html, "tuned")
    parts = visible_text(card(html, "tuned"))
    assert "validation 1 4 12.3 %" in parts  # items, words, reported
    for changes in ({"data": "demo"}, {"corpora": {"persian": {**SETTINGS["corpora"]["persian"]}}}):
        if "corpora" in changes:
            changes["corpora"]["persian"]["reported_items"] = 11
        other = render(tmp_path, **changes)
        assert "reported WER" not in other
        assert "43.2" not in table_row(other, "tuned")


def test_a_reported_rate_of_another_part_replaces_a_missing_test_rate(results: Path) -> None:
    partly = {**REPORTED, "test_wer": None, "all_wer": 0.2222}
    experiments = {**EXPERIMENTS, "tuned": {**EXPERIMENTS["tuned"], "reported": partly}}
    row = table_row(render(results, experiments=experiments), "tuned")
    assert "22.2 % (all)" in row


CURVES = {
    "train_wer": 0.0307,
    "all_wer": 0.0409,
    "train_loss_by_evaluation": [2.5125, 1.7531],
    "validation_loss_by_evaluation": None,
    "validation_wer_by_evaluation": [0.7017],
    "note": "What the report says of it.",
}


def test_every_reported_value_is_on_the_page(results: Path) -> None:
    experiments = {**EXPERIMENTS, "tuned": {**EXPERIMENTS["tuned"], "reported": REPORTED | CURVES}}
    text = visible_text(card(render(results, experiments=experiments), "tuned"))
    assert "reported a report. What the report says of it." in text
    for rate in ("43.2 %", "12.3 %", "3.1 %", "4.1 %"):
        assert rate in text
    # Epoch, then our value and the report's; the report has one evaluation more.
    columns = "epoch training loss reported validation loss validation WER reported"
    assert f"{columns} 1 2.0000 2.5125 1.9000 80.0 % 70.2 % 1.7531" in text
    elsewhere = visible_text(card(render(results, data="demo", experiments=experiments), "tuned"))
    assert "of other data and are not shown beside these. What the report says of it." in elsewhere
    assert "2.5125" not in elsewhere


def test_a_reported_rate_of_a_part_that_is_not_decoded_has_a_row(tmp_path: Path) -> None:
    write_results(tmp_path)
    metrics = tmp_path / "runs/tuned/1/metrics.json"
    contents = read_json(metrics)
    del contents["parts"]["validation"]
    write_json(metrics, contents)
    text = visible_text(card(render(tmp_path), "tuned"))
    assert "validation 12.3 % not decoded" in text


def test_a_card_shows_each_part_and_all_parts(results: Path, page: str) -> None:
    metrics = read_json(results / "runs/tuned/1/metrics.json")
    text = visible_text(card(page, "tuned"))
    for part, scores in [*metrics["parts"].items(), ("all parts", metrics["all"])]:
        assert f"{part} {scores['items']} {scores['normalised']['words']}" in text
    assert "languages specified: fa 8" in text
    assert "kind whisper, pretrained whisper small" in text
    assert "learning rate 1e-05, epochs 3" in text


def test_a_card_says_over_how_many_speakers_the_interval_is(results: Path, page: str) -> None:
    test = read_json(results / "runs/tuned/1/metrics.json")["parts"]["test"]["normalised"]
    assert test["interval_groups"] == 4
    text = visible_text(card(page, "tuned"))
    assert f"interval: {test['interval_method']} (4 groups)" in text
    low, high = (round(100 * bound, 1) for bound in test["interval"])
    assert f"{low}–{high} (4 groups)" in table_row(page, "tuned")


def test_a_pretrained_model_has_parameters_of_which_none_are_trained(tmp_path: Path) -> None:
    write_results(tmp_path)
    file = tmp_path / "runs" / "zero_shot" / "1" / "provenance.json"
    write_json(file, PROVENANCE | {"parameters": 0, "total_parameters": 72_593_920})
    page = render(tmp_path)
    assert "cost 72,593,920 parameters, none trained, " in visible_text(card(page, "zero_shot"))
    assert "cost 1,234 parameters, " in visible_text(card(page, "tuned"))


def test_detected_languages_are_counted(page: str) -> None:
    html = card(page, "detected")
    text = visible_text(html)
    assert "languages detected: fa 5, ar 2, ur 1" in text
    assert "detected: ar" in text
    assert "normalised" not in text
    languages = {
        attrs["lang"] for tag, attrs in PageText(html).tags if attrs.get("class") == "words"
    }
    assert languages == {"fa", "ar", "ur"}


def test_persian_is_written_from_right_to_left(page: str) -> None:
    tags = [
        attrs for _, attrs in PageText(card(page, "tuned")).tags if attrs.get("class") == "words"
    ]
    assert len(tags) == 8
    assert all((attrs["dir"], attrs["lang"]) == ("rtl", "fa") for attrs in tags)
    english = PageText(card(page, "translated")).tags
    assert not [attrs for _, attrs in english if attrs.get("dir") == "rtl"]
    assert [attrs for tag, attrs in english if tag == "p" and attrs.get("lang") == "en"]


def test_aligned_words_have_the_class_of_their_operation(page: str) -> None:
    html = card(page, "tuned")
    for operation, reference, hypothesis in [
        ("substitute", "8", "هشت"),
        ("delete", "مسئله", ""),
        ("insert", "", "کند"),
        ("equal", "باران", "باران"),
    ]:
        words = f"<span>{reference}</span><span>{hypothesis}</span>"
        assert f'<span class="word {operation}">{words}</span>' in html


def test_an_empty_hypothesis_is_marked(page: str) -> None:
    assert card(page, "tuned").count("empty hypothesis") == 1
    assert "empty hypothesis" not in card(page, "translated")


def test_learning_curves_are_shown_for_fine_tuning_only(page: str) -> None:
    assert "learning curves" in card(page, "tuned")
    for name in ("zero_shot", "translated", "languages"):
        assert "learning curves" not in card(page, name)
        assert "pretrained model, unchanged" in card(page, name) or name == "languages"


def test_translations_show_scores_and_signatures(results: Path, page: str) -> None:
    test = read_json(results / "runs/translated/1/metrics.json")["parts"]["test"]
    row = table_row(page, "translated")
    for name in ("bleu", "chrf"):
        low, high = test[f"{name}_interval"]
        assert f"{test[name]:.1f}" in row
        assert f"{round(low, 1)}–{round(high, 1)}" in row
        assert test[f"{name}_signature"] in page
    text = visible_text(card(page, "translated"))
    assert "reference rain falls in the north" in text
    assert "translation it rains in the north" in text


def test_several_seeds_show_mean_and_standard_deviation(tmp_path: Path) -> None:
    write_results(tmp_path, (1, 2))
    rates = []
    for seed in (1, 2):
        metrics = read_json(tmp_path / f"runs/zero_shot/{seed}/metrics.json")
        rates.append(metrics["parts"]["test"]["normalised"]["wer"])
    assert rates[0] != rates[1]
    html = render(tmp_path, seeds=[1, 2])
    mean, deviation = np.mean(rates), np.std(rates, ddof=1)
    assert f"{100 * mean:.1f} % ± {round(100 * deviation, 1)}" in table_row(html, "zero_shot")
    text = visible_text(card(html, "zero_shot"))
    assert f"1: {100 * rates[0]:.1f} %, 2: {100 * rates[1]:.1f} %" in text


def test_identified_languages_are_shown_as_classes(page: str) -> None:
    html = card(page, "languages")
    text = visible_text(html)
    assert "test accuracy 70.0 % (10 items" in text
    assert "not trained" in text
    assert "mean probability" in text
    assert "fa 5 60.0 % 75.0 % 66.7 % 65.4 %" in text
    assert "other 0 0.0 % 0.0 % 0.0 %" in text
    assert "predicted ur" in text
    assert "input" not in text.split("model")[0]


def test_a_run_of_language_identification_has_no_training(results: Path) -> None:
    run = ClassificationRun.read(results / "runs/languages/1")
    assert run.train_accuracy is None
    assert set(run.plots) == {"confusion", "classes"}
    assert run.classes == ["fa", "zh", "other"]
    assert not run.diverged


def test_summary_has_a_row_for_each_experiment(results: Path, page: str) -> None:
    rows = {row["experiment"]: row for row in rows_of(read_table(results / "summary.csv"))}
    assert list(rows) == list(EXPERIMENTS)
    columns = "wer wer_low wer_high cer bleu chrf".split()
    assert list(rows["tuned"])[-6:] == columns
    test = read_json(results / "runs/tuned/1/metrics.json")["parts"]["test"]["normalised"]
    tuned = rows["tuned"]
    assert [float(tuned[name]) for name in columns[:4]] == [
        test["wer"],
        *test["interval"],
        test["cer"],
    ]
    assert (tuned["bleu"], tuned["test_accuracy"], tuned["train_accuracy"]) == ("", "", "")
    assert (tuned["corpus"], tuned["seeds"], tuned["trained_parameters"]) == (
        "persian",
        "1",
        "1234",
    )
    assert (tuned["seconds"], tuned["memory_mb"]) == ("2.5", "300.0")
    raw = read_json(results / "runs/detected/1/metrics.json")["parts"]["test"]["raw"]
    assert float(rows["detected"]["wer"]) == raw["wer"]
    translated = read_json(results / "runs/translated/1/metrics.json")["parts"]["test"]
    assert float(rows["translated"]["bleu"]) == translated["bleu"]
    assert float(rows["translated"]["chrf"]) == translated["chrf"]
    assert rows["translated"]["wer"] == ""
    assert float(rows["languages"]["test_accuracy"]) == 0.7
    assert rows["languages"]["train_accuracy"] == rows["languages"]["wer"] == ""


def test_the_cost_of_a_run_is_on_its_card(results: Path, page: str) -> None:
    assert "on cpu, peak memory 300 MB" in visible_text(card(page, "tuned"))
    rows = {row["experiment"]: row for row in rows_of(read_table(results / "summary.csv"))}
    gpu_columns = ("precision", "device_memory_mb", "utilisation")
    assert rows["tuned"]["device"] == "cpu"
    assert [rows["tuned"][name] for name in gpu_columns] == ["", "", ""]


def test_a_page_may_have_recognition_alone(results: Path) -> None:
    html = render(results, order=["tuned"])
    assert '<details class="card" id="tuned" open>' in html
    assert 'id="results"' not in html
    assert 'id="experiments"' not in html
    assert "baseline → fine-tuned" not in html  # the baseline is not selected
    assert 'href="#zero_shot"' not in html


def test_page_needs_no_network_and_escapes_notes(page: str) -> None:
    assert "http://" not in page
    assert "https://" not in page
    assert EVIL not in page
    assert EVIL in visible_text(page)


def selected(folder: Path, task: str, worst: int, best: int) -> list[Utterance]:
    root = folder / "recordings"
    index = rows_of(read_table(folder / "corpora" / "persian.csv"))
    name = "translated" if task == "translate" else "tuned"
    run = folder / "runs" / name / "1"
    recordings = {row["id"]: Clip.from_row(row, root) for row in index}
    return select_utterances(run / "predictions.csv", recordings, TextRun.read(run), worst, best)


def test_utterances_are_the_worst_and_then_the_best(results: Path) -> None:
    clips = selected(results, "transcribe", 2, 2)
    assert [clip.id for clip in clips] == ["c3", "c6", "c7", "c8"]
    assert clips[0].score == 1.0
    assert clips[2].score == clips[3].score == 0
    every = selected(results, "transcribe", 6, 9)
    assert len({clip.id for clip in every}) == len(every) == 8
    assert all(clip.audio.startswith("data:audio/mpeg;base64,") for clip in every)


def test_translations_are_ranked_by_their_chrf(results: Path) -> None:
    clips = selected(results, "translate", 9, 0)
    scores = [clip.score for clip in clips]
    assert scores == sorted(scores)
    assert len(clips) == 7
    assert all(clip.alignment == [] for clip in clips)


@pytest.mark.parametrize(
    ("text", "direction"),
    [("سلام", "rtl"), ("«۲ کتاب»", "rtl"), ("hello سلام", "ltr"), ("שלום", "rtl"), ("12", "ltr")],
)
def test_direction_is_that_of_the_first_strong_character(text: str, direction: str) -> None:
    assert Utterance("a", "fa", text, "", [], 0.0, "").direction == direction


def test_a_corrected_experiment_shares_the_row_of_its_original(results: Path) -> None:
    names = ["zero_shot", "tuned", "tuned_corrected"]
    text_results = read_text_results(
        {name: EXPERIMENTS[name] for name in names}, [1], results / "runs"
    )
    corpora = {"persian": {"items": 10, "reported_items": 10}}
    first, second = text_rows(text_results, corpora, "real")
    assert (first.result.name, first.baseline, first.corrected) == ("zero_shot", None, None)
    assert second.result.name == "tuned"
    assert second.baseline is text_results["zero_shot"]
    assert second.corrected is text_results["tuned_corrected"]
    assert second.reported == REPORTED
    assert text_rows(text_results, corpora, "demo")[1].reported is None
