"""The normaliser of Persian text, by a table of texts and their normal forms."""

import random
import sys

import pytest

from resound.data.persian_normaliser import VERSION, normalise

CASES = [
    ("", ""),
    (" \t\n ", ""),
    ("سلام دنیا", "سلام دنیا"),
    ("  سلام \t\n دنیا  ", "سلام دنیا"),
    # Arabic letters
    ("كتاب علي", "کتاب علی"),
    ("موسى", "موسی"),
    ("مدرسة خانۀ", "مدرسه خانه"),
    ("خانه\u0654 ما", "خانه ما"),
    ("أحمد إسلام ٱلله", "احمد اسلام الله"),
    ("مؤمن", "مومن"),
    ("ا\u0654حمد م\u0648\u0654من", "احمد مومن"),
    # letters that are kept
    ("آب", "آب"),
    ("ا\u0653ب", "آب"),
    ("جزء مسئله رئیس", "جزء مسئله رئیس"),
    ("مسي\u0654له مسی\u0654له", "مسئله مسئله"),
    # letters of related scripts
    ("ہے ھم ەڪ", "هی هم هک"),
    # digits
    ("۱۲۳ ٤٥٦ 789 ۰٠0", "123 456 789 000"),
    # tatweel and short vowels
    ("ســـلام", "سلام"),
    ("سَلَامٌ اللّٰه رحمٰن", "سلام الله رحمن"),
    # zero-width characters
    ("می\u200cروم", "می روم"),
    ("\u200cمی\u200c روم\u200c", "می روم"),
    ("\u200fسلام\u200e\u200d \u202bدنیا\u202c\ufeff", "سلام دنیا"),
    ("سلا\u00adم", "سلام"),
    # punctuation and symbols
    ("«سلام»، خوبی؟ بله؛ ۵٪.", "سلام خوبی بله 5"),
    ('"a", (b)-[c]! d\'e: f_g…', "a b c d e f g"),
    ("a+b=c $5 ¬ \u2013 \u201cd\u201d", "a b c 5 d"),
    ("۱٫۵ و ۱٬۰۰۰", "1 5 و 1 000"),
    # Latin letters
    ("Whisper و BERT", "whisper و bert"),
    ("ＡＢ１２", "ab12"),
    ("K\u212a", "kk"),
    # presentation forms
    ("\ufefb \ufedb\ufe98\ufe8e\ufe8f \ufef2", "لا کتاب ی"),
    ("\ufdfc", "ریال"),
    ("\ufe77", ""),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_texts_are_normalised(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_different_spellings_have_the_same_normal_form() -> None:
    spellings = [
        "«می‌خواهم ۲ کتاب بخرم.»",
        "مي خواهم ٢ كتاب بخرم",
        "می\u200cخواهم 2 کتابْ بخــرم!",
    ]
    assert {normalise(text) for text in spellings} == {"می خواهم 2 کتاب بخرم"}


@pytest.mark.parametrize("text", [text for text, _ in CASES])
def test_normalisation_is_idempotent(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_normalisation_is_idempotent_for_any_characters() -> None:
    generator = random.Random(0)
    blocks = (range(0x600, 0x700), range(0xFB50, 0xFE00), range(0xFE70, 0xFF00))
    arabic = [chr(n) for block in blocks for n in block]
    others = [chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n < 0xE000]
    marks = ["\u0301", "\u0654", "\u0653", "\u200c", "\u200d", "\u0657", "ی", "ا", "e"]
    for pool in (arabic, others, marks, [*arabic, *marks]):
        for _ in range(3000):
            once = normalise("".join(generator.choices(pool, k=12)))
            assert normalise(once) == once
            assert once == once.lower()


def test_the_version_is_fixed() -> None:
    assert VERSION == "persian-1"
