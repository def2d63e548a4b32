"""Sentences of the speech demos: subsets, spelling, translations and pretraining clips."""

import re
import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from resound.demo.corpora.digits import VARIANTS
from resound.demo.synthesis import phrases, sound
from resound.demo.synthesis.phrases import ACCENTS, CORPUS_VARIANTS, GRAMMARS, PRETRAINING_VARIANTS
from resound.demo.synthesis.speech import RATE_HZ, Utterance, synthesise
from resound.errors import UserError

SUBSETS = ("pretraining", "corpus")
ZWNJ = "\u200c"


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def all_phrases(language: str, subset: str) -> list[phrases.Phrase]:
    """Return all phrases of a subset, whose number the error for too many states."""
    with pytest.raises(UserError) as caught:
        GRAMMARS[language](subset, 10**6, rng())
    count = int(re.findall(r"\d+", str(caught.value))[0])
    return GRAMMARS[language](subset, count, rng())


@pytest.mark.parametrize("language", GRAMMARS)
def test_subsets_are_large_and_share_no_sentences(language: str) -> None:
    pretraining, corpus = (
        [phrase.text for phrase in all_phrases(language, subset)] for subset in SUBSETS
    )
    assert len(set(pretraining)) == len(pretraining) >= 600
    assert len(set(corpus)) == len(corpus) >= 300
    assert not set(pretraining) & set(corpus)


def test_the_subset_of_a_sentence_is_fixed() -> None:
    # The published SHA-256 digests of these texts begin with the bytes 186 and 227.
    assert phrases.subset_of("abc") == "corpus"
    assert phrases.subset_of("") == "pretraining"
    for subset in SUBSETS:
        sentences = [phrase.text for name in ("fa", "zh") for phrase in all_phrases(name, subset)]
        assert {phrases.subset_of(text) for text in sentences} == {subset}


@pytest.mark.parametrize("language", GRAMMARS)
def test_draws_depend_on_the_generator(language: str) -> None:
    first, again, other = (GRAMMARS[language]("corpus", 20, rng(seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) == 20


def test_persian_uses_persian_letters() -> None:
    letters = set("آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی " + ZWNJ)
    for subset in SUBSETS:
        for phrase in all_phrases("fa", subset):
            assert set(phrase.text) <= letters
            assert unicodedata.is_normalized("NFKC", phrase.text)
            # Zero-width non-joiners occur only between letters.
            assert not re.search(rf"(^|\s){ZWNJ}|{ZWNJ}(\s|$|{ZWNJ})", phrase.text)
            assert phrase.translation == ""


def test_persian_has_few_words_and_short_sentences() -> None:
    texts = [phrase.text for subset in SUBSETS for phrase in all_phrases("fa", subset)]
    assert {len(text.split()) for text in texts} == {4, 5}
    words = {word for text in texts for word in text.split()}
    assert 65 <= len(words) <= 85
    assert "می‌خواند" in words


def test_topics_share_words_but_no_nouns() -> None:
    for subset in SUBSETS:
        topics = phrases.topics(subset)
        words = [{word for text in texts for word in text.split()} for texts in topics.values()]
        shared = set.intersection(*words)
        nouns = [topic_words - shared for topic_words in words]
        assert [len(topic_nouns) for topic_nouns in nouns] == [6] * len(topics)
        assert len(set.union(*nouns)) == 6 * len(topics)


def test_mandarin_is_hanzi_and_translations_have_three_to_six_words() -> None:
    for subset in SUBSETS:
        pairs = all_phrases("zh", subset)
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
def test_translations_have_the_right_tense_and_person(text: str, translation: str) -> None:
    pairs = [phrase for subset in SUBSETS for phrase in all_phrases("zh", subset)]
    assert phrases.Phrase(text, translation) in pairs


def test_english_corpus_has_no_translation_of_pretraining_sentences() -> None:
    translations = {phrase.translation for phrase in all_phrases("zh", "pretraining")}
    assert not translations & {phrase.text for phrase in all_phrases("en", "corpus")}


def test_pretraining_and_corpora_share_no_voices() -> None:
    assert not set(PRETRAINING_VARIANTS) & set(CORPUS_VARIANTS)
    assert set(PRETRAINING_VARIANTS) | set(CORPUS_VARIANTS) == set(VARIANTS)


@pytest.mark.parametrize("language", GRAMMARS)
def test_pretraining_uses_its_subset_and_voices(language: str) -> None:
    utterances, again, other = (
        phrases.pretraining_utterances(language, 200, seed) for seed in (3, 3, 4)
    )
    assert utterances == again != other
    assert {phrase for _, phrase in utterances} <= set(all_phrases(language, "pretraining"))
    assert len({phrase.text for _, phrase in utterances}) == 200
    voices = {f"{accent}+{name}" for accent in ACCENTS[language] for name in PRETRAINING_VARIANTS}
    assert {utterance.voice for utterance, _ in utterances} == voices
    for utterance, phrase in utterances:
        assert utterance.text == phrase.text
        assert 190 <= utterance.rate <= 230


@pytest.mark.parametrize("language", GRAMMARS)
def test_pretraining_clips_are_short_and_have_their_texts(language: str) -> None:
    sentences = [phrase for _, phrase in phrases.pretraining_utterances(language, 12, 5)]
    clips = phrases.pretraining_clips(language, 12, 5)
    assert [phrases.Phrase(clip.text, clip.translation) for clip in clips] == sentences
    assert all(bool(clip.translation) == (language == "zh") for clip in clips)
    for clip in clips:
        assert clip.samples.dtype == np.float32 and clip.samples.ndim == 1
        assert 0.8 * 16000 < len(clip.samples) <= 2.8 * 16000
        assert 0.2 < np.abs(clip.samples).max() < 0.95
    again = phrases.pretraining_clips(language, 12, 5)
    assert all(np.array_equal(one.samples, other.samples) for one, other in zip(clips, again))


def test_no_pretraining_clips_are_no_error() -> None:
    assert phrases.pretraining_clips("fa", 0, 1) == []


@pytest.mark.parametrize("language", GRAMMARS)
def test_the_longest_sentence_fits_at_the_slowest_rate_in_every_voice(language: str) -> None:
    sentences = all_phrases(language, "corpus")[:150]
    utterances = [Utterance(phrase.text, ACCENTS[language][0], 190) for phrase in sentences]
    longest = utterances[int(np.argmax([len(samples) for samples in synthesise(utterances)]))]
    voices = [f"{accent}+{name}" for accent in ACCENTS[language] for name in VARIANTS]
    waves = phrases.synthesise_trimmed([replace(longest, voice=voice) for voice in voices], 16000)
    assert max(map(len, waves)) < 2.6 * 16000


def test_a_sentence_that_is_too_long_is_an_error_and_not_truncated() -> None:
    long = Utterance("one two three four five six seven eight nine ten eleven twelve", "en", 150)
    with pytest.raises(ValueError, match=r"lasts 4\.\d+ s: .*twelve"):
        phrases.synthesise_trimmed([long], 16000)


def test_margins_are_silent_and_the_sound_is_complete() -> None:
    utterance = Utterance("seven", "en")
    (wave,) = phrases.synthesise_trimmed([utterance], RATE_HZ)
    untrimmed = sound.from_int16(synthesise([utterance])[0])
    np.testing.assert_array_equal(wave, sound.trim(untrimmed))
    padded = phrases.add_margins(wave, RATE_HZ, rng())
    (starts,) = np.nonzero(padded == wave[0])
    start = starts[0]
    np.testing.assert_array_equal(padded[start : start + len(wave)], wave)
    assert not padded[:start].any() and not padded[start + len(wave) :].any()
    assert 0 < start <= 0.1 * RATE_HZ
    assert 0 < len(padded) - start - len(wave) <= 0.1 * RATE_HZ
