"""Variants of an experiment, subsets of its test part and pairs of texts in the report."""

import re
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

from resound.io.csv_table import read_table, rows_of
from resound.io.files import read_json, write_json
from resound.report.results import read_classification_results
from resound.report.variants import read_families
from tests.helpers.page import PageText, card, visible_text
from tests.helpers.report_runs import (
    EVIL,
    EXPERIMENTS,
    HYPOTHESIS,
    SETTINGS,
    render_report,
    write_results,
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    write_results(folder)
    return folder


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    return render_report(results)


def section(page: str) -> str:
    """Return the HTML of the tables of variants."""
    return page.split('<h2 id="variants">')[1].split("<h2")[0]


def table_rows(page: str) -> dict[str, str]:
    """Return the text of each row of the tables of variants, by experiment."""
    rows = re.findall(r'<tr><td><a href="#(\w+)">(.*?)</tr>', section(page), re.DOTALL)
    return {name: visible_text(cells) for name, cells in rows}


def without_variants(*names: str) -> dict[str, dict[str, Any]]:
    """Return all experiments, those of `names` as variants of none."""
    independent = {name: {**EXPERIMENTS[name], "variant_of": None} for name in names}
    return EXPERIMENTS | independent


def percent(fraction: float) -> str:
    return f"{100 * fraction:.1f} %"


def test_rows_are_the_base_and_then_its_variants(page: str) -> None:
    assert list(table_rows(page)) == ["bert_full", "bert_lora", "bert_frozen"]
    assert "bert_full and its variants" in visible_text(section(page))


def test_a_row_shows_metrics_and_comparison(results: Path, page: str) -> None:
    for name, size in [("bert_lora", "591 k of 118 M"), ("bert_frozen", "591 k of 118 M")]:
        metrics = read_json(results / f"runs/{name}/1/metrics.json")
        comparison = read_json(results / f"runs/{name}/1/comparison.json")
        test, hard = metrics["parts"]["test"], metrics["subsets"]["hard(hypothesis)"]
        low, high = test["interval"]
        difference = f"{100 * comparison['difference']:+.1f}".replace("-", "\u2212")
        p = comparison["p_value"]
        assert table_rows(page)[name].split(" ", 1)[1] == " ".join(
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
    assert table_rows(page)["bert_full"] == (
        f"bert_full 76.5 % {percent(test['accuracy'])} {100 * low:.1f}–{100 * high:.1f}"
        f" {percent(test['macro_f1'])} {percent(test['uar'])} 50.0 % 118 M 60.0 s"
    )


def test_insignificant_differences_are_grey(results: Path, page: str) -> None:
    rows = section(page).split("<tr>")
    grey = {
        name
        for name in EXPERIMENTS
        for row in rows
        if f"#{name}" in row and '"insignificant"' in row
    }
    insignificant = {
        name
        for name in ("bert_lora", "bert_frozen")
        if read_json(results / f"runs/{name}/1/comparison.json")["p_value"] > 0.05
    }
    assert grey == insignificant == {"bert_lora"}


def test_the_note_names_the_test_and_the_number_of_comparisons(page: str, results: Path) -> None:
    text = visible_text(section(page))
    assert "McNemar's exact test over the 100 test items" in text
    assert "The 2 p-values are not corrected for the number of comparisons" in text
    one = render_report(results, experiments=without_variants("bert_frozen"))
    assert list(table_rows(one)) == ["bert_full", "bert_lora"]
    assert "not corrected" not in one


def test_variants_without_their_base_are_not_compared(results: Path) -> None:
    html = render_report(results, order=["bert_frozen", "bert_lora"])
    assert 'id="variants"' not in html
    assert 'href="#bert_full"' not in html
    assert "variant of bert_full" in visible_text(card(html, "bert_lora"))


def test_no_variants_no_section(results: Path) -> None:
    experiments = without_variants("bert_lora", "bert_frozen")
    assert 'id="variants"' not in render_report(results, experiments=experiments)
    assert 'id="variants"' not in render_report(results, order=["hubert", "hubert_corrected"])


def test_families_keep_the_order_of_experiments(results: Path) -> None:
    """A variant may have variants itself, and a base may come after its variants."""
    experiments = EXPERIMENTS | {
        "bert_frozen": {**EXPERIMENTS["bert_frozen"], "variant_of": "bert_lora"}
    }
    names = ["bert_frozen", "bert_lora", "bert_full"]
    base_results = read_classification_results(
        {name: experiments[name] for name in names}, [1], results / "runs"
    )
    corpora = {"farstail": {"items": 1, "reported_items": None}}
    families = read_families(base_results, corpora, "real", results / "runs")
    assert [(f.base, [row.result.name for row in f.rows]) for f in families] == [
        ("bert_lora", ["bert_lora", "bert_frozen"]),
        ("bert_full", ["bert_full", "bert_lora"]),
    ]
    assert [row.comparison is None for row in families[0].rows] == [True, False]
    assert [(f.comparisons, f.items) for f in families] == [(1, 100), (1, 100)]
    assert all(row.reported is None for family in families for row in family.rows)


def test_subsets_have_columns_if_there_are_any(results: Path, tmp_path: Path) -> None:
    assert "hard(hypothesis) 40 items" in visible_text(section(render_report(results)))
    write_results(tmp_path)
    for name in ("bert_full", "bert_lora", "bert_frozen"):
        file = tmp_path / f"runs/{name}/1/metrics.json"
        metrics = {k: v for k, v in read_json(file).items() if k != "subsets"}
        write_json(file, metrics)
    html = render_report(tmp_path)
    assert "hard(" not in html
    assert "subsets" not in visible_text(card(html, "bert_full"))


@pytest.mark.parametrize("changes", [{"data": "demo"}, {"reported_items": 121}])
def test_reported_metrics_are_shown_for_the_same_corpus_only(
    results: Path, page: str, changes: dict[str, Any]
) -> None:
    assert "<th>reported</th>" in section(page)
    if "reported_items" in changes:
        corpora = SETTINGS["corpora"]
        changes = {"corpora": {**corpora, "farstail": {**corpora["farstail"], **changes}}}
    other = render_report(results, **changes)
    assert "<th>reported</th>" not in section(other)
    for text in ("test accuracy 76.54 %", "UAR 74.32 %", "61.23 %"):
        assert text in visible_text(card(page, "bert_full"))
        assert text not in visible_text(card(other, "bert_full"))
    assert "76.5" not in table_rows(other)["bert_full"]


def test_several_seeds_show_means_and_compare_the_first(tmp_path: Path) -> None:
    write_results(tmp_path, (1, 2))
    page = render_report(tmp_path, seeds=[1, 2])
    folders = [tmp_path / f"runs/bert_frozen/{seed}" for seed in (1, 2)]
    tests = [read_json(folder / "metrics.json")["parts"]["test"] for folder in folders]
    accuracies = [test["accuracy"] for test in tests]
    row = table_rows(page)["bert_frozen"]
    assert f"{percent(mean(accuracies))} ± {round(100 * stdev(accuracies), 1)}" in row
    assert percent(mean(test["uar"] for test in tests)) in row
    first = read_json(folders[0] / "comparison.json")["difference"]
    assert f"{100 * first:+.1f}".replace("-", "\u2212") in row
    assert "of seed 1; p is the p-value" in visible_text(section(page))


def test_a_card_shows_what_is_particular_to_the_experiment(results: Path, page: str) -> None:
    test = read_json(results / "runs/bert_lora/1/metrics.json")["parts"]["test"]
    html = card(page, "bert_lora")
    text = visible_text(html)
    assert f"weighted F1 {percent(test['weighted_f1'])}, UAR {percent(test['uar'])}" in text
    assert "590,592 trained of 118,299,651 parameters" in text
    assert "subsets hard(hypothesis) 72.5 % (40 items, " in text
    assert '<a href="#bert_full">bert_full</a>' in html
    assert '<a href="#split-farstail-partitions">' in html
    assert "chunks vote" not in text
    full = visible_text(card(page, "bert_full"))
    assert "cost 118,299,651 parameters" in full
    full = full.replace("\xa0", " ")
    for row in ("macro F1 75.43 %", "UAR 74.32 %", "1 60.1 % 61.23 % 2 63.6 % 62.34 %"):
        assert row in full
    emotions = visible_text(card(page, "hubert"))
    assert "scored by recording: its chunks vote" in emotions
    assert "subsets" not in emotions and "variant of" not in emotions


def test_corpora_of_texts_have_no_length(page: str) -> None:
    data = page.split('<h2 id="data">')[1].split("<h2")[0]
    first, second = (visible_text(row) for row in data.split("<tr>")[2:])
    assert first.startswith("shemo Emotions, licence CC0 folder 24 2 4 12.0 s 8000 Hz 0")
    assert second.startswith("farstail Inference, licence CC0 folder 120 3 none text pairs 0")


def test_pairs_are_shown_without_audio(page: str) -> None:
    html = card(page, "bert_frozen")
    tags = PageText(html).tags
    texts = [attrs for _, attrs in tags if attrs.get("dir") == "auto"]
    assert len(texts) == 16
    # The language of the texts is not known to the page.
    assert not any("lang" in attrs for attrs in texts)
    assert "audio" not in [tag for tag, _ in tags]
    assert "audio" in [tag for tag, _ in PageText(card(page, "hubert")).tags]
    assert EVIL not in page
    assert f"hypothesis {HYPOTHESIS}{EVIL}" in visible_text(html)


def test_the_summary_has_metrics_and_parameters(results: Path, page: str) -> None:
    rows = {row["experiment"]: row for row in rows_of(read_table(results / "summary.csv"))}
    test = read_json(results / "runs/bert_lora/1/metrics.json")["parts"]["test"]
    for name in ("macro_f1", "weighted_f1", "uar"):
        assert float(rows["bert_lora"][name]) == test[name]
    assert rows["bert_lora"]["trained_parameters"] == "590592"
    assert rows["bert_lora"]["total_parameters"] == "118299651"
