"""Sentences of the speech recognition demos: halves, spelling, translations, practice."""

import re
import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from resound.demo.corpora.digits import VARIANTS
from resound.demo.synthesis import phrases, sound
from resound.demo.synthesis.phrases import ACCENTS, CORPUS_VARIANTS, GRAMMARS, PRACTICE_VARIANTS
from resound.demo.synthesis.speech import RATE, Utterance, speak
from resound.errors import UserError

HALVES = ("practice", "corpus")
ZWNJ = "\u200c"


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def every(language: str, half: str) -> list[phrases.Phrase]:
    """All phrases of a half, by asking for one too many."""
    with pytest.raises(UserError) as caught:
        GRAMMARS[language](half, 10**6, rng())
    return GRAMMARS[language](half, int(re.findall(r"\d+", str(caught.value))[0]), rng())


@pytest.mark.parametrize("language", GRAMMARS)
def test_halves_are_rich_distinct_and_share_no_sentence(language: str) -> None:
    practice, corpus = ([phrase.text for phrase in every(language, half)] for half in HALVES)
    assert len(set(practice)) == len(practice) >= 600
    assert len(set(corpus)) == len(corpus) >= 300
    assert not set(practice) & set(corpus)


def test_a_sentence_keeps_its_half_for_ever() -> None:
    # The published SHA-256 of these begin with the bytes 186 and 227.
    assert phrases.half_of("abc") == "corpus"
    assert phrases.half_of("") == "practice"
    for half in HALVES:
        assert {phrases.half_of(p.text) for g in ("fa", "zh") for p in every(g, half)} == {half}


@pytest.mark.parametrize("language", GRAMMARS)
def test_draws_follow_the_generator(language: str) -> None:
    first, again, other = (GRAMMARS[language]("corpus", 20, rng(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) == 20


def test_persian_is_spelt_with_persian_letters() -> None:
    letters = set("آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی " + ZWNJ)
    for half in HALVES:
        for phrase in every("fa", half):
            assert set(phrase.text) <= letters
            assert unicodedata.is_normalized("NFKC", phrase.text)
            # A joiner stands only between letters.
            assert not re.search(rf"(^|\s){ZWNJ}|{ZWNJ}(\s|$|{ZWNJ})", phrase.text)
            assert phrase.translation == ""


def test_persian_has_few_words_and_short_sentences() -> None:
    texts = [phrase.text for half in HALVES for phrase in every("fa", half)]
    assert {len(text.split()) for text in texts} == {4, 5}
    words = {word for text in texts for word in text.split()}
    assert 65 <= len(words) <= 85
    assert "می‌خواند" in words


def test_topics_share_words_but_no_nouns() -> None:
    for half in HALVES:
        topics = phrases.topics(half)
        words = [{word for text in texts for word in text.split()} for texts in topics.values()]
        shared = set.intersection(*words)
        own = [mine - shared for mine in words]
        assert [len(mine) for mine in own] == [6] * len(topics)
        assert len(set.union(*own)) == 6 * len(topics)


def test_mandarin_is_hanzi_and_its_translations_are_of_three_to_six_words() -> None:
    for half in HALVES:
        pairs = every("zh", half)
        assert len({phrase.translation for phrase in pairs}) == len(pairs)
        for phrase in pairs:
            assert re.fullmatch(r"[\u4e00-\u9fff]{5,10}。", phrase.text)
            assert re.fullmatch(r"[A-Z][A-Za-z]*( [A-Za-z]+){2,5}\.", phrase.translation)


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("妈妈昨天吃了苹果。", "Mother ate apples yesterday."),
        ("我今天画马。", "I am drawing horses today."),
        ("我们现在在学习中文。", "We are studying Chinese now."),
        ("老师明天写信。", "The teacher will write letters tomorrow."),
        ("哥哥每天看电影。", "My brother watches movies every day."),
        ("我每天看书。", "I read books every day."),
    ],
)
def test_translations_agree_in_time_and_person(text: str, translation: str) -> None:
    pairs = [phrase for half in HALVES for phrase in every("zh", half)]
    assert phrases.Phrase(text, translation) in pairs


def test_english_has_no_sentence_that_translators_practise_on() -> None:
    practised = {phrase.translation for phrase in every("zh", "practice")}
    assert not practised & {phrase.text for phrase in every("en", "corpus")}


def test_practice_and_corpora_share_no_voice() -> None:
    assert not set(PRACTICE_VARIANTS) & set(CORPUS_VARIANTS)
    assert set(PRACTICE_VARIANTS) | set(CORPUS_VARIANTS) == set(VARIANTS)


@pytest.mark.parametrize("language", GRAMMARS)
def test_practice_is_of_its_half_and_voices(language: str) -> None:
    said = phrases.practice(language, 200, seed=3)
    assert said == phrases.practice(language, 200, seed=3) != phrases.practice(language, 200, 4)
    assert {phrase for _, phrase in said} <= set(every(language, "practice"))
    assert len({phrase.text for _, phrase in said}) == 200
    wanted = {f"{accent}+{name}" for accent in ACCENTS[language] for name in PRACTICE_VARIANTS}
    assert {utterance.voice for utterance, _ in said} == wanted
    for utterance, phrase in said:
        assert utterance.text == phrase.text
        assert 190 <= utterance.rate <= 230


@pytest.mark.parametrize("language", GRAMMARS)
def test_practice_clips_are_short_sound_with_their_texts(language: str) -> None:
    said, clips = (make(language, 12, 5) for make in (phrases.practice, phrases.practice_clips))
    assert [(p.text, p.translation) for _, p in said] == [(c.text, c.translation) for c in clips]
    assert all(bool(clip.translation) == (language == "zh") for clip in clips)
    for clip in clips:
        assert clip.samples.dtype == np.float32 and clip.samples.ndim == 1
        assert 0.8 * 16000 < len(clip.samples) <= 2.8 * 16000
        assert 0.2 < np.abs(clip.samples).max() < 0.95
    again = phrases.practice_clips(language, 12, 5)
    assert all(np.array_equal(one.samples, other.samples) for one, other in zip(clips, again))


def test_no_practice_is_no_error() -> None:
    assert phrases.practice_clips("fa", 0, 1) == []


@pytest.mark.parametrize("language", GRAMMARS)
def test_the_longest_sentence_fits_at_the_slowest_rate_in_every_voice(language: str) -> None:
    said = [Utterance(p.text, ACCENTS[language][0], 190) for p in every(language, "corpus")[:150]]
    longest = said[int(np.argmax([len(samples) for samples in speak(said)]))]
    voices = [f"{accent}+{name}" for accent in ACCENTS[language] for name in VARIANTS]
    waves = phrases.say([replace(longest, voice=voice) for voice in voices], 16000)
    assert max(map(len, waves)) < 2.6 * 16000


def test_too_long_a_sentence_is_an_error_and_not_cut() -> None:
    long = Utterance("one two three four five six seven eight nine ten eleven twelve", "en", 150)
    with pytest.raises(ValueError, match=r"lasts 4\.\d+ s: .*twelve"):
        phrases.say([long], 16000)


def test_say_keeps_the_whole_sound_and_pad_adds_silence() -> None:
    said = Utterance("seven", "en")
    (wave,) = phrases.say([said], RATE)
    whole = sound.from_int16(speak([said])[0])
    np.testing.assert_array_equal(wave, sound.trim(whole))
    padded = phrases.pad(wave, RATE, rng())
    (starts,) = np.nonzero(padded == wave[0])
    start = starts[0]
    np.testing.assert_array_equal(padded[start : start + len(wave)], wave)
    assert not padded[:start].any() and not padded[start + len(wave) :].any()
    assert 0 < start <= 0.1 * RATE
    assert 0 < len(padded) - start - len(wave) <= 0.1 * RATE
