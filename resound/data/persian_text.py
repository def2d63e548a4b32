"""Preparation of Persian texts for classification, in configurable steps."""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from resound.data import persian_normaliser

Step = Literal["normalise", "stop_words", "zwnj"]

ZWNJ = "\u200c"
"""The zero-width non-joiner, which separates the components of a word without a space."""

_WORDS = """
من تو او وی ما شما آنها آن‌ها ایشان آنان اینان این آن اینها این‌ها همین همان همه همگی خود خودش خودم
خودشان خویش یکدیگر همدیگر هم‌دیگر یک یکی دیگر دیگری چنین چنان برخی بعضی هر هرکس هرچه کسی کس چیزی چه
چی کدام کجا کی چرا چگونه چطور چقدر چند چندین
از به با بی در بر برای تا را رو روی زیر بالای پیش پس پشت جلوی کنار نزد نزدیک میان بین درون داخل
بیرون خارج درباره دربارهٔ سوی طی ضمن طبق توسط بدون بجز به‌جز جز غیر مگر مانند مثل همچون همراه علیه
برابر ضد نسبت بابت وسط
و یا که اگر اما ولی لیکن بلکه زیرا چون چونکه چون‌که گرچه اگرچه هرچند درحالیکه درحالی‌که تااینکه اینکه
این‌که آنکه آن‌که وقتی هنگامی هم نیز همچنین هم‌چنین سپس بنابراین یعنی خواه پس‌از
است هست هستم هستی هستیم هستید هستند بود بودم بودی بودیم بودید بودند باشد باشم باشی باشیم باشید باشند
باش بوده ام ای ایم اید اند نیست نیستم نیستی نیستیم نیستید نیستند نبود نبودم نبودند نبوده
نباشد نباشند شد شدم شدی شدیم شدید شدند شده نشد نشدند نشده می‌شود می‌شوم می‌شوند می‌شد می‌شدند نمی‌شود
نمی‌شوند نمی‌شد شود شوند نشود نشوند گردید گردیده گردد گشت
کرد کردم کردی کردیم کردید کردند کرده نکرد نکردند نکرده می‌کند می‌کنم می‌کنند می‌کرد می‌کردند نمی‌کند
نمی‌کنند نمی‌کرد کند کنم کنند کنید نکند نکنند
دارد دارم داری داریم دارید دارند داشت داشتم داشتند داشته ندارد ندارم ندارند نداشت نداشتند نداشته
خواهد خواهم خواهند خواهیم نخواهد نخواهند باید نباید شاید می‌باشد می‌باشند نمی‌باشد نمی‌باشند
می‌تواند می‌توانند می‌توان نمی‌تواند نمی‌توان توانست نتوانست
نه نی خیر هیچ هیچکس هیچ‌کس هیچیک هیچ‌یک هیچگاه هیچ‌گاه هیچگونه هیچ‌گونه هیچوقت هیچ‌وقت هرگز
آیا بله آری البته حتی فقط تنها بسیار خیلی کمی بیشتر اکنون حالا آنجا آن‌جا اینجا این‌جا باز هنوز
همیشه می نمی ها های تر ترین
"""

STOP_WORDS: frozenset[str] = frozenset(
    form for word in _WORDS.split() for form in (word, word.replace(ZWNJ, ""))
)
"""Persian function words, with and without their joiners: pronouns, prepositions, conjunctions,
auxiliaries, copulas and particles. They include the negations (نیست، نه، هیچ، هرگز، بدون)."""


def prepare(text: str, steps: Sequence[Step]) -> str:
    """Apply `steps` to `text`, in their order.

    - `normalise` standardises letters, digits, spaces and joiners (`standardise_spelling`).
    - `stop_words` removes `STOP_WORDS`. This removes negations: «سگ بیدار نیست» and
      «سگ بیدار است» become equal, although they contradict each other.
    - `zwnj` removes the zero-width non-joiner: «می‌روم» becomes «میروم».
    """
    for step in steps:
        text = _STEPS[step](text)
    return text


_PUNCTUATION = re.escape(".،؛:!؟?…»«)([]}{,;\"'٪%")
_AFTER = rf"(?=$|[\s{_PUNCTUATION}])"
_RULES = [
    # Joiners: none next to a space or another joiner, none at the ends.
    (re.compile(rf"\s*{ZWNJ}[\s{ZWNJ}]*\s+|\s+{ZWNJ}+|^{ZWNJ}+|{ZWNJ}+$"), " "),
    (re.compile(rf"{ZWNJ}{{2,}}"), ZWNJ),
    (re.compile(r"\s+"), " "),
    # Punctuation: a space after a closing mark and none before; the reverse for an opening mark.
    (re.compile(r" +(?=[.،؛:!؟?…»)\]}])"), ""),
    (re.compile(r"(?<=[«(\[{]) +"), ""),
    (re.compile(r"(?<=[^\s«(\[{])(?=[«(\[{])"), " "),
    (re.compile(r"(?<=[،؛!؟?»)\]}…])(?=\w)"), " "),
    # A full stop or a colon may be part of a number or an address.
    (re.compile(r"(?<=[^\W\d_a-zA-Z])([.:])(?=[^\W\d_a-zA-Z])"), r"\1 "),
    # Prefixes of verbs, then suffixes of nouns, adjectives and participles.
    (re.compile(r"(?<!\S)(ن?می) (?=[^\W\d_a-zA-Z])"), rf"\1{ZWNJ}"),
    (re.compile(rf"(?<=[^\W\d_a-zA-Z]{{2}}) (تر(?:ین)?|ها(?:ی|یی)?){_AFTER}"), rf"{ZWNJ}\1"),
    (re.compile(rf"(?<=[^\W\d_a-zA-Z]ه) (ا(?:م|ی|یم|ید|ند)){_AFTER}"), rf"{ZWNJ}\1"),
]


def standardise_spelling(text: str) -> str:
    """Return `text` in the spelling of Persian normalisers such as hazm; keep punctuation and case.

    Letters are folded and marks removed as in `persian_normaliser.fold`, but digits are Persian.
    Spaces around punctuation are corrected. A joiner replaces the space after «می» and «نمی»,
    before «ها»، «های»، «تر»، «ترین», and before «اند» and similar endings after a final ه.
    """
    text = persian_normaliser.fold(text).translate(_PERSIAN_DIGITS)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text.strip()


_PERSIAN_DIGITS = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_WORD = re.compile(rf"[\w{ZWNJ}]+")


def _remove_stop_words(text: str) -> str:
    kept = _WORD.sub(lambda word: "" if word[0] in STOP_WORDS else word[0], text)
    return re.sub(r" +(?=[.،؛:!؟])", "", " ".join(kept.split())).strip()


def _remove_joiners(text: str) -> str:
    return text.replace(ZWNJ, "")


_STEPS: dict[Step, Callable[[str], str]] = {
    "normalise": standardise_spelling,
    "stop_words": _remove_stop_words,
    "zwnj": _remove_joiners,
}
