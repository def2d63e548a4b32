"""Figures of texts: against counts by hand, an edit distance of its own, and sacrebleu's scores."""

import random

import pytest
import sacrebleu
from rapidfuzz.distance import Levenshtein

from resound.metrics.text import (
    aligned,
    error_rate,
    sentence_chrf,
    translation_figures,
    word_figures,
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

REFERENCES = ["the cat sat on the mat", 'he said, "no"', "it rains in the north today", "good"]
HYPOTHESES = ["the cat sat on a mat", "he said no", "it is raining in the north", "good"]


def distance(ours: list[str], theirs: list[str]) -> int:
    """Levenshtein's distance, by the textbook's table."""
    row = list(range(len(theirs) + 1))
    for n, one in enumerate(ours, 1):
        last, row = row, [n]
        for m, other in enumerate(theirs, 1):
            row.append(min(last[m] + 1, row[-1] + 1, last[m - 1] + (one != other)))
    return row[-1]


def texts(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """References of random words, and hypotheses that share some of them."""
    generator = random.Random(seed)

    def text() -> str:
        return " ".join(generator.choices("ab bc cd سلام دنیا e".split(), k=generator.randrange(9)))

    return [text() for _ in range(count)], [text() for _ in range(count)]


@pytest.mark.parametrize(("said", "heard", "hits", "substituted", "deleted", "inserted"), BY_HAND)
def test_errors_are_those_counted_by_hand(
    said: str, heard: str, hits: int, substituted: int, deleted: int, inserted: int
) -> None:
    made = word_figures([said], [heard], None)
    counted = (hits, substituted, deleted, inserted)
    assert tuple(made[k] for k in ("hits", "substitutions", "deletions", "insertions")) == counted
    assert made["words"] == len(said.split()) == hits + substituted + deleted
    errors = substituted + deleted + inserted
    assert made["wer"] == pytest.approx(errors / max(1, len(said.split())))
    assert error_rate(aligned(said, heard)) == made["wer"]


def test_rates_are_those_of_the_whole_corpus() -> None:
    made = word_figures([case[0] for case in BY_HAND], [case[1] for case in BY_HAND], None)
    counted = [sum(case[n] for case in BY_HAND) for n in (2, 3, 4, 5)]
    kinds = ("hits", "substitutions", "deletions", "insertions")
    assert [made[kind] for kind in kinds] == counted
    assert made["words"] == 31
    assert made["wer"] == pytest.approx(sum(counted[1:]) / 31)


def test_rates_equal_independent_edit_distances() -> None:
    references, hypotheses = texts(200)
    made = word_figures(references, hypotheses, None)
    pairs = list(zip(references, hypotheses))
    words = sum(len(said.split()) for said in references)
    assert made["wer"] == pytest.approx(
        sum(distance(a.split(), b.split()) for a, b in pairs) / words
    )
    characters = sum(Levenshtein.distance(a, b) for a, b in pairs)
    assert characters == sum(distance(list(a), list(b)) for a, b in pairs)
    assert made["cer"] == pytest.approx(characters / sum(map(len, references)))
    errors = made["substitutions"] + made["deletions"] + made["insertions"]
    assert errors / made["words"] == pytest.approx(made["wer"])


def test_references_that_are_all_empty_do_not_divide_by_nothing() -> None:
    made = word_figures(["", " "], ["", "a b"], None)
    assert (made["words"], made["wer"], made["insertions"]) == (0, 2.0, 2)
    quiet = word_figures(["", ""], ["", ""], ["s", "t"])
    assert (quiet["wer"], quiet["cer"], quiet["interval"]) == (0.0, 0.0, [0.0, 0.0])


def test_a_rate_may_pass_one() -> None:
    assert word_figures(["one"], ["a b c"], None)["wer"] == 3.0


def test_interval_holds_the_rate_and_repeats() -> None:
    references, hypotheses = texts(60)
    made = word_figures(references, hypotheses, None)
    assert made == word_figures(references, hypotheses, None)
    low, high = made["interval"]
    assert low < made["wer"] < high
    assert made["interval_method"] == "bootstrap by clip"


def test_interval_narrows_as_clips_grow() -> None:
    widths = []
    for count in (50, 800):
        low, high = word_figures(*texts(count), None)["interval"]
        widths.append(high - low)
    assert 2.5 < widths[0] / widths[1] < 6.5  # about the square root of 16


def test_interval_of_like_clips_has_no_width() -> None:
    made = word_figures(["a b c d"] * 9, ["a b c x"] * 9, None)
    assert made["interval"] == [0.25, 0.25] == [made["wer"]] * 2
    assert word_figures(["a b"], ["a"], None)["interval"] == [0.5, 0.5]


def test_interval_draws_whole_groups() -> None:
    """Of two speakers, one heard rightly and one not at all, only 0, a half and 1 can come out."""
    references, hypotheses = ["a b"] * 20, ["a b"] * 10 + ["x y"] * 10
    speakers = ["s"] * 10 + ["t"] * 10
    made = word_figures(references, hypotheses, speakers)
    assert made["interval_method"] == "bootstrap by group"
    assert made["interval"] == [0.0, 1.0]
    low, high = word_figures(references, hypotheses, None)["interval"]
    assert 0.2 < low < high < 0.8
    assert made["wer"] == 0.5


def test_one_group_resamples_clips() -> None:
    made = word_figures(["a b", "a"], ["a b", "x"], ["s", "s"])
    assert made["interval_method"] == "bootstrap by clip"


def test_order_of_groups_does_not_matter() -> None:
    references, hypotheses = texts(60)
    groups = [f"s{n % 7}" for n in range(60)]
    turned = random.Random(1).sample(range(60), 60)
    again = word_figures(
        *([column[n] for n in turned] for column in (references, hypotheses, groups))
    )
    assert again == word_figures(references, hypotheses, groups)


def test_translations_score_as_sacrebleu_says() -> None:
    made = translation_figures(REFERENCES, HYPOTHESES)
    assert made["bleu"] == sacrebleu.corpus_bleu(HYPOTHESES, [REFERENCES]).score
    assert made["chrf"] == sacrebleu.corpus_chrf(HYPOTHESES, [REFERENCES]).score
    version = sacrebleu.__version__
    bleu = f"nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:{version}"
    chrf = f"nrefs:1|case:mixed|eff:yes|nc:6|nw:0|space:no|version:{version}"
    assert (made["bleu_signature"], made["chrf_signature"]) == (bleu, chrf)


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_translation_intervals_hold_the_score_and_repeat(name: str) -> None:
    references, hypotheses = REFERENCES * 10, HYPOTHESES * 10
    made = translation_figures(references, hypotheses)
    assert made == translation_figures(references, hypotheses)
    low, high = made[f"{name}_interval"]
    assert 0 <= low < made[name] < high <= 100


@pytest.mark.parametrize("name", ["bleu", "chrf"])
def test_translation_intervals_are_near_sacrebleus_own(name: str) -> None:
    metric = {"bleu": sacrebleu.metrics.BLEU(), "chrf": sacrebleu.metrics.CHRF()}[name]
    references, hypotheses = REFERENCES * 25, HYPOTHESES * 25
    own = metric.corpus_score(hypotheses, [references], n_bootstrap=2000)
    low, high = translation_figures(references, hypotheses)[f"{name}_interval"]
    assert (high - low) / 2 == pytest.approx(own._ci, rel=0.1)
    assert (low + high) / 2 == pytest.approx(own._mean, abs=float(own._ci) / 5)


def test_right_and_empty_translations() -> None:
    right = translation_figures(REFERENCES, REFERENCES)
    assert right["bleu"] == pytest.approx(100)
    assert right["chrf"] == pytest.approx(100)
    assert right["bleu_interval"] == pytest.approx([100, 100])
    empty = translation_figures(REFERENCES, [""] * 4)
    assert (empty["bleu"], empty["chrf"], empty["bleu_interval"]) == (0, 0, [0, 0])


@pytest.mark.parametrize(("said", "heard"), [*zip(REFERENCES, HYPOTHESES), ("a", ""), ("", "a")])
def test_one_translation_scores_as_sacrebleu_says(said: str, heard: str) -> None:
    assert sentence_chrf(said, heard) == sacrebleu.sentence_chrf(heard, [said]).score


def test_words_stand_side_by_side() -> None:
    assert aligned("the cat sat down", "a the cat stood") == [
        ("insert", "", "a"),
        ("equal", "the", "the"),
        ("equal", "cat", "cat"),
        ("substitute", "sat", "stood"),
        ("delete", "down", ""),
    ]
    assert aligned("", "") == []
    assert aligned("", "a b") == [("insert", "", "a"), ("insert", "", "b")]
    assert aligned("a b", "") == [("delete", "a", ""), ("delete", "b", "")]


def test_aligned_words_are_those_of_both_texts() -> None:
    for said, heard in zip(*texts(100, seed=1)):
        pairs = aligned(said, heard)
        assert [word for _, word, _ in pairs if word] == said.split()
        assert [word for _, _, word in pairs if word] == heard.split()
        assert sum(kind != "equal" for kind, _, _ in pairs) == distance(said.split(), heard.split())
        for kind, word, other in pairs:
            assert (kind == "equal") == (word == other)
