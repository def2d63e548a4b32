"""What the reports concluded: which items are compared, and what the section says."""

import re
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binomtest

from resound.io.csv_table import write_table
from resound.metrics.paired import Difference
from resound.report.conclusions import Conclusion, read_conclusions, verdict
from resound.report.content import Content
from resound.report.page import render_page
from resound.report.results import ExperimentResult, read_classification_results
from tests.helpers.page import visible_text
from tests.helpers.small_report import EXPERIMENTS, corpora, write_run

ITEMS, CLASSES = 100, ["one", "two"]
INDEX = {"spoken": [{"id": f"i{n}", "label": CLASSES[n % 2]} for n in range(ITEMS)]}
SETTINGS: dict[str, Any] = {
    "corpus": "spoken",
    "split_settings": {"group_by": None},
    "corrected": None,
    "train": {"epochs": 1},
    "decode": None,
}


def conclusion(**changes: Any) -> dict[str, Any]:
    """Return the settings of a conclusion."""
    return {
        "source": "a report",
        "statement": "Good is better than bad.",
        "basis": "stated",
        "better": "good",
        "worse": "bad",
        "metric": None,
        "improving": None,
        "protocol": "reported",
        "seeds": [1],
        "note": "",
        **changes,
    }


def write_predictions(runs: Path, name: str, correct: int, seed: int = 1, first: int = 0) -> None:
    """Write predictions of the items from `first` on, the first `correct` of which are correct."""
    rows = []
    for n in range(first, ITEMS):
        label = CLASSES[n % 2]
        guess = label if n - first < correct else CLASSES[1 - n % 2]
        rows.append(("all", f"i{n}", "test", label, guess))
    columns = ("fold", "id", "part", "label", "predicted")
    write_table(runs / name / str(seed) / "predictions.csv", columns, rows)


def read(
    runs: Path, settings: dict[str, Any], indexes: Any = None, **experiments: dict[str, Any]
) -> Conclusion:
    """Return a conclusion from experiments with these settings."""
    named: dict[str, dict[str, Any]] = {"good": {}, "bad": {}, **experiments}
    results = {
        name: ExperimentResult[Any](name, {**SETTINGS, **changes}, [])
        for name, changes in named.items()
    }
    (made,) = read_conclusions({"a": settings}, results, indexes or INDEX, runs)
    return made


def test_one_seed_of_independent_items_is_mcnemars_test(tmp_path: Path) -> None:
    write_predictions(tmp_path, "good", 80)
    write_predictions(tmp_path, "bad", 60)
    made = read(tmp_path, conclusion())
    arm = made.reported
    assert arm is not None
    assert arm.difference is not None
    assert made.metric == "accuracy"
    assert arm.difference.value == pytest.approx(0.2)
    assert arm.difference.p_value == pytest.approx(binomtest(20, 20).pvalue)
    assert (arm.verdict, made.corrected) == (True, None)
    opposite = read(tmp_path, conclusion(better="bad", worse="good")).reported
    assert opposite is not None
    assert opposite.verdict is False


def test_corrected_experiments_are_compared_if_both_are_selected(tmp_path: Path) -> None:
    for name, correct in (("good", 80), ("bad", 60), ("good_corrected", 50), ("bad_corrected", 51)):
        write_predictions(tmp_path, name, correct)
    arms = {name: {"corrected": f"{name}_corrected"} for name in ("good", "bad")}
    both: dict[str, dict[str, Any]] = {"good_corrected": {}, "bad_corrected": {}}
    made = read(tmp_path, conclusion(), **arms, **both).corrected
    assert made is not None
    assert (made.better, made.worse, made.verdict) == ("good_corrected", "bad_corrected", None)
    assert read(tmp_path, conclusion(), **arms, good_corrected={}).corrected is None
    other = read(tmp_path, conclusion(protocol="corrected"))
    assert (other.reported, other.corrected and other.corrected.verdict) == (None, True)


def test_p_values_are_corrected_for_their_number(tmp_path: Path) -> None:
    write_predictions(tmp_path, "good", 80)
    write_predictions(tmp_path, "bad", 73)
    results = {name: ExperimentResult[Any](name, SETTINGS, []) for name in ("good", "bad")}
    both = {name: conclusion() for name in ("a", "b")}
    alone = read(tmp_path, conclusion()).reported
    two = [made.reported for made in read_conclusions(both, results, INDEX, tmp_path)]
    assert alone is not None
    assert alone.p_value == pytest.approx(2 / 2**7)
    assert [arm and arm.p_value for arm in two] == pytest.approx([4 / 2**7] * 2)


def test_seeds_that_disagree_leave_a_statement_open() -> None:
    agreed = Difference(0.1, 0.05, 0.15, 0.001, [0.05, 0.15], True, 100, None)
    opposed = Difference(0.1, 0.05, 0.15, 0.001, [-0.01, 0.21], True, 100, None)
    assert verdict(agreed, 0.001) is True
    assert verdict(agreed, 0.06) is None
    assert verdict(opposed, 0.001) is None


def test_other_test_items_are_said_to_be_unpaired(tmp_path: Path) -> None:
    write_predictions(tmp_path, "good", 80)
    write_predictions(tmp_path, "bad", 30, first=40)
    made = read(tmp_path, conclusion())
    assert made.reported is not None
    assert made.reported.difference is not None
    assert not made.reported.difference.paired
    assert "unpaired: other test items" in section(tmp_path, [made])


def test_macro_f1_is_compared(tmp_path: Path) -> None:
    write_predictions(tmp_path, "good", 90)
    write_predictions(tmp_path, "bad", 50)
    made = read(tmp_path, conclusion(metric="macro_f1"))
    assert made.reported is not None
    assert made.reported.difference is not None
    assert made.reported.difference.value == pytest.approx(0.4)
    assert made.reported.verdict is True


def write_texts(runs: Path, name: str, parts: list[str], hypothesis: str) -> None:
    rows = [(f"t{n}", part, "a b", "fa", hypothesis) for n, part in enumerate(parts)]
    columns = ("id", "part", "reference", "language", "hypothesis")
    write_table(runs / name / "1" / "predictions.csv", columns, rows)


def test_a_model_that_is_not_trained_is_tested_on_the_items_of_the_other(tmp_path: Path) -> None:
    write_texts(tmp_path, "good", ["train"] * 20 + ["test"] * 10, "a b")
    write_texts(tmp_path, "bad", ["test"] * 10 + ["train"] * 20, "a c")
    settings = {"decode": {"task": "transcribe"}, "normaliser": None}
    experiments = {"good": settings, "bad": {**settings, "train": None}}
    texts = {"spoken": [{"id": f"t{n}", "speaker": f"s{n // 2}"} for n in range(30)]}
    made = read(tmp_path, conclusion(), texts, **experiments)
    assert made.reported is not None
    difference = made.reported.difference
    assert made.metric == "WER"
    assert difference is not None
    assert (difference.paired, difference.items, difference.groups) == (True, 10, 5)
    assert difference.value == pytest.approx(0.5)
    assert difference.p_value == pytest.approx(2 / 2**5)


def test_a_learning_curve_is_shown_and_decides_nothing(tmp_path: Path) -> None:
    rows = [(1, 0.5), (2, 0.3), (3, 0.4)]
    write_table(tmp_path / "good" / "1" / "history.csv", ("epoch", "validation_wer"), rows)
    settings = conclusion(better=None, worse=None, improving="good")
    made = read(tmp_path, settings, good={"decode": {"task": "transcribe"}})
    assert made.reported is not None
    assert (made.reported.verdict, made.reported.difference) == (None, None)
    assert "40.0 % at the last of 3 evaluations, best 30.0 % at number 2" in made.reported.evidence


def test_numbers_of_parameters_are_counted(tmp_path: Path) -> None:
    for name in ("faithful", "fair"):
        write_run(tmp_path / name / "42", correct=60)  # of a model with 1,234 parameters
    settings = conclusion(better="faithful", worse="fair", metric="parameters")
    results = read_classification_results({"faithful": SETTINGS, "fair": SETTINGS}, [42], tmp_path)
    (made,) = read_conclusions({"a": settings}, results, INDEX, tmp_path)
    assert made.reported is not None
    assert (made.reported.verdict, made.reported.evidence) == (False, "1,234 against 1,234")


def section(folder: Path, conclusions: list[Conclusion], data: str = "real") -> str:
    """Return the text of the section, on a page that has the result of an experiment, too."""
    write_run(folder / "fair" / "42", correct=60)
    results = read_classification_results({"fair": EXPERIMENTS["fair"]}, [42], folder)
    content = Content(corpora("folder"), results=results, conclusions=conclusions)
    page = render_page({"data": data, "seeds": [1]}, content)
    found = re.search(r'<h2 id="conclusions">.*?(?=<h2|</main>)', page, re.DOTALL)
    assert found
    return visible_text(found.group())


def test_the_section_says_what_was_compared(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_predictions(tmp_path, "good", 80 + seed, seed)
        write_predictions(tmp_path, "bad", 60, seed)
    several = section(tmp_path, [read(tmp_path, conclusion(seeds=[1, 2]))])
    for text in ("Good is better than bad.", "a report: stated there", "good against bad",
                 "true", "+21.5", "2 of 2 seeds agree", "100 items"):  # fmt: skip
        assert text in several, text
    one = read(tmp_path, conclusion())
    assert "one seed; 100 items" in section(tmp_path, [one])
    assert "Demo data" not in section(tmp_path, [one])
    assert "Demo data. The verdicts are about" in section(tmp_path, [one], "demo")
