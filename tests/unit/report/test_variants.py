"""Variants of an experiment, subsets of its test part and pairs of texts in the report."""

import re
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

from resound.io.csv_table import read_table, rows_of, write_table
from resound.io.files import read_json, write_json
from resound.report.results import read_results
from resound.report.text_examples import pairs
from resound.report.variants import families
from tests.helpers.page import Words, card
from tests.helpers.report_runs import (
    EVIL,
    EXPERIMENTS,
    HYPOTHESIS,
    SETTINGS,
    made,
    write_results,
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_results(folder)
    return folder


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    return made(results)


def section(page: str) -> str:
    """The HTML of the tables of variants."""
    return page.split('<h2 id="variants">')[1].split("<h2")[0]


def lines(page: str) -> dict[str, str]:
    """The words of each line of the tables of variants."""
    found = re.findall(r'<tr><td><a href="#(\w+)">(.*?)</tr>', section(page), re.DOTALL)
    return {name: Words(cells).text for name, cells in found}


def without_variants(*names: str) -> dict[str, dict[str, Any]]:
    """All experiments; of these names none is a variant."""
    alone = {name: {**EXPERIMENTS[name], "variant_of": None} for name in names}
    return EXPERIMENTS | alone


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def test_lines_are_the_base_then_its_variants(page: str) -> None:
    assert list(lines(page)) == ["bert_full", "bert_lora", "bert_frozen"]
    assert "bert_full and what varies it" in Words(section(page)).text


def test_a_line_shows_figures_of_metrics_and_comparison(results: Path, page: str) -> None:
    for name, size in [("bert_lora", "591 k of 118 M"), ("bert_frozen", "591 k of 118 M")]:
        metrics = read_json(results / f"runs/{name}/1/metrics.json")
        compared = read_json(results / f"runs/{name}/1/comparison.json")
        test, hard = metrics["parts"]["test"], metrics["subsets"]["hard(hypothesis)"]
        low, high = test["interval"]
        difference = f"{100 * compared['difference']:+.1f}".replace("-", "\u2212")
        p = compared["p_value"]
        assert lines(page)[name].split(" ", 1)[1] == " ".join(
            [
                percent(test["accuracy"]),
                f"{100 * low:.1f}–{100 * high:.1f}",
                difference,
                f"{p:.3f}" if p >= 0.001 else "< 0.001",
                percent(test["macro_f1"]),
                percent(test["uar"]),
                percent(hard["accuracy"]),
                size,
                "60.0 s",
            ]
        )


def test_the_base_is_not_compared_with_itself(results: Path, page: str) -> None:
    test = read_json(results / "runs/bert_full/1/metrics.json")["parts"]["test"]
    low, high = test["interval"]
    assert lines(page)["bert_full"] == (
        f"bert_full 76.5 % {percent(test['accuracy'])} {100 * low:.1f}–{100 * high:.1f}"
        f" {percent(test['macro_f1'])} {percent(test['uar'])} 50.0 % 118 M 60.0 s"
    )


def test_what_may_be_chance_is_grey(results: Path, page: str) -> None:
    rows = section(page).split("<tr>")
    grey = {name for name in EXPERIMENTS for row in rows if f"#{name}" in row and '"noise"' in row}
    likely = {
        name
        for name in ("bert_lora", "bert_frozen")
        if read_json(results / f"runs/{name}/1/comparison.json")["p_value"] > 0.05
    }
    assert grey == likely == {"bert_lora"}


def test_the_note_says_what_the_test_is_and_how_many(page: str, results: Path) -> None:
    words = Words(section(page)).text
    assert "McNemar's exact test over the 100 test items" in words
    assert "The 2 p-values are not corrected for the number of comparisons" in words
    one = made(results, experiments=without_variants("bert_frozen"))
    assert list(lines(one)) == ["bert_full", "bert_lora"]
    assert "not corrected" not in one


def test_without_their_base_variants_are_not_compared(results: Path) -> None:
    shown = made(results, order=["bert_frozen", "bert_lora"])
    assert 'id="variants"' not in shown
    assert 'href="#bert_full"' not in shown
    assert "variant of bert_full" in Words(card(shown, "bert_lora")).text


def test_without_variants_there_is_no_section(results: Path) -> None:
    experiments = without_variants("bert_lora", "bert_frozen")
    assert 'id="variants"' not in made(results, experiments=experiments)
    assert 'id="variants"' not in made(results, order=["hubert", "hubert_honest"])


def test_families_keep_the_order_of_experiments(results: Path) -> None:
    """A variant may have variants itself; and a base may come after what varies it."""
    told = EXPERIMENTS | {"bert_frozen": {**EXPERIMENTS["bert_frozen"], "variant_of": "bert_lora"}}
    names = ["bert_frozen", "bert_lora", "bert_full"]
    found = read_results({name: told[name] for name in names}, [1], results / "runs")
    corpora = {"farstail": {"items": 1, "reported_items": None}}
    made_of = families(found, corpora, "real", results / "runs")
    assert [(f.base, [line.result.name for line in f.lines]) for f in made_of] == [
        ("bert_lora", ["bert_lora", "bert_frozen"]),
        ("bert_full", ["bert_full", "bert_lora"]),
    ]
    assert [line.comparison is None for line in made_of[0].lines] == [True, False]
    assert [(f.compared, f.items) for f in made_of] == [(1, 100), (1, 100)]
    assert all(line.reported is None for family in made_of for line in family.lines)


def test_subsets_have_columns_where_there_are_some(results: Path, tmp_path: Path) -> None:
    assert "hard(hypothesis) 40 items" in Words(section(made(results))).text
    write_results(tmp_path)
    for name in ("bert_full", "bert_lora", "bert_frozen"):
        file = tmp_path / f"runs/{name}/1/metrics.json"
        metrics = {k: v for k, v in read_json(file).items() if k != "subsets"}
        write_json(file, metrics)
    shown = made(tmp_path)
    assert "hard(" not in shown
    assert "subsets" not in Words(card(shown, "bert_full")).text


@pytest.mark.parametrize("changes", [{"data": "demo"}, {"reported_items": 121}])
def test_reported_figures_stand_by_the_very_corpus_alone(
    results: Path, page: str, changes: dict[str, Any]
) -> None:
    assert "<th>reported</th>" in section(page)
    if "reported_items" in changes:
        corpora = SETTINGS["corpora"]
        changes = {"corpora": {**corpora, "farstail": {**corpora["farstail"], **changes}}}
    other = made(results, **changes)
    assert "<th>reported</th>" not in section(other)
    for told in ("reported test accuracy 76.5 %", "validation accuracy reported 61.2 %"):
        assert told in Words(page).text
        assert told not in Words(other).text
    assert "76.5" not in lines(other)["bert_full"]


def test_several_seeds_show_means_and_compare_the_first(tmp_path: Path) -> None:
    write_results(tmp_path, (1, 2))
    shown = made(tmp_path, seeds=[1, 2])
    folders = [tmp_path / f"runs/bert_frozen/{seed}" for seed in (1, 2)]
    tests = [read_json(folder / "metrics.json")["parts"]["test"] for folder in folders]
    accuracies = [test["accuracy"] for test in tests]
    line = lines(shown)["bert_frozen"]
    assert f"{percent(mean(accuracies))} ± {round(100 * stdev(accuracies), 1)}" in line
    assert percent(mean(test["uar"] for test in tests)) in line
    first = read_json(folders[0] / "comparison.json")["difference"]
    assert f"{100 * first:+.1f}".replace("-", "\u2212") in line
    assert "of seed 1; p is that" in Words(section(shown)).text


def test_a_card_tells_what_is_particular(results: Path, page: str) -> None:
    test = read_json(results / "runs/bert_lora/1/metrics.json")["parts"]["test"]
    shown = card(page, "bert_lora")
    words = Words(shown).text
    assert f"weighted F1 {percent(test['weighted_f1'])}, UAR {percent(test['uar'])}" in words
    assert "590,592 trained of 118,299,651 parameters" in words
    assert "subsets hard(hypothesis) 72.5 % (40 items, " in words
    assert '<a href="#bert_full">bert_full</a>' in shown
    assert '<a href="#split-farstail-partitions">' in shown
    assert "pieces vote" not in words
    full = Words(card(page, "bert_full")).text
    assert "cost 118,299,651 parameters" in full
    assert "reported test accuracy 76.5 %, macro F1 75.4 %, UAR 74.3 % (a report)" in full
    assert "reported 61.2 %, 62.3 %; measured 60.1 %, 63.6 %" in full
    heard = Words(card(page, "hubert")).text
    assert "judged by recording: its pieces vote" in heard
    assert "subsets" not in heard and "variant of" not in heard


def test_corpora_of_texts_have_no_length(page: str) -> None:
    data = page.split('<h2 id="data">')[1].split("<h2")[0]
    first, second = (Words(row).text for row in data.split("<tr>")[2:])
    assert first.startswith("shemo Emotions, licence CC0 a folder 24 2 4 12.0 s 8000 Hz 0")
    assert second.startswith("farstail Inference, licence CC0 a folder 120 3 none text pairs 0")


def test_pairs_are_shown_without_sound(page: str) -> None:
    shown = card(page, "bert_frozen")
    tags = Words(shown).tags
    texts = [attrs for _, attrs in tags if attrs.get("dir") == "auto"]
    assert len(texts) == 16
    # Whatever their language is: the page does not know.
    assert not any("lang" in attrs for attrs in texts)
    assert "audio" not in [tag for tag, _ in tags]
    assert "audio" in [tag for tag, _ in Words(card(page, "hubert")).tags]
    assert EVIL not in page
    assert f"hypothesis {HYPOTHESIS}{EVIL}" in Words(shown).text


def test_pairs_are_the_surest_mistakes_and_hits(results: Path) -> None:
    """The first of the test part are right, the scores fall from one item to the next."""
    index = rows_of(read_table(results / "corpora" / "farstail.csv"))
    found = pairs(results / "runs/bert_frozen/1/predictions.csv", index)
    assert [pair.id for pair in found] == ["p75", "p76", "p77", "p78", "p79", "p20", "p21", "p22"]
    assert [pair.label == pair.predicted for pair in found] == [False] * 5 + [True] * 3
    assert found[0].confidence == pytest.approx(0.9 - 0.004 * 55)
    assert found[0].premise.endswith(" 75")


def test_an_item_that_is_judged_twice_is_shown_once(tmp_path: Path) -> None:
    columns = ("fold", "id", "part", "label", "predicted", "score_no", "score_yes")
    rows = [
        ("all", "a", "test", "no", "yes", 0.4, 0.6),
        ("all", "a", "test", "no", "yes", 0.1, 0.9),
        ("all", "b", "test", "no", "yes", 0.3, 0.7),
        ("all", "c", "train", "no", "yes", 0.0, 1.0),
    ]
    write_table(tmp_path / "predictions.csv", columns, rows)
    index = [{"id": name, "premise": "p", "hypothesis": "h"} for name in "abc"]
    found = pairs(tmp_path / "predictions.csv", index)
    assert [(pair.id, pair.confidence) for pair in found] == [("b", 0.7), ("a", 0.6)]


def test_the_summary_has_the_new_figures(results: Path, page: str) -> None:
    found = {row["experiment"]: row for row in rows_of(read_table(results / "summary.csv"))}
    test = read_json(results / "runs/bert_lora/1/metrics.json")["parts"]["test"]
    for name in ("macro_f1", "weighted_f1", "uar"):
        assert float(found["bert_lora"][name]) == test[name]
    assert found["bert_lora"]["parameters"] == "590592"
    assert found["bert_lora"]["total_parameters"] == "118299651"
