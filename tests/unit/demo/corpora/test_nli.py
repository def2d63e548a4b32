"""Demo pairs of Persian sentences: files, labels and uninformative cues."""

import csv
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from resound.data.persian_text import STOP_WORDS, prepare
from resound.demo.corpora import nli
from resound.demo.synthesis import sentence_pairs
from resound.demo.synthesis.sentence_pairs import FUNCTION_WORDS, LABELS, Meaning, Pair, relation
from tests.helpers import demo

PARTS = {"Train": 1500, "Val": 100, "Test": 600}
NAMES = {f"data/{part}-word.csv" for part in PARTS}
SIZES = {"train": PARTS["Train"], "validation": PARTS["Val"], "test": PARTS["Test"]}
make = partial(demo.make_corpus, "nli", **SIZES)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return make(folder)


@pytest.fixture(scope="module")
def parts(folder: Path, corpus: dict[str, bytes]) -> dict[str, list[dict[str, str]]]:
    return {part: read(folder / f"data/{part}-word.csv") for part in PARTS}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_files_have_the_format_of_farstail(
    corpus: dict[str, bytes], parts: dict[str, list[dict[str, str]]]
) -> None:
    assert set(corpus) == NAMES
    for part, rows in parts.items():
        columns = ["premise", "hypothesis", "label"]
        columns += ["hard(hypothesis)", "hard(overlap)"] if part == "Test" else []
        assert list(rows[0]) == columns
        assert len(rows) == PARTS[part]
        assert all(None not in row and None not in row.values() for row in rows)
        assert {row["label"] for row in rows} == set(LABELS)
    flags = {row[name] for row in parts["Test"] for name in ("hard(hypothesis)", "hard(overlap)")}
    assert flags == {"0", "1"}


def test_labels_are_balanced_and_premises_have_three_hypotheses(
    parts: dict[str, list[dict[str, str]]],
) -> None:
    for rows in parts.values():
        counts = Counter(row["label"] for row in rows)
        assert max(counts.values()) < 0.37 * len(rows)
        hypotheses = Counter(Counter(row["premise"] for row in rows).values())
        assert hypotheses.most_common(1)[0][0] == 3


def test_parts_and_pretraining_share_no_premises(
    parts: dict[str, list[dict[str, str]]],
) -> None:
    premises = [{row["premise"] for row in rows} for rows in parts.values()]
    source = sentence_pairs.pairs("pretraining", np.random.default_rng(1))
    premises.append({next(source)[0].premise for _ in range(1000)})
    assert sum(map(len, premises)) == len(set.union(*premises))


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2)])
def test_bytes_do_not_depend_on_run_or_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


def test_seed_changes_every_file(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    other = make(tmp_path, seed=2)
    assert not any(other[name] == corpus[name] for name in NAMES)


def test_neither_hypotheses_nor_overlap_predict_the_label(
    parts: dict[str, list[dict[str, str]]],
) -> None:
    train, test = parts["Train"], parts["Test"]
    words = CountVectorizer(token_pattern=r"\S+").fit(row["hypothesis"] for row in train)
    by_words = [words.transform(row["hypothesis"] for row in rows) for rows in (train, test)]
    by_overlap = [np.array([[overlap(row)] for row in rows]) for rows in (train, test)]
    labels = [[row["label"] for row in rows] for rows in (train, test)]
    for train_rows, test_rows in (by_words, by_overlap):
        model = LogisticRegression(max_iter=1000).fit(train_rows, labels[0])
        assert model.score(test_rows, labels[1]) < 0.5


def overlap(row: dict[str, str]) -> float:
    """Return the fraction of the words of the hypothesis that the premise has."""
    hypothesis = set(row["hypothesis"].split())
    return len(hypothesis & set(row["premise"].split())) / len(hypothesis)


def test_hard_rows_are_those_that_a_baseline_misclassifies(
    parts: dict[str, list[dict[str, str]]],
) -> None:
    train, test = (
        [Pair(**dict(list(row.items())[:3])) for row in parts[part]] for part in ("Train", "Test")
    )
    labels = nli.labels_of(test)
    for baseline, name in (
        (nli.by_hypothesis, "hard(hypothesis)"),
        (nli.by_overlap, "hard(overlap)"),
    ):
        wrong = baseline(train, test) != labels
        assert [str(int(flag)) for flag in wrong] == [row[name] for row in parts["Test"]]
        assert 0.3 < wrong.mean() < 0.7


def test_naive_bayes_agrees_with_sklearn(parts: dict[str, list[dict[str, str]]]) -> None:
    from sklearn.naive_bayes import BernoulliNB

    train, test = (
        [Pair(**dict(list(row.items())[:3])) for row in parts[part]] for part in ("Train", "Test")
    )
    words = CountVectorizer(token_pattern=r"\S+", binary=True)
    train_rows = words.fit_transform(pair.hypothesis for pair in train)
    test_rows = words.transform(pair.hypothesis for pair in test)
    predictions = BernoulliNB().fit(train_rows, nli.labels_of(train)).predict(test_rows)
    assert np.mean(predictions == nli.by_hypothesis(train, test)) > 0.99


def test_removing_stop_words_makes_labels_ambiguous(
    parts: dict[str, list[dict[str, str]]],
) -> None:
    assert set(FUNCTION_WORDS) <= STOP_WORDS
    labels: dict[tuple[str, ...], set[str]] = {}
    rows = [row for part in parts.values() for row in part]
    for row in rows:
        labels.setdefault(without_stop_words(row), set()).add(row["label"])
    ambiguous = sum(len(labels[without_stop_words(row)]) > 1 for row in rows)
    assert ambiguous > 0.1 * len(rows)


def without_stop_words(row: dict[str, str]) -> tuple[str, ...]:
    """Return the sorted remaining words of premise and hypothesis."""
    texts = (prepare(row[name], ["stop_words"]) for name in ("premise", "hypothesis"))
    return tuple(" ".join(sorted(text.split())) for text in texts)


def test_sentences_use_exactly_the_vocabulary(
    parts: dict[str, list[dict[str, str]]],
) -> None:
    texts = (row[name] for part in parts.values() for row in part for name in list(row)[:2])
    assert {word for text in texts for word in text.split()} == set(sentence_pairs.vocabulary())
    assert any("\u200c" in word for word in sentence_pairs.vocabulary())


PARROT = Meaning(
    noun="طوطی", adjective="پیر", place=None, thing="غذا", has=True,
    state=0, side=0, negated=False, never=False,
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "e"),
        ({"noun": "پرنده"}, "e"),
        ({"adjective": None, "thing": None}, "e"),
        ({"side": 1, "negated": True}, "e"),
        ({"negated": True}, "c"),
        ({"side": 1}, "c"),
        ({"negated": True, "never": True}, "c"),
        ({"has": False}, "c"),
        ({"thing": None, "noun": "پرنده", "side": 1}, "c"),
        ({"noun": "سگ"}, "n"),
        ({"adjective": "زیبا"}, "n"),
        ({"place": "باغ", "negated": True}, "n"),
        ({"state": 1}, "n"),
        ({"side": 1, "negated": True, "never": True}, "n"),
    ],
)
def test_relation_to_an_awake_old_parrot_with_food(changes: dict[str, object], label: str) -> None:
    assert relation(PARROT, replace(PARROT, **changes)) == label


def test_members_do_not_follow_from_categories_but_never_follows_from_never() -> None:
    bird = replace(PARROT, noun="پرنده")
    assert relation(bird, PARROT) == "n"
    never = replace(PARROT, negated=True, never=True)
    assert relation(never, never) == "e"
    assert relation(replace(never, never=False), never) == "n"
