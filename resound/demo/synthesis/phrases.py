"""Short sentences for the speech demos: Persian, Mandarin with English translations, English.

Small grammars generate them. A digest of its text assigns each sentence to one of two subsets:
demo models train on `pretraining`, corpora use `corpus`, so that no model trains on a sentence of
a corpus. Voices are divided in the same way.
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
from resound.demo.synthesis.speech import RATE_HZ, Utterance, synthesise
from resound.errors import UserError

Subset = Literal["pretraining", "corpus"]
Language = Literal["fa", "zh", "en"]

LONGEST_S = 2.8
"""Maximum duration of a clip: the input of the demo Whisper models is three seconds long."""

MARGIN_S = 0.1
"""Maximum duration of the silence before a sentence, and of that after it, in seconds."""

RATES = (190, 230)
"""Bounds of the speech rate of pretraining clips, in words per minute."""

PRETRAINING_RATE_HZ = 16000
"""Sample rate of pretraining clips in Hz."""

PRETRAINING_SNR_DB = (20, 30)
"""Bounds of the signal-to-noise ratio of pretraining clips in dB."""

ACCENTS: dict[Language, tuple[str, ...]] = {
    "fa": ("fa",),
    "zh": ("cmn",),
    "en": ("en-us", "en", "en-gb-scotland"),
}
"""The espeak-ng voices of each language."""

PRETRAINING_VARIANTS = ("f2", "m3", "Annie", "Michael")
"""Voice variants of pretraining clips: few, because a small model learns few voices well."""

CORPUS_VARIANTS = tuple(name for name in VARIANTS if name not in PRETRAINING_VARIANTS)
"""Voice variants that corpora may use."""


@dataclass(frozen=True)
class Phrase:
    """A sentence and, if it is Mandarin, its translation."""

    text: str
    translation: str = ""
    """The English translation of a Mandarin sentence; empty for other languages."""


@dataclass(frozen=True)
class SpokenPhrase:
    """A sentence and its waveform."""

    samples: Waveform
    """At `PRETRAINING_RATE_HZ`, at most `LONGEST_S` seconds."""
    text: str
    translation: str


def subset_of(text: str) -> Subset:
    """Return the subset of a sentence; about two thirds of all sentences are for pretraining."""
    return "pretraining" if hashlib.sha256(text.encode()).digest()[0] % 3 else "corpus"


def persian(subset: Subset, count: int, rng: np.random.Generator) -> list[Phrase]:
    """Draw distinct Persian sentences of all topics.

    Raises `UserError` if the subset has fewer than `count`.
    """
    return _draw([Phrase(text) for texts in topics(subset).values() for text in texts], count, rng)


def mandarin(subset: Subset, count: int, rng: np.random.Generator) -> list[Phrase]:
    """Draw distinct Mandarin sentences with translations.

    Raises `UserError` if the subset has fewer than `count`.
    """
    return _draw(_mandarin(subset), count, rng)


def english(subset: Subset, count: int, rng: np.random.Generator) -> list[Phrase]:
    """Draw distinct English sentences.

    They are the translations of the Mandarin sentences of the same subset, so that a model trained
    to translate has not trained on those of `corpus` either. Raises `UserError` if the subset has
    fewer than `count`.
    """
    return _draw([Phrase(phrase.translation) for phrase in _mandarin(subset)], count, rng)


GRAMMARS = {"fa": persian, "zh": mandarin, "en": english}
"""The function that draws sentences of each language."""


def _draw(phrases: list[Phrase], count: int, rng: np.random.Generator) -> list[Phrase]:
    if count > len(phrases):
        raise UserError(
            f"the demo grammar has {len(phrases)} sentences, not {count}: reduce the number of"
            " clips or sentences"
        )
    return [phrases[index] for index in rng.permutation(len(phrases))[:count]]


# Persian. The words below are common to all topics and fit the nouns of each.
PEOPLE = "معلم استاد دانشجو کودک مادر پدر دختر پسر".split()
DAYS = "امروز امشب فردا همیشه".split()
ADJECTIVES = "بزرگ کوچک زیبا خوب".split()
# Transitive verbs of one word and of two, and verbs of speaking or writing about something.
VERBS = "می‌بیند می‌شناسد می‌خواهد می‌یابد".split()
COMPOUND_VERBS = ("دوست دارد", "نشان می‌دهد", "پیدا می‌کند")
SPEECH_VERBS = "می‌گوید می‌پرسد می‌نویسد می‌خواند".split()
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
def topics(subset: Subset) -> dict[str, list[str]]:
    """Return the Persian sentences of a subset by topic; each sentence has exactly one topic."""
    return {
        topic: [
            text for noun in nouns.split() for text in _persian(noun) if subset_of(text) == subset
        ]
        for topic, nouns in NOUNS.items()
    }


def _persian(noun: str) -> Iterator[str]:
    """Yield all sentences about a noun: four or five words, with the verb at the end."""
    for who in PEOPLE:
        for day, verb in product(DAYS, VERBS):
            yield f"{who} {day} {noun} را {verb}"
        for verb in (*VERBS, *COMPOUND_VERBS):
            yield f"{who} {noun} را {verb}"
        for adjective, verb in product(ADJECTIVES, VERBS):
            yield f"{who} {noun} {adjective} را {verb}"
        for verb in SPEECH_VERBS:
            yield f"{who} از {noun} {verb}"
        for day, verb in product(DAYS, SPEECH_VERBS):
            yield f"{who} {day} از {noun} {verb}"
        for adjective, verb in product(ADJECTIVES, SPEECH_VERBS):
            yield f"{who} از {noun} {adjective} {verb}"


# Mandarin with English: each subject with its translation and its form of `be`.
MANDARIN_SUBJECTS = (
    ("我", "I", "am"),
    ("我们", "We", "are"),
    ("妈妈", "Mother", "is"),
    ("爸爸", "Father", "is"),
    ("哥哥", "My brother", "is"),
    ("妹妹", "My sister", "is"),
    ("老师", "The teacher", "is"),
    ("医生", "The doctor", "is"),
)
# Each verb with its English forms (base, third person, past, participle) and its objects.
MANDARIN_VERBS = (
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
MANDARIN_OBJECTS = dict(
    pair.split("=")
    for pair in (
        "苹果=apples 牛奶=milk 衣服=clothes 花=flowers 书=books 鱼=fish 面包=bread 报纸=newspapers"
        " 咖啡=coffee 面条=noodles 米饭=rice 水果=fruit 茶=tea 水=water 果汁=juice 电影=movies"
        " 电视=television 中文=Chinese 音乐=music 数学=math 历史=history 信=letters"
        " 汉字=characters 山=mountains 马=horses 鸟=birds 树=trees"
    ).split()
)


@cache
def _mandarin(subset: Subset) -> list[Phrase]:
    """Return the Mandarin sentences of a subset."""
    clauses = (
        (subject, verb, thing)
        for subject in MANDARIN_SUBJECTS
        for verb in MANDARIN_VERBS
        for thing in verb[2].split()
    )
    phrases = (phrase for clause in clauses for phrase in _translated(*clause))
    return [phrase for phrase in phrases if subset_of(phrase.text) == subset]


def _translated(
    subject: tuple[str, str, str], verb: tuple[str, str, str], thing: str
) -> Iterator[Phrase]:
    """Yield a clause with each adverb of time: subject, time, verb, object."""
    (who, who_en, be), (do, forms, _), thing_en = subject, verb, MANDARIN_OBJECTS[thing]
    base, third, past, doing = forms.split()
    does = third if be == "is" else base
    yield Phrase(f"{who}昨天{do}了{thing}。", f"{who_en} {past} {thing_en} yesterday.")
    yield Phrase(f"{who}今天{do}{thing}。", f"{who_en} {be} {doing} {thing_en} today.")
    yield Phrase(f"{who}现在在{do}{thing}。", f"{who_en} {be} {doing} {thing_en} now.")
    yield Phrase(f"{who}明天{do}{thing}。", f"{who_en} will {base} {thing_en} tomorrow.")
    yield Phrase(f"{who}每天{do}{thing}。", f"{who_en} {does} {thing_en} every day.")


def synthesise_trimmed(utterances: list[Utterance], rate_hz: int) -> list[Waveform]:
    """Return the waveform of each utterance without the silence around it.

    Raises ValueError if an utterance with its margins would exceed `LONGEST_S`: its text has too
    many words.
    """
    waves = []
    for utterance, samples in zip(utterances, synthesise(utterances), strict=True):
        wave = audio.resample(sound.trim(sound.from_int16(samples)), RATE_HZ, rate_hz)
        if len(wave) > (LONGEST_S - 2 * MARGIN_S) * rate_hz:
            raise ValueError(f"utterance lasts {len(wave) / rate_hz:.2f} s: {utterance}")
        waves.append(wave)
    return waves


def add_margins(wave: Waveform, rate_hz: int, rng: np.random.Generator) -> Waveform:
    """Add up to `MARGIN_S` seconds of silence before and after a sound."""
    before, after = (int(rng.uniform(0.02, MARGIN_S) * rate_hz) for _ in range(2))
    return np.pad(wave, (before, after))


def pretraining_utterances(
    language: Language, count: int, seed: int
) -> list[tuple[Utterance, Phrase]]:
    """Draw distinct pretraining sentences, each with an utterance in a pretraining voice.

    Raises `UserError` if the grammar has fewer than `count`.
    """
    key = list(GRAMMARS).index(language)
    rng = np.random.default_rng([seed, key])
    voices = [
        f"{accent}+{name}" for name, accent in product(PRETRAINING_VARIANTS, ACCENTS[language])
    ]
    utterances = []
    for phrase in GRAMMARS[language]("pretraining", count, rng):
        rate, pitch = int(rng.integers(*RATES, endpoint=True)), int(rng.integers(35, 66))
        utterance = Utterance(phrase.text, str(rng.choice(voices)), rate, pitch)
        utterances.append((utterance, phrase))
    return utterances


def pretraining_clips(language: Language, count: int, seed: int) -> list[SpokenPhrase]:
    """Synthesise the `pretraining_utterances` with light noise.

    Raises `UserError` if synthesis fails.
    """
    utterances = pretraining_utterances(language, count, seed)
    rng = np.random.default_rng([seed, len(GRAMMARS)])
    clips = []
    waves = synthesise_trimmed([utterance for utterance, _ in utterances], PRETRAINING_RATE_HZ)
    for (_, phrase), wave in zip(utterances, waves):
        padded = add_margins(wave, PRETRAINING_RATE_HZ, rng)
        noisy = sound.add_noise(padded, rng.uniform(*PRETRAINING_SNR_DB), rng)
        samples = sound.set_peak(noisy, rng.uniform(-12, -2))
        clips.append(SpokenPhrase(samples, phrase.text, phrase.translation))
    return clips
