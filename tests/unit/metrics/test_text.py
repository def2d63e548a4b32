"""Metrics of texts: against counts by hand, an independent edit distance and sacrebleu's scores."""

import random

import pytest
import sacrebleu
from rapidfuzz.distance import Levenshtein

from resound.metrics.text import (
    align_words,
    sentence_chrf,
    transcription_metrics,
    translation_metrics,
    word_error_rate,
)

# Reference, hypothesis, and hits, substitutions, deletions, insertions counted by hand.
BY_HAND = [
    ("the cat sat", "the cat sat", 3, 0, 0, 0),
    ("the cat sat", "the bat sat", 2, 1, 0, 0),
    ("the cat sat", "the sat", 2, 0, 1, 0),
    ("the cat sat", "the big cat sat", 3, 0, 0, 1),
    ("the cat sat", "", 0, 0, 3, 0),
    ("", "hello there", 0, 0, 0, 2),
    ("", "", 0, 0, 0, 0),
    ("one", "two three", 0, 1, 0, 1),
    ("a b c d e f", "z a x c d f", 4, 1, 1, 1),
    ("من به خانه ی خود رفتم", "من خانه ی خود می رفتم", 5, 0, 1, 1),
    (" the\tcat \n sat ", "the  cat sat", 3, 0, 0, 0),
]

COUNTS = ("hits", "substitutions", "deletions", "insertions")

REFERENCES = ["the cat sat on the mat", 'he said, "no"', "it rains in the north today", "good"]
HYPOTHESES = ["the cat sat on a mat", "he said no", "it is raining in the north", "good"]


def edit_distance(source: list[str], target: list[str]) -> int:
    """Return Levenshtein's distance, by dynamic programming."""
    row = list(range(len(target) + 1))
    for n, one in enumerate(source, 1):
        previous, row = row, [n]
        for m, other in enumerate(target, 1):
            row.append(min(previous[m] + 1, row[-1] + 1, previous[m - 1] + (one != other)))
    return row[-1]


def texts(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """Return references of random words, and hypotheses of words from the same list."""
    generator = random.Random(seed)

    def text() -> str:
        return " ".join(generator.choices("ab bc cd سلام دنیا e".split(), k=generator.randrange(9)))

    return [text() for _ in range(count)], [text() for _ in range(count)]


@pytest.mark.parametrize(
    ("reference", "hypothesis", "hits", "substituted", "deleted", "inserted"), BY_HAND
)
def test_errors_equal_counts_by_hand(
    reference: str, hypothesis: str, hits: int, substituted: int, deleted: int, inserted: int
) -> None:
    metrics = transcription_metrics([reference], [hypothesis], None)
    expected = (hits, substituted, deleted, inserted)
    assert tuple(metrics[name] for name in COUNTS) == expected
    assert metrics["words"] == len(reference.split()) == hits + substituted + deleted
    errors = substituted + deleted + inserted
    assert metrics["wer"] == pytest.approx(errors / max(1, len(reference.split())))
    assert word_error_rate(align_words(reference, hypothesis)) == metrics["wer"]


def test_rates_are_those_of_the_whole_corpus() -> None:
    metrics = transcription_metrics(
        [case[0] for case in BY_HAND], [case[1] for case in BY_HAND], None
    )
    expected = [sum(int(case[n]) for case in BY_HAND) for n in (2, 3, 4, 5)]
    assert [metrics[name] for name in COUNTS] == expected
    assert metrics["words"] == 31
    assert metrics["wer"] == pytest.approx(sum(expected[1:]) / 31)


def test_rates_equal_independent_edit_distances() -> None:
    references, hypotheses = texts(200)
    metrics = transcription_metrics(references, hypotheses, None)
    pairs = list(zip(references, hypotheses))
    words = sum(len(reference.split()) for reference in references)
    assert metrics["wer"] == pytest.approx(
        sum(edit_distance(a.split(), b.split()) for a, b in pairs) / words
    )
    characters = sum(Levenshtein.distance(a, b) for a, b in pairs)
    assert characters == sum(edit_distance(list(a), list(b)) for a, b in pairs)
    assert metrics["cer"] == pytest.approx(characters / sum(map(len, references)))
    errors = metrics["substitutions"] + metrics["deletions"] + metrics["insertions"]
    assert errors / metrics["words"] == pytest.approx(metrics["wer"])


def test_empty_references_do_not_divide_by_zero() -> None:
    metrics = transcription_metrics(["", " "], ["", "a b"], None)
    assert (metrics["words"], metrics["wer"], metrics["insertions"]) == (0, 2.0, 2)
    silent = transcription_metrics(["", ""], ["", ""], ["s", "t"])
    assert (silent["wer"], silent["cer"], silent["interval"]) == (0.0, 0.0, [0.0, 0.0])


def test_a_rate_may_exceed_one() -> None:
    assert transcription_metrics(["one"], ["a b c"], None)["wer"] == 3.0


def test_interval_contains_the_rate_and_is_reproducible() -> None:
    references, hypotheses = texts(60)
    metrics = transcription_metrics(references, hypotheses, None)
    assert metrics == transcription_metrics(references, hypotheses, None)
    low, high = metrics["interval"]
    assert low < metrics["wer"] < high
    assert metrics["interval_method"] == "bootstrap by clip"


def test_interval_narrows_with_more_clips() -> None:
    widths = []
    for count in (50, 800):
        low, high = transcription_metrics(*texts(count), None)["interval"]
        widths.append(high - low)
    assert 2.5 < widths[0] / widths[1] < 6.5  # about the square root of 16


def test_interval_of_identical_clips_has_no_width() -> None:
    metrics = transcription_metrics(["a b c d"] * 9, ["a b c x"] * 9, None)
    assert metrics["interval"] == [0.25, 0.25] == [metrics["wer"]] * 2
    assert transcription_metrics(["a b"], ["a"], None)["interval"] == [0.5, 0.5]


def test_interval_is_over_whole_groups() -> None:
    """One speaker is all correct and one all wrong, so another may have any error rate."""
    references, hypotheses = ["a b"] * 20, ["a b"] * 10 + ["x y"] * 10
    speakers = ["s"] * 10 + ["t"] * 10
    metrics = transcription_metrics(references, hypotheses, speakers)
    assert metrics["interval_groups"] == 2
    assert metrics["interval"][0] < 0.02
    assert metrics["interval"][1] > 1
    low, high = transcription_metrics(references, hypotheses, None)["interval"]
    assert 0.2 < low < high < 0.8
    assert metrics["wer"] == 0.5


def test_one_group_resamples_clips() -> None:
    metrics = transcription_metrics(["a b", "a"], ["a b", "x"], ["s", "s"])
    assert metrics["interval_method"] == "bootstrap by clip"
    assert metrics["interval_groups"] == 1


def test_order_of_groups_does_not_matter() -> None:
    references, hypotheses = texts(60)
    groups = [f"s{n % 7}" for n in range(60)]
    order = random.Random(1).sample(range(60), 60)
    again = transcription_metrics(
        *([column[n] for n in order] for column in (references, hypotheses, groups))
    )
    assert again == transcription_metrics(references, hypotheses, groups)


def test_translation_metrics_equal_sacrebleu() -> None:
    metrics = translation_metrics(REFERENCES, HYPOTHESES, None)
    assert metrics["bleu"] == sacrebleu.corpus_bleu(HYPOTHESES, [REFERENCES]).score
    assert metrics["chrf"] == sacrebleu.corpus_chrf(HYPOTHESES, [REFERENCES]).score
    version = sacrebleu.__version__
    bleu = f"nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:{version}"
    chrf = f"nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:{version}"
    assert (metrics["bleu_signature"], metrics["chrf_signature"]) == (bleu, chrf)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_translation_intervals_contain_the_score_and_are_reproducible(name: str) -> None:
    references, hypotheses = REFERENCES * 10, HYPOTHESES * 10
    metrics = translation_metrics(references, hypotheses, None)
    assert metrics == translation_metrics(references, hypotheses, None)
    low, high = metrics[f"{name}_interval"]
    assert 0 <= low < metrics[name] < high <= 100


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_translation_intervals_are_near_sacrebleus_own(name: str) -> None:
    metric = {"bleu": sacrebleu.metrics.BLEU(), "chrf": sacrebleu.metrics.CHRF()}[name]
    references, hypotheses = REFERENCES * 25, HYPOTHESES * 25
    own = metric.corpus_score(hypotheses, [references], n_bootstrap=2000)
    low, high = translation_metrics(references, hypotheses, None)[f"{name}_interval"]
    assert (high - low) / 2 == pytest.approx(own._ci, rel=0.1)
    assert (low + high) / 2 == pytest.approx(own._mean, abs=float(own._ci) / 5)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_translation_interval_over_few_groups_is_the_jackknifes(name: str) -> None:
    references, hypotheses = REFERENCES * 3, HYPOTHESES * 3
    speakers = ["s", "t", "u", "u"] * 3
    metrics = translation_metrics(references, hypotheses, speakers)
    score = {"bleu": sacrebleu.corpus_bleu, "chrf": sacrebleu.corpus_chrf}[name]

    def without(speaker: str) -> float:
        kept = [n for n, own in enumerate(speakers) if own != speaker]
        return float(score([hypotheses[n] for n in kept], [[references[n] for n in kept]]).score)

    deviations = [without(speaker) - metrics[name] for speaker in "stu"]
    margin = 4.3027 * (2 / 3 * sum(d**2 for d in deviations)) ** 0.5  # t of 2 degrees of freedom
    low, high = metrics[f"{name}_interval"]
    assert low == pytest.approx(max(0, metrics[name] - margin), abs=0.01)
    assert high == pytest.approx(min(100, metrics[name] + margin), abs=0.01)
    assert metrics[f"{name}_interval_method"] == "jackknife by group (Student's t)"
    assert metrics[f"{name}_interval_groups"] == 3


def test_perfect_and_empty_translations() -> None:
    perfect = translation_metrics(REFERENCES, REFERENCES, None)
    assert perfect["bleu"] == pytest.approx(100)
    assert perfect["chrf"] == pytest.approx(100)
    assert perfect["bleu_interval"] == pytest.approx([100, 100])
    empty = translation_metrics(REFERENCES, [""] * 4, None)
    assert (empty["bleu"], empty["chrf"], empty["bleu_interval"]) == (0, 0, [0, 0])


@pytest.mark.parametrize(
    ("reference", "hypothesis"), [*zip(REFERENCES, HYPOTHESES), ("a", ""), ("", "a")]
)
def test_sentence_chrf_equals_sacrebleu(reference: str, hypothesis: str) -> None:
    expected = sacrebleu.sentence_chrf(hypothesis, [reference]).score
    assert sentence_chrf(reference, hypothesis) == expected


def test_words_are_align_words() -> None:
    assert align_words("the cat sat down", "a the cat stood") == [
        ("insert", "", "a"),
        ("equal", "the", "the"),
        ("equal", "cat", "cat"),
        ("substitute", "sat", "stood"),
        ("delete", "down", ""),
    ]
    assert align_words("", "") == []
    assert align_words("", "a b") == [("insert", "", "a"), ("insert", "", "b")]
    assert align_words("a b", "") == [("delete", "a", ""), ("delete", "b", "")]


def test_alignment_holds_the_words_of_both_texts() -> None:
    for reference, hypothesis in zip(*texts(100, seed=1)):
        alignment = align_words(reference, hypothesis)
        assert [word for _, word, _ in alignment if word] == reference.split()
        assert [word for _, _, word in alignment if word] == hypothesis.split()
        errors = sum(operation != "equal" for operation, _, _ in alignment)
        assert errors == edit_distance(reference.split(), hypothesis.split())
        for operation, word, other in alignment:
            assert (operation == "equal") == (word == other)
