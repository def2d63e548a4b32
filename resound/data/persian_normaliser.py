"""A fixed normaliser of Persian text, which makes word error rates comparable.

The same sentence is typed in many ways: with Arabic or Persian letters and digits, with a joiner
or a space inside a word, with or without punctuation. Any change of a rule needs a new `VERSION`,
because metrics of different versions are not comparable.
"""

import unicodedata

VERSION = "persian-1"

_FOLDED = str.maketrans(
    {
        **dict.fromkeys("يىے", "ی"),
        **dict.fromkeys("كڪ", "ک"),
        **dict.fromkeys("ةۀہۂەھ", "ه"),
        **dict.fromkeys("أإٱ", "ا"),
        "ؤ": "و",
        **{digit: str(n) for n, digit in enumerate("۰۱۲۳۴۵۶۷۸۹")},
        **{digit: str(n) for n, digit in enumerate("٠١٢٣٤٥٦٧٨٩")},
    }
)
_TATWEEL = "\u0640"
_ZWNJ = "\u200c"
_SPACES = _ZWNJ + "\u200b"
"""The zero-width non-joiner and the zero-width space, which separate words."""


def normalise(text: str) -> str:
    """Return `text` in lower case, without punctuation, with one form of each letter and digit.

    The rules, in order, with the software in which each of them is customary (hazm, or the Common
    Voice configuration, which is the mapping published with the Persian wav2vec2 models):

    1. Zero-width marks. The non-joiner (and the zero-width space) becomes a space, as in the
       Common Voice configuration, so «می‌روم» is two words, as if it were typed with a space. All
       other format characters (joiner, direction marks, soft hyphen, byte-order mark) are removed.
    2. NFKC, which replaces presentation forms («ﻻ», «﷼») and half-width and full-width forms.
    3. Letters. ي ى ے become ی, and ك ڪ become ک (hazm, Common Voice). ة ۀ become ه (Common Voice),
       and so do the Urdu and Kurdish forms ہ ۂ ە ھ (hazm). أ إ ٱ become ا and ؤ becomes و (Common
       Voice), because these hamzas are optional in Persian. آ is kept, because it is a different
       letter; ء and ئ are kept, because they are pronounced («مسئله», «جزء»), as in the later
       Common Voice configurations.
    4. Persian and Arabic digits become ASCII digits (numbers are not spelt out).
    5. Tatweel and the marks U+064B to U+065F and U+0670 are removed: short vowels, tanwin, shadda,
       and the hamza above in «خانهٔ», which becomes «خانه», as «خانۀ» does by rule 3.
    6. Letters become lower case (only foreign words have case).
    7. Punctuation and symbols of any script, including «»،؛؟٪, become spaces.
    8. Runs of white space become one space; there is none at the ends.

    The function is idempotent.
    """
    plain = fold("".join(" " if char in _SPACES else char for char in text)).lower()
    # Characters that were separated by a mark, or differed in case, may compose now.
    plain = unicodedata.normalize("NFKC", plain)
    return " ".join("".join(" " if _is_punctuation(char) else char for char in plain).split())


def fold(text: str) -> str:
    """Return `text` with one form of each letter and digit: rules 2 to 5 of `normalise`.

    The non-joiner, punctuation and case are kept; other format characters are removed.
    """
    plain = "".join(char for char in text if char == _ZWNJ or unicodedata.category(char) != "Cf")
    # Persian yeh and a hamza, an old decomposed form of ئ, which Unicode does not compose.
    plain = unicodedata.normalize("NFKC", plain).replace("ی\u0654", "ئ")
    return "".join(char for char in plain if not _is_mark(char)).translate(_FOLDED)


def _is_mark(char: str) -> bool:
    return char == _TATWEEL or "\u064b" <= char <= "\u065f" or char == "\u0670"


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
