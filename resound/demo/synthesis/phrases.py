"""Short sentences for the demo of speech recognition: Persian, Mandarin with English, English.

Small grammars make them. Each sentence belongs to one of two halves by a digest of its text:
demo models for pretrained models learn from `practice`, corpora are made of `corpus`, so no model
has met a sentence of a corpus before. Voices are divided likewise.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Literal

import numpy as np

from resound.data import audio
from resound.demo.corpora.digits import VARIANTS
from resound.demo.synthesis import sound
from resound.demo.synthesis.sound import Waveform
from resound.demo.synthesis.speech import RATE, Utterance, speak
from resound.errors import UserError

Half = Literal["practice", "corpus"]
Language = Literal["fa", "zh", "en"]

LONGEST_S = 2.8
"""No clip lasts longer: the demo models of Whisper hear three seconds."""

MARGIN_S = 0.1
"""At most so much silence stands before a sentence, and so much after it."""

RATES = (190, 230)
"""Bounds of the rate of speech, in words a minute."""

PRACTICE_HZ = 16000
"""Sample rate of clips for practice."""

PRACTICE_SNR_DB = (20, 30)
"""Bounds of their signal-to-noise ratios."""

ACCENTS: dict[Language, tuple[str, ...]] = {
    "fa": ("fa",),
    "zh": ("cmn",),
    "en": ("en-us", "en", "en-gb-scotland"),
}
"""espeak-ng's voices of each language."""

PRACTICE_VARIANTS = ("f2", "m3", "Annie", "Michael")
"""Few, for a small model learns few voices well."""

CORPUS_VARIANTS = tuple(name for name in VARIANTS if name not in PRACTICE_VARIANTS)
"""The variants that corpora may use."""


@dataclass(frozen=True)
class Phrase:
    """A sentence that can be spoken."""

    text: str
    translation: str = ""
    """In English, for Mandarin sentences."""


@dataclass(frozen=True)
class Spoken:
    """A sentence and its sound."""

    samples: Waveform
    """At `PRACTICE_HZ`, at most `LONGEST_S` long."""
    text: str
    translation: str


def half_of(text: str) -> Half:
    """Which half a sentence belongs to: of three sentences, about two are for practice."""
    return "practice" if hashlib.sha256(text.encode()).digest()[0] % 3 else "corpus"


def persian(half: Half, count: int, rng: np.random.Generator) -> list[Phrase]:
    """Distinct Persian sentences of all topics; `UserError` where there are not so many."""
    return _draw([Phrase(text) for texts in topics(half).values() for text in texts], count, rng)


def mandarin(half: Half, count: int, rng: np.random.Generator) -> list[Phrase]:
    """Distinct Mandarin sentences with translations; `UserError` where there are not so many."""
    return _draw(_mandarin(half), count, rng)


def english(half: Half, count: int, rng: np.random.Generator) -> list[Phrase]:
    """Distinct English sentences; `UserError` where there are not so many.

    They are the translations of the half's Mandarin sentences, so that whoever practised
    translating has not met those of `corpus` either.
    """
    return _draw([Phrase(phrase.translation) for phrase in _mandarin(half)], count, rng)


GRAMMARS = {"fa": persian, "zh": mandarin, "en": english}
"""What draws sentences of a language."""


def _draw(phrases: list[Phrase], count: int, rng: np.random.Generator) -> list[Phrase]:
    if count > len(phrases):
        raise UserError(f"the demo's grammar has {len(phrases)} sentences, not {count}: ask fewer")
    return [phrases[place] for place in rng.permutation(len(phrases))[:count]]


# Persian. What the topics share suits the nouns of each.
PEOPLE = "معلم استاد دانشجو کودک مادر پدر دختر پسر".split()
DAYS = "امروز امشب فردا همیشه".split()
QUALITIES = "بزرگ کوچک زیبا خوب".split()
# Verbs of a thing, in one word and in two, and verbs of talk about it.
DEEDS = "می‌بیند می‌شناسد می‌خواهد می‌یابد".split()
LONG_DEEDS = ("دوست دارد", "نشان می‌دهد", "پیدا می‌کند")
WORDS = "می‌گوید می‌پرسد می‌نویسد می‌خواند".split()
NOUNS = {
    "geography": "کوه دریا روستا جنگل شهر نقشه",
    "music": "ساز آواز ترانه آهنگ پیانو طبل",
    "kitchen": "نان برنج سیب چای میوه نمک",
    "science": "ستاره خورشید ماه زمین نور آتش",
    "history": "شاه قلعه کاخ سکه کتاب سرباز",
    "garden": "گل درخت باغ پرنده باران برگ",
    "travel": "قطار کشتی هواپیما جاده ماشین پل",
}
"""The nouns of each topic."""


@cache
def topics(half: Half) -> dict[str, list[str]]:
    """The Persian sentences of a half by topic; each stands under one topic, once."""
    return {
        topic: [text for noun in nouns.split() for text in _persian(noun) if half_of(text) == half]
        for topic, nouns in NOUNS.items()
    }


def _persian(noun: str) -> Iterator[str]:
    """All sentences about a noun: four or five words, the verb last."""
    for who in PEOPLE:
        for day, deed in product(DAYS, DEEDS):
            yield f"{who} {day} {noun} را {deed}"
        for deed in (*DEEDS, *LONG_DEEDS):
            yield f"{who} {noun} را {deed}"
        for quality, deed in product(QUALITIES, DEEDS):
            yield f"{who} {noun} {quality} را {deed}"
        for word in WORDS:
            yield f"{who} از {noun} {word}"
        for day, word in product(DAYS, WORDS):
            yield f"{who} {day} از {noun} {word}"
        for quality, word in product(QUALITIES, WORDS):
            yield f"{who} از {noun} {quality} {word}"


# Mandarin, with English beside it. A subject takes the verb as `I`, `we` or `she` do.
SUBJECTS = (
    ("我", "I", "am"),
    ("我们", "We", "are"),
    ("妈妈", "Mother", "is"),
    ("爸爸", "Father", "is"),
    ("哥哥", "My brother", "is"),
    ("妹妹", "My sister", "is"),
    ("老师", "The teacher", "is"),
    ("医生", "The doctor", "is"),
)
# A verb's English forms, and the objects that it takes.
VERBS = (
    ("买", "buy buys bought buying", "苹果 牛奶 衣服 花 书 鱼 面包 报纸 咖啡"),
    ("吃", "eat eats ate eating", "苹果 鱼 面条 米饭 面包 水果"),
    ("喝", "drink drinks drank drinking", "茶 水 牛奶 咖啡 果汁"),
    ("看", "read reads read reading", "书 报纸"),
    ("看", "watch watches watched watching", "电影 电视"),
    ("学习", "study studies studied studying", "中文 音乐 数学 历史"),
    ("教", "teach teaches taught teaching", "中文 音乐 数学 历史"),
    ("写", "write writes wrote writing", "信 汉字"),
    ("做", "make makes made making", "面条 面包 咖啡 果汁"),
    ("洗", "wash washes washed washing", "衣服 水果 苹果"),
    ("画", "draw draws drew drawing", "花 山 鱼 马 鸟 树"),
    ("种", "plant plants planted planting", "花 树"),
)
OBJECTS = dict(
    pair.split("=")
    for pair in (
        "苹果=apples 牛奶=milk 衣服=clothes 花=flowers 书=books 鱼=fish 面包=bread 报纸=newspapers"
        " 咖啡=coffee 面条=noodles 米饭=rice 水果=fruit 茶=tea 水=water 果汁=juice 电影=movies"
        " 电视=television 中文=Chinese 音乐=music 数学=math 历史=history 信=letters"
        " 汉字=characters 山=mountains 马=horses 鸟=birds 树=trees"
    ).split()
)


@cache
def _mandarin(half: Half) -> list[Phrase]:
    """The Mandarin sentences of a half."""
    places = ((who, verb, what) for who in SUBJECTS for verb in VERBS for what in verb[2].split())
    phrases = (phrase for place in places for phrase in _translated(*place))
    return [phrase for phrase in phrases if half_of(phrase.text) == half]


def _translated(
    subject: tuple[str, str, str], verb: tuple[str, str, str], thing: str
) -> Iterator[Phrase]:
    """Who does what at each time: subject, time, verb, object."""
    (who, whom, be), (do, forms, _), what = subject, verb, OBJECTS[thing]
    base, third, past, doing = forms.split()
    does = third if be == "is" else base
    yield Phrase(f"{who}昨天{do}了{thing}。", f"{whom} {past} {what} yesterday.")
    yield Phrase(f"{who}今天{do}{thing}。", f"{whom} {be} {doing} {what} today.")
    yield Phrase(f"{who}现在在{do}{thing}。", f"{whom} {be} {doing} {what} now.")
    yield Phrase(f"{who}明天{do}{thing}。", f"{whom} will {base} {what} tomorrow.")
    yield Phrase(f"{who}每天{do}{thing}。", f"{whom} {does} {what} every day.")


def say(utterances: list[Utterance], rate_hz: int) -> list[Waveform]:
    """The sound of each utterance, without the silence around it.

    ValueError for one that leaves no room for margins in `LONGEST_S`: a text has too many words.
    """
    waves = []
    for utterance, samples in zip(utterances, speak(utterances), strict=True):
        wave = audio.resample(sound.trim(sound.from_int16(samples)), RATE, rate_hz)
        if len(wave) > (LONGEST_S - 2 * MARGIN_S) * rate_hz:
            raise ValueError(f"lasts {len(wave) / rate_hz:.2f} s: {utterance}")
        waves.append(wave)
    return waves


def pad(wave: Waveform, rate_hz: int, rng: np.random.Generator) -> Waveform:
    """A sound with up to `MARGIN_S` seconds of silence before and after it."""
    before, after = (int(rng.uniform(0.02, MARGIN_S) * rate_hz) for _ in range(2))
    return np.pad(wave, (before, after))


def practice(language: Language, count: int, seed: int) -> list[tuple[Utterance, Phrase]]:
    """Distinct sentences for practice and how to say them, each in one of a few voices.

    `UserError` where the grammar has not so many.
    """
    key = list(GRAMMARS).index(language)
    rng = np.random.default_rng([seed, key])
    voices = [f"{accent}+{name}" for name, accent in product(PRACTICE_VARIANTS, ACCENTS[language])]
    said = []
    for phrase in GRAMMARS[language]("practice", count, rng):
        rate, pitch = int(rng.integers(*RATES, endpoint=True)), int(rng.integers(35, 66))
        said.append((Utterance(phrase.text, str(rng.choice(voices)), rate, pitch), phrase))
    return said


def practice_clips(language: Language, count: int, seed: int) -> list[Spoken]:
    """What `practice` says, in light noise; `UserError` where speech cannot be made."""
    said = practice(language, count, seed)
    rng = np.random.default_rng([seed, len(GRAMMARS)])
    clips = []
    waves = say([utterance for utterance, _ in said], PRACTICE_HZ)
    for (_, phrase), wave in zip(said, waves):
        noisy = sound.add_noise(pad(wave, PRACTICE_HZ, rng), rng.uniform(*PRACTICE_SNR_DB), rng)
        samples = sound.set_peak(noisy, rng.uniform(-12, -2))
        clips.append(Spoken(samples, phrase.text, phrase.translation))
    return clips
