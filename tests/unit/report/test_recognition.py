"""The report of recognised and translated texts, and of languages told: whole, from run folders."""

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
from resound.metrics.classification import summary
from resound.report.recognition import TextRun, Utterance, read_texts, text_table, utterances
from resound.report.results import Run
from scripts import evaluate_text
from tests.helpers import report_runs
from tests.helpers.page import Words, card

EVIL = "<script>alert('x')</script>&"

SAID = [
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
HEARD = [
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
    "protocol": {"kind": "random", "group_by": None, "test": 0.2},
    "reported": None,
    "twin": None,
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
        "twin": "tuned_honest",
        "baseline": "zero_shot",
        "note": EVIL,
    },
    "tuned_honest": {
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
    "timings": {},
    "studies": [],
}
FACTS = {
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
    """The index of ten recordings of Persian, each of a second."""
    columns = ("id", "path", "speaker", "group", "start", "samples", "rate_hz")
    rows = [(f"c{n}", f"c{n}.wav", f"s{n % 4}", "", "", 8000, 8000) for n in range(10)]
    write_table(results / "corpora" / "persian.csv", columns, rows)
    write_table(results / "corpora" / "persian.rejected.csv", ("path", "reason"), [])
    parts = ["train", "validation", *["test"] * 8]
    items = [("all", f"c{n}", part) for n, part in enumerate(parts)]
    write_table(results / "splits" / "persian" / "random.csv", ("fold", "id", "part"), items)
    root = results / "recordings"
    root.mkdir(parents=True, exist_ok=True)
    for n in range(10):
        sound = np.sin(np.arange(8000) * (0.1 + 0.02 * n)).astype(np.float32)
        soundfile.write(root / f"c{n}.wav", sound, 8000)
    facts = {"root": str(root), "kind": "folder", "classes": [], "items": 10, "unknown": 0}
    more = {"rejected": 0, "ignored": 0, "speakers": 4, "seconds": 10.0, "rates_hz": [8000]}
    write_json(results / "corpora" / "persian.json", {**facts, **more})


def write_text_run(
    folder: Path,
    said: list[str],
    heard: list[str],
    results: Path,
    task: str = "transcribe",
    normaliser: str | None = "persian",
    tuned: bool = False,
    languages: str = "fa fa fa fa fa fa fa fa fa fa",
) -> None:
    """The files of a run that made texts: a clip to train, one to validate, others to test."""
    parts = ["train", "validation", *["test"] * (len(said) - 2)]
    rows = [
        (f"c{n}", part, language, *texts)
        for n, (part, language, *texts) in enumerate(zip(parts, languages.split(), said, heard))
    ]
    write_table(folder / "predictions.csv", ("id", "part", "language", "text", "said"), rows)
    write_json(folder / "provenance.json", FACTS)
    config = json.dumps({"task": task, "normaliser": normaliser, "group_by": None})
    index = results / "corpora" / "persian.csv"
    evaluate_text.main(folder / "predictions.csv", index, config, folder / "metrics.json")
    if tuned:
        columns = ("epoch", "loss", "validation_loss", "validation_wer")
        write_table(folder / "history.csv", columns, [(1.0, 2.0, 1.9, 0.8)])
        write_text(folder / "plots" / "curves.svg", "<svg>curves</svg>")


def write_identification(folder: Path, strange: bool = True) -> None:
    """The files of a run that told languages, as nothing was trained."""
    classes = ["fa", "zh", "other"]
    true, predicted = np.array([0] * 5 + [1] * 5), np.array([0, 0, 0, 1, 2, 1, 1, 1, 1, 0])
    test = summary(true, predicted, 3, None) | {"mean_probability": [0.6543, 0.7654, 0.0]}
    write_json(folder / "metrics.json", {"classes": classes, "parts": {"test": test}})
    columns = ("fold", "id", "part", "label", "predicted", "score_fa", "score_zh", "score_other")
    names = [*classes[:2], "ur" if strange else "other"]
    scores = {0: (0.8, 0.1, 0.1), 1: (0.1, 0.8, 0.1), 2: (0.2, 0.1, 0.7)}
    rows = [
        ("all", f"c{n}", "test", names[t], names[p], *scores[int(p)])
        for n, (t, p) in enumerate(zip(true, predicted))
    ]
    write_table(folder / "predictions.csv", columns, rows)
    write_json(folder / "provenance.json", FACTS)
    for name in ("confusion", "classes"):
        write_text(folder / "plots" / f"{name}.svg", f"<svg>{name}</svg>")


def write_results(results: Path, seeds: tuple[int, ...] = (1,)) -> None:
    """The runs of all experiments."""
    write_corpus(results)
    generator = random.Random(0)
    for seed in seeds:
        run = {name: results / "runs" / name / str(seed) for name in EXPERIMENTS}
        worse = [" ".join(generator.sample(text.split(), len(text.split()))) for text in HEARD]
        write_text_run(run["zero_shot"], SAID, worse, results)
        write_text_run(run["tuned"], SAID, HEARD, results, tuned=True)
        write_text_run(run["tuned_honest"], SAID, HEARD[:2] + [""] * 8, results, tuned=True)
        write_text_run(
            run["detected"],
            SAID,
            HEARD,
            results,
            normaliser=None,
            languages="fa fa fa ar fa ur fa fa ar fa",
        )
        write_text_run(run["translated"], ENGLISH, TRANSLATED, results, task="translate")
        write_identification(run["languages"])


def made(results: Path, **changes: Any) -> str:
    """The page of all that lies in `results`."""
    return report_runs.made(results, **{**SETTINGS, **changes})


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of all experiments, with one seed."""
    folder = tmp_path_factory.mktemp("results")
    write_results(folder)
    return folder


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    return made(results)


def line(page: str, name: str) -> str:
    """The words of an experiment's line in the tables of texts."""
    section = page.split('<h2 id="texts">')[1].split("<details")[0]
    (found,) = re.findall(rf'<tr><td><a href="#{name}">.*?</tr>', section, re.DOTALL)
    return Words(found).text


def test_page_shows_texts_apart_from_classes(page: str) -> None:
    words = Words(page).text
    assert "6 experiments, seed 1" in words
    assert words.index("Recognition and translation") < words.index("Classification")
    classified = page.split('<h2 id="results">')[1].split('<h2 id="texts">')[0]
    assert "languages" in classified
    assert "zero_shot" not in classified


def test_line_shows_rates_of_metrics(results: Path, page: str) -> None:
    test = read_json(results / "runs/tuned/1/metrics.json")["parts"]["test"]
    shown = line(page, "tuned")
    for kind in ("raw", "normalised"):
        low, high = test[kind]["interval"]
        assert f"{100 * test[kind]['wer']:.1f} %" in shown
        assert f"{round(100 * low, 1)}–{round(100 * high, 1)}" in shown
    own = test["normalised"]
    assert f"{100 * own['cer']:.1f} %" in shown
    assert f"{own['substitutions']} / {own['deletions']} / {own['insertions']} 8" in shown


def test_line_compares_with_before_and_with_the_twin(results: Path, page: str) -> None:
    before, after, honest = (
        read_json(results / f"runs/{name}/1/metrics.json")["parts"]["test"]["normalised"]["wer"]
        for name in ("zero_shot", "tuned", "tuned_honest")
    )
    shown = line(page, "tuned")
    assert f"{100 * before:.1f} % → {100 * after:.1f} %" in shown
    assert f"{100 * honest:.1f} %" in shown
    assert shown.endswith(f"+{100 * (honest - after):.1f}")
    assert "→" not in line(page, "zero_shot")
    assert not re.search(r'<tr><td><a href="#tuned_honest">', page)


def test_reported_rates_stand_by_the_very_corpus_alone(tmp_path: Path) -> None:
    write_results(tmp_path)
    shown = made(tmp_path)
    assert "43.2 %" in line(shown, "tuned")
    parts = Words(card(shown, "tuned")).text
    assert "validation 1 4 12.3 %" in parts  # items, words, reported
    for changes in ({"data": "demo"}, {"corpora": {"persian": {**SETTINGS["corpora"]["persian"]}}}):
        if "corpora" in changes:
            changes["corpora"]["persian"]["reported_items"] = 11
        other = made(tmp_path, **changes)
        assert "reported WER" not in other
        assert "43.2" not in line(other, "tuned")


def test_another_part_stands_in_for_an_unreported_test_rate(results: Path) -> None:
    partly = {**REPORTED, "test_wer": None, "all_wer": 0.2222}
    experiments = {**EXPERIMENTS, "tuned": {**EXPERIMENTS["tuned"], "reported": partly}}
    shown = line(made(results, experiments=experiments), "tuned")
    assert "22.2 % (all)" in shown


def test_card_shows_each_part_and_all_together(results: Path, page: str) -> None:
    metrics = read_json(results / "runs/tuned/1/metrics.json")
    words = Words(card(page, "tuned")).text
    for part, figures in [*metrics["parts"].items(), ("all together", metrics["all"])]:
        assert f"{part} {figures['items']} {figures['normalised']['words']}" in words
    assert "languages told: fa 8" in words
    assert "kind whisper, pretrained whisper small" in words
    assert "learning rate 1e-05, epochs 3" in words


def test_languages_that_were_detected_are_counted(page: str) -> None:
    shown = card(page, "detected")
    words = Words(shown).text
    assert "languages detected: fa 5, ar 2, ur 1" in words
    assert "detected: ar" in words
    assert "normalised" not in words
    spoken = {attrs["lang"] for tag, attrs in Words(shown).tags if attrs.get("class") == "words"}
    assert spoken == {"fa", "ar", "ur"}


def test_persian_runs_from_right_to_left(page: str) -> None:
    tags = [attrs for _, attrs in Words(card(page, "tuned")).tags if attrs.get("class") == "words"]
    assert len(tags) == 8
    assert all((attrs["dir"], attrs["lang"]) == ("rtl", "fa") for attrs in tags)
    english = Words(card(page, "translated")).tags
    assert not [attrs for _, attrs in english if attrs.get("dir") == "rtl"]
    assert [attrs for tag, attrs in english if tag == "p" and attrs.get("lang") == "en"]


def test_words_stand_by_their_kind(page: str) -> None:
    shown = card(page, "tuned")
    for kind, said, heard in [
        ("substitute", "8", "هشت"),
        ("delete", "مسئله", ""),
        ("insert", "", "کند"),
        ("equal", "باران", "باران"),
    ]:
        word = f'<span class="word {kind}"><span>{said}</span><span>{heard}</span></span>'
        assert word in shown


def test_silence_is_told(page: str) -> None:
    assert card(page, "tuned").count("heard nothing") == 1
    assert "heard nothing" not in card(page, "translated")


def test_curves_are_shown_where_there_are_some(page: str) -> None:
    assert "learning curves" in card(page, "tuned")
    for name in ("zero_shot", "translated", "languages"):
        assert "learning curves" not in card(page, name)
        assert "as it came" in card(page, name) or name == "languages"


def test_translations_show_scores_and_signatures(results: Path, page: str) -> None:
    test = read_json(results / "runs/translated/1/metrics.json")["parts"]["test"]
    shown = line(page, "translated")
    for name in ("bleu", "chrf"):
        low, high = test[f"{name}_interval"]
        assert f"{test[name]:.1f}" in shown
        assert f"{round(low, 1)}–{round(high, 1)}" in shown
        assert test[f"{name}_signature"] in page
    words = Words(card(page, "translated")).text
    assert "reference rain falls in the north" in words
    assert "translation it rains in the north" in words


def test_several_seeds_show_mean_and_deviation(tmp_path: Path) -> None:
    write_results(tmp_path, (1, 2))
    rates = []
    for seed in (1, 2):
        metrics = read_json(tmp_path / f"runs/zero_shot/{seed}/metrics.json")
        rates.append(metrics["parts"]["test"]["normalised"]["wer"])
    assert rates[0] != rates[1]
    shown = made(tmp_path, seeds=[1, 2])
    mean, deviation = np.mean(rates), np.std(rates, ddof=1)
    assert f"{100 * mean:.1f} % ± {round(100 * deviation, 1)}" in line(shown, "zero_shot")
    words = Words(card(shown, "zero_shot")).text
    assert f"1: {100 * rates[0]:.1f} %, 2: {100 * rates[1]:.1f} %" in words


def test_told_languages_look_like_classes(page: str) -> None:
    shown = card(page, "languages")
    words = Words(shown).text
    assert "test accuracy 70.0 % (10 items" in words
    assert "not trained here" in words
    assert "mean probability" in words
    assert "fa 5 60.0 % 75.0 % 66.7 % 65.4 %" in words
    assert "other 0 0.0 % 0.0 % 0.0 %" in words
    assert "heard ur" in words
    assert "input" not in words.split("model")[0]


def test_a_run_of_told_languages_has_no_training(results: Path) -> None:
    run = Run.read(results / "runs/languages/1")
    assert run.train_accuracy is None
    assert set(run.plots) == {"confusion", "classes"}
    assert run.classes == ["fa", "zh", "other"]
    assert not run.diverged


def test_summary_has_a_line_for_each(results: Path, page: str) -> None:
    lines = {row["experiment"]: row for row in rows_of(read_table(results / "summary.csv"))}
    assert list(lines) == list(EXPERIMENTS)
    columns = "wer wer_low wer_high cer bleu chrf".split()
    assert list(lines["tuned"])[-6:] == columns
    test = read_json(results / "runs/tuned/1/metrics.json")["parts"]["test"]["normalised"]
    tuned = lines["tuned"]
    assert [float(tuned[name]) for name in columns[:4]] == [
        test["wer"],
        *test["interval"],
        test["cer"],
    ]
    assert (tuned["bleu"], tuned["test_accuracy"], tuned["train_accuracy"]) == ("", "", "")
    assert (tuned["corpus"], tuned["seeds"], tuned["parameters"]) == ("persian", "1", "1234")
    assert (tuned["seconds"], tuned["memory_mb"]) == ("2.5", "300.0")
    raw = read_json(results / "runs/detected/1/metrics.json")["parts"]["test"]["raw"]
    assert float(lines["detected"]["wer"]) == raw["wer"]
    translated = read_json(results / "runs/translated/1/metrics.json")["parts"]["test"]
    assert float(lines["translated"]["bleu"]) == translated["bleu"]
    assert float(lines["translated"]["chrf"]) == translated["chrf"]
    assert lines["translated"]["wer"] == ""
    assert float(lines["languages"]["test_accuracy"]) == 0.7
    assert lines["languages"]["train_accuracy"] == lines["languages"]["wer"] == ""


def test_what_a_run_cost_stands_on_its_card(results: Path, page: str) -> None:
    assert "on cpu, 300 MB at most" in Words(card(page, "tuned")).text
    lines = {row["experiment"]: row for row in rows_of(read_table(results / "summary.csv"))}
    blank = ("precision", "device_memory_mb", "utilisation")
    assert lines["tuned"]["device"] == "cpu"
    assert [lines["tuned"][name] for name in blank] == ["", "", ""]


def test_texts_alone_make_a_page(results: Path) -> None:
    shown = made(results, order=["tuned"])
    assert '<details class="card" id="tuned" open>' in shown
    assert 'id="results"' not in shown
    assert 'id="experiments"' not in shown
    assert "before → after" not in shown  # that one is not selected
    assert 'href="#zero_shot"' not in shown


def test_page_needs_no_network_and_escapes_what_it_is_told(page: str) -> None:
    assert "http://" not in page
    assert "https://" not in page
    assert EVIL not in page
    assert EVIL in Words(page).text


def chosen(folder: Path, task: str, worst: int, best: int) -> list[Utterance]:
    root = folder / "recordings"
    index = rows_of(read_table(folder / "corpora" / "persian.csv"))
    name = "translated" if task == "translate" else "tuned"
    run = folder / "runs" / name / "1"
    recordings = {row["id"]: Clip.of(row, root) for row in index}
    return utterances(run / "predictions.csv", recordings, TextRun.read(run), worst, best)


def test_utterances_are_the_worst_then_the_best(results: Path) -> None:
    told = chosen(results, "transcribe", 2, 2)
    assert [clip.id for clip in told] == ["c3", "c6", "c7", "c8"]
    assert told[0].score == 1.0
    assert told[2].score == told[3].score == 0
    every = chosen(results, "transcribe", 6, 9)
    assert len({clip.id for clip in every}) == len(every) == 8
    assert all(clip.sound.startswith("data:audio/mpeg;base64,") for clip in every)


def test_translations_are_ranked_by_their_chrf(results: Path) -> None:
    told = chosen(results, "translate", 9, 0)
    scores = [clip.score for clip in told]
    assert scores == sorted(scores)
    assert len(told) == 7
    assert all(clip.pairs == [] for clip in told)


@pytest.mark.parametrize(
    ("text", "direction"),
    [("سلام", "rtl"), ("«۲ کتاب»", "rtl"), ("hello سلام", "ltr"), ("שלום", "rtl"), ("12", "ltr")],
)
def test_direction_is_that_of_the_first_letter(text: str, direction: str) -> None:
    assert Utterance("a", "fa", text, "", [], 0.0, "").direction == direction


def test_rows_are_experiments_that_are_no_twin(results: Path) -> None:
    names = ["zero_shot", "tuned", "tuned_honest"]
    found = read_texts({name: EXPERIMENTS[name] for name in names}, [1], results / "runs")
    corpora = {"persian": {"items": 10, "reported_items": 10}}
    first, second = text_table(found, corpora, "real")
    assert (first.result.name, first.baseline, first.honest) == ("zero_shot", None, None)
    assert second.result.name == "tuned"
    assert second.baseline is found["zero_shot"]
    assert second.honest is found["tuned_honest"]
    assert second.reported == REPORTED
    assert text_table(found, corpora, "demo")[1].reported is None
