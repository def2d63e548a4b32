"""Every number that a report gives has a place on the page: a walk through the configuration."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resound.config.benchmarks import ReportedSeconds
from resound.config.experiments import Classification, Recognition, Reported, ReportedText
from resound.config.load import load, read, shipped_files
from resound.config.schema import Config
from resound.metrics.classification import classification_metrics
from resound.report.content import Content
from resound.report.formats import format_duration
from resound.report.page import render_page
from resound.report.published import CURVES
from resound.report.recognition import Recognition as RecognitionContent
from resound.report.recognition import TextResult, TextRun, text_rows
from resound.report.reported import describe_reported
from resound.report.results import ClassificationResult, ClassificationRun, result_rows
from tests.helpers.page import card, visible_text
from tests.helpers.small_report import corpora

ROOT = Path(__file__).parents[3]
REAL = ROOT / "config" / "real.yaml"
ITEMS = 200
COST = {
    "parameters": 1234,
    "seconds": 2.5,
    "peak_memory_mb": 300.0,
    "device": "cpu",
    "commit": "abc123",
    "python": "3.11",
    "platform": "here",
    "versions": {"numpy": "2"},
}


@pytest.fixture(scope="module")
def config() -> Config:
    """Return the shipped configuration of the public corpora."""
    return load(read([REAL]), [REAL], shipped_files())


def values(reported: object) -> Iterator[tuple[str, float]]:
    """Yield every number of a report with the name of its field; each element of a list."""
    for name, value in asdict(reported).items():  # type: ignore[call-overload]
        if name in ("source", "note") or value is None:
            continue
        for element in value if isinstance(value, list) else [value]:
            yield name, element


def is_fraction(name: str) -> bool:
    return not any(word in name for word in ("loss", "epochs", "parameters", "seconds"))


def as_written(name: str, value: float) -> float:
    """Return a number as the page shows it: fractions in percent, durations as rounded."""
    if name == "seconds":
        return float(format_duration(value).split("\xa0")[0])
    return round(100 * value, 6) if is_fraction(name) else value


def cells(html: str) -> Counter[float]:
    """Return the numbers in the cells of reported values."""
    found = re.findall(r'<td class="reported">(.*?)</td>', html)
    texts = [re.split(r"\s|\xa0", visible_text(cell))[0].replace(",", "") for cell in found]
    return Counter(float(text) for text in texts if text)


def missing(reported: object, html: str) -> Counter[float]:
    """Return the reported numbers that are in no cell of a card."""
    return Counter(as_written(*entry) for entry in values(reported)) - cells(html)


def settings_of(experiment: Classification | Recognition) -> dict[str, Any]:
    """Return settings as the report gets them, on the corpus of the fixtures."""
    forms = (Classification, Recognition)
    every = [field.name for form in forms for field in fields(form)]
    common: dict[str, Any] = {"configuration": {}, "split_settings": {}, "corpus": "digits"}
    alone = {"corrected": None, "baseline": None, "variant_of": None}
    return {**dict.fromkeys(every), **asdict(experiment), **common, **alone}


def page_of_classification(settings: dict[str, Any], classes: int, data: str = "real") -> str:
    """Return the page of a trained model whose metrics are those of random predictions."""
    true = np.arange(ITEMS) % classes
    predicted = np.random.default_rng(0).integers(classes, size=ITEMS)
    run = ClassificationRun(
        seed=1,
        classes=[f"class {n}" for n in range(classes)],
        test=classification_metrics(true, predicted, classes, None),
        subsets={},
        scored=None,
        train_accuracy=0.123,
        history={"epoch": [1.0, 2.0], "loss": [9.1, 9.2], "accuracy": [0.111, 0.222]},
        provenance=COST,
        open_set=None,
        plots=dict.fromkeys(("curves", "confusion", "classes"), ""),
        diverged=False,
    )
    results = {"one": ClassificationResult("one", settings, [run])}
    digits = corpora("folder" if data == "real" else "demo")
    content = Content(digits, results=results, rows=result_rows(results, digits, data))
    return render_page({"data": data, "seeds": [1]}, content)


def page_of_recognition(settings: dict[str, Any], data: str = "real") -> str:
    """Return the page of a recognition whose own rates are none of a report's."""
    errors = {"substitutions": 1, "deletions": 1, "insertions": 1, "words": 90, "wer": 0.99}
    interval = {"interval": [0.98, 1.0], "interval_method": "bootstrap", "interval_groups": None}
    rates = {**errors, "cer": 0.98, **interval}
    part = {"items": 8, "raw": rates, "languages": {"fa": 8}}
    history = {"epoch": [1.0], "loss": [9.1], "validation_loss": [9.2], "validation_wer": [0.97]}
    run = TextRun(1, "transcribe", None, {"test": part}, COST, "", history)
    results = {"one": TextResult("one", settings, [run])}
    digits = corpora("folder" if data == "real" else "demo")
    rows = text_rows(results, digits, data)
    content = Content(digits, recognition=RecognitionContent(results, rows, {"one": []}))
    return render_page({"data": data, "seeds": [1]}, content)


def full(form: type) -> dict[str, Any]:
    """Return a report that gives a different number for every field and element."""
    numbers = iter(range(1, 100))
    entries: dict[str, Any] = {"source": "a report", "note": ""}
    for field in fields(form):
        if field.name in entries:
            continue
        count = 3 if "list" in str(field.type) or field.name == "per_class" else 1
        whole = field.name in ("after_epochs", "parameters", "seconds")
        found = [next(numbers) if whole else next(numbers) / 100 for _ in range(count)]
        entries[field.name] = found if count > 1 else found[0]
    return entries


def test_every_number_of_a_classification_has_a_cell(config: Config) -> None:
    classifications = config.classifications()
    walked = [name for name, e in classifications.items() if e.reported]
    assert len(walked) > 30
    for name in walked:
        experiment = classifications[name]
        assert experiment.reported
        classes = len(experiment.reported.per_class or "ab")
        page = page_of_classification(settings_of(experiment), classes)
        assert not missing(experiment.reported, card(page, "one")), name


def test_a_number_without_a_cell_is_found() -> None:
    reported = Reported(**full(Reported))
    page = page_of_classification(BASE | {"reported": asdict(reported)}, 3)
    assert not missing(reported, card(page, "one"))
    another = replace(reported, parameters=4321, per_class=[0.9999, 0.1, 0.2])
    assert set(missing(another, card(page, "one"))) >= {4321, 99.99}


def test_every_number_of_a_recognition_is_in_its_card(config: Config) -> None:
    walked = {name: e for name, e in config.recognitions().items() if e.reported}
    assert len(walked) > 3
    for name, experiment in walked.items():
        page = page_of_recognition(settings_of(experiment))
        numbers = Counter(re.findall(r"\d+\.\d+", visible_text(card(page, "one"))))
        wanted = Counter(
            f"{100 * value:.1f}" if is_fraction(field) else f"{value:.4f}"
            for field, value in values(experiment.reported)
        )
        assert not wanted - numbers, name


def test_numbers_of_other_data_are_listed_and_not_compared(config: Config) -> None:
    every: dict[str, Classification | Recognition] = dict(config.classifications())
    for name, experiment in {**every, **config.recognitions()}.items():
        if not experiment.reported:
            continue
        if isinstance(experiment, Recognition):
            page = page_of_recognition(settings_of(experiment), "demo")
        else:
            classes = len(experiment.reported.per_class or "ab")
            page = page_of_classification(settings_of(experiment), classes, "demo")
        section = page.split('<h2 id="reported">')[1].split("</details>")[0]
        listed = visible_text(section.split("<dd>")[1])
        numbers = Counter(
            float(text.replace(",", "")) for text in re.findall(r"[\d,]*\d(?:\.\d+)?", listed)
        )
        wanted = Counter(as_written(*entry) for entry in values(experiment.reported))
        assert not wanted - numbers, name
        assert "measured minus reported" not in page
        assert not cells(page)


@pytest.mark.parametrize("form", [Reported, ReportedText, ReportedSeconds])
def test_every_field_has_a_label(form: type) -> None:
    line = describe_reported(full(form))
    names = [field.name for field in fields(form) if field.name not in ("source", "note")]
    assert line.count(";") == len(names) - 1


def test_every_curve_by_epoch_is_in_the_plot() -> None:
    curves = {field.name for field in fields(Reported) if field.name.endswith("_by_epoch")}
    assert set(CURVES) == curves


BASE: dict[str, Any] = {
    "corpus": "digits",
    "features": "mfcc",
    "split": "random",
    "input": {"arrange": "pooled"},
    "model": {"kind": "mlp"},
    "train": {"epochs": 2},
    "configuration": {},
    "split_settings": {},
    "corrected": None,
    "note": "",
}
