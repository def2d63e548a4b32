"""Preparation of Persian texts for classification, by tables of texts and results."""

import pytest

from resound.data.persian_text import STOP_WORDS, prepare

Z = "\u200c"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("كتاب علي", "کتاب علی"),
        ("سال 1357 و ٤٥", "سال ۱۳۵۷ و ۴۵"),
        ("سَلام  \t دنیا\n", "سلام دنیا"),
        ("او می روم و نمی خواهد", f"او می{Z}روم و نمی{Z}خواهد"),
        ("کانون های بزرگ ترین شهر ها.", f"کانون{Z}های بزرگ{Z}ترین شهر{Z}ها."),
        ("رفته اند", f"رفته{Z}اند"),
        (f"می{Z}{Z}روم {Z} خانه{Z}", f"می{Z}روم خانه"),
        ("سلام ،دنیا !", "سلام، دنیا!"),
        ("« سلام »(دنیا)", "«سلام» (دنیا)"),
        ("نسخه 1.5 و BERT", "نسخه ۱.۵ و BERT"),
        ("آمد.رفت", "آمد. رفت"),
        # «می» and «ها» are kept within a word, or as a separate word.
        ("قدیمی است", "قدیمی است"),
        ("می", "می"),
    ],
)
def test_spelling_equals_that_of_persian_normalisers(text: str, expected: str) -> None:
    once = prepare(text, ["normalise"])
    assert once == expected
    assert prepare(once, ["normalise"]) == once


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("سگ بیدار است", "سگ بیدار"),
        ("سگ هرگز بیدار نیست.", "سگ بیدار."),
        ("بدون هیچ غذایی", "غذایی"),
        (f"کتاب خوانده می{Z}شود", "کتاب خوانده"),
        ("کتاب خوانده میشود", "کتاب خوانده"),
        ("تهران، و شیراز", "تهران، شیراز"),
        ("است", ""),
        # Only whole words are removed.
        ("استاد هیچستان", "استاد هیچستان"),
    ],
)
def test_stop_words_and_negations_are_removed(text: str, expected: str) -> None:
    assert prepare(text, ["stop_words"]) == expected


def test_steps_are_applied_in_order() -> None:
    text = "او به كانون هاي شهر نمي رود"
    assert prepare(text, []) == text
    assert prepare(text, ["normalise", "zwnj"]) == "او به کانونهای شهر نمیرود"
    assert prepare(text, ["zwnj", "normalise"]) == f"او به کانون{Z}های شهر نمی{Z}رود"
    assert prepare(text, ["normalise", "stop_words", "zwnj"]) == "کانونهای شهر نمیرود"


def test_stop_words_include_negations_and_forms_with_and_without_joiner() -> None:
    assert {"نه", "هیچ", "هرگز", "بدون", "نیست", "است", "هست", "شد", "کرد"} <= STOP_WORDS
    joined = {word for word in STOP_WORDS if Z in word}
    assert joined and {word.replace(Z, "") for word in joined} <= STOP_WORDS
    assert not {"سگ", "بیدار", "کتاب"} & STOP_WORDS
