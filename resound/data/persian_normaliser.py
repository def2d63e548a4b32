"""One fixed normaliser of Persian text, so that word error rates can be compared.

The same sentence is typed in many ways: with Arabic or Persian letters and digits, with a joiner
or a space inside a word, with or without punctuation. A change of any rule here is a new
`VERSION`: figures under different versions do not compare.
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
"""The zero-width non-joiner and the zero-width space part what they stand between."""


def normalise(text: str) -> str:
    """`text` in lower case, without punctuation, each letter and digit written in one way.

    The rules, in order; what is said of hazm and of the Common Voice configuration (the mapping that goes
    with the published Persian wav2vec2 models) tells where each is customary:

    1. Zero-width marks. The non-joiner (and the zero-width space) becomes a space, as in the
       Common Voice configuration: «می‌روم» is two words, whoever typed it with a space. All other format
       characters (joiner, direction marks, soft hyphen, byte-order mark) go.
    2. NFKC, which undoes presentation forms («ﻻ», «﷼») and half and full width.
    3. Letters. ي ى ے are ی and ك ڪ are ک (hazm, Common Voice). ة ۀ are ه (Common Voice), and so are
       the Urdu and Kurdish forms ہ ۂ ە ھ (hazm). أ إ ٱ are ا and ؤ is و (Common Voice): Persian
       writes these hamzas or leaves them out at will. آ stays, for it is a letter of its own; ء and
       ئ stay, for they are heard («مسئله», «جزء»), as in the later Common Voice configurations.
    4. Persian and Arabic digits are ASCII digits (numbers are not spelt out).
    5. Tatweel and the marks U+064B to U+065F and U+0670 go: short vowels, tanwin, shadda, and the
       hamza above in «خانهٔ», which is then «خانه», as «خانۀ» is by rule 3.
    6. Letters are lower case (only foreign words have case).
    7. Punctuation and symbols of any script, «»،؛؟٪ among them, are spaces.
    8. Runs of white space are one space; none stands at the ends.

    Idempotent: what is normalised stays as it is.
    """
    plain = fold("".join(" " if char in _SPACES else char for char in text)).lower()
    # What stood apart by a mark, or lost its case, may compose now.
    plain = unicodedata.normalize("NFKC", plain)
    return " ".join("".join(" " if _is_punctuation(char) else char for char in plain).split())


def fold(text: str) -> str:
    """`text` with each letter and digit written in one way: rules 2 to 5 of `normalise`.

    The non-joiner stays, as do punctuation and case; other format characters go.
    """
    plain = "".join(char for char in text if char == _ZWNJ or unicodedata.category(char) != "Cf")
    # An old decomposed ئ, Persian yeh and a hamza, which Unicode does not compose.
    plain = unicodedata.normalize("NFKC", plain).replace("ی\u0654", "ئ")
    return "".join(char for char in plain if not _is_mark(char)).translate(_FOLDED)


def _is_mark(char: str) -> bool:
    return char == _TATWEEL or "\u064b" <= char <= "\u065f" or char == "\u0670"


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"
