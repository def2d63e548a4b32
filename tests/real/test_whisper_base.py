"""The real Whisper base on real recordings, where `models/whisper-base` and the corpora are."""

from typing import Any

import jiwer
import pytest
import torch

from benchmarks.mixtures import RATE_HZ, Mixture, Sentence, mix, read_sentences
from resound.data import audio
from resound.data.normalisers import normalised
from resound.features import whisper
from resound.models.whisper.model import Recogniser
from resound.models.whisper.settings import Fallback, Transcription
from resound.prediction.transcriber import Transcriber
from tests.conftest import ROOT

MODEL = ROOT / "models" / "whisper-base"
CORPORA = ROOT.parent / "shared" / "data"
MANDARIN = CORPORA / "mandarin" / "aishell-BAC009S0724W0121.wav"

pytestmark = pytest.mark.skipif(
    not (MODEL.is_dir() and MANDARIN.is_file()), reason="needs models/whisper-base and corpora"
)

TEMPERATURE_ZERO = Fallback(temperatures=[0.0])


@pytest.fixture(scope="module")
def sentences() -> list[Sentence]:
    return read_sentences(CORPORA / "timit_sample")


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser(MODEL)


@pytest.fixture(scope="module")
def pipeline() -> Any:
    """transformers' own."""
    from transformers import pipeline as build

    return build("automatic-speech-recognition", str(MODEL))


def word_errors(references: list[str], hypotheses: list[str]) -> jiwer.WordOutput:
    return jiwer.process_words(normalised("english", references), normalised("english", hypotheses))


def transcriber(fallback: Fallback, find_speech: bool = True) -> Transcriber:
    return Transcriber(
        MODEL, Transcription(language="en", fallback=fallback, find_speech=find_speech)
    )


def test_english_sentences(
    recogniser: Recogniser, pipeline: Any, sentences: list[Sentence]
) -> None:
    """Under 10 % word errors, and word for word the texts of transformers' pipeline."""
    chosen = sentences[::4]
    clips = [whisper.extract(recogniser.configuration, [one.samples]) for one in chosen]
    texts = recogniser.texts(clips, ["en"] * len(clips), "transcribe", 8)
    assert word_errors([one.text for one in chosen], texts).wer < 0.1
    options = {"language": "en", "task": "transcribe", "num_beams": 1}
    expected = [
        pipeline({"raw": one.samples, "sampling_rate": RATE_HZ}, generate_kwargs=options)["text"]
        for one in chosen
    ]
    assert texts == [text.strip() for text in expected]


def test_long_recordings_are_transcribed_as_by_the_pipeline(
    pipeline: Any, sentences: list[Sentence]
) -> None:
    mixture = mix(sentences, "no pauses", 0)
    assert len(mixture.samples) > 31 * RATE_HZ
    found = transcriber(TEMPERATURE_ZERO, find_speech=False).transcribe_samples(mixture.samples)
    options = {
        "language": "en",
        "task": "transcribe",
        "num_beams": 1,
        "temperature": (0.0,),
        "compression_ratio_threshold": 2.4,
        "logprob_threshold": -1.0,
        "no_speech_threshold": 0.6,
        "condition_on_prev_tokens": True,
    }
    expected = pipeline(
        {"raw": mixture.samples, "sampling_rate": RATE_HZ},
        return_timestamps=True,
        generate_kwargs=options,
    )
    assert found.text.split() == expected["text"].split()


def test_mandarin_is_identified_and_translated(pipeline: Any) -> None:
    identified = Transcriber(MODEL).transcribe(MANDARIN, "identify")
    assert identified.language == "zh" and identified.languages["zh"] > 0.9
    settings = Transcription(method="greedy", find_speech=False)
    found = Transcriber(MODEL, settings).transcribe(MANDARIN, "translate")
    samples, _ = audio.read(MANDARIN, RATE_HZ)
    options = {"language": "zh", "task": "translate", "num_beams": 1}
    expected = pipeline({"raw": samples, "sampling_rate": RATE_HZ}, generate_kwargs=options)
    assert found.language == "zh" and found.text.isascii()
    assert found.text == expected["text"].strip()


def test_a_minute_with_pauses(sentences: list[Sentence]) -> None:
    """Each sentence is a segment, whose times are within half a second."""
    mixture = mix(sentences, "pauses", 1)
    assert len(mixture.samples) > 55 * RATE_HZ
    found = Transcriber(MODEL).transcribe_samples(mixture.samples)
    assert found.language == "en"
    texts = [segment.text for segment in found.segments]
    assert len(texts) == len(mixture.texts)
    assert word_errors(mixture.texts, texts).wer < 0.2
    for segment, (start, end) in zip(found.segments, mixture.times):
        assert segment.start == pytest.approx(start, abs=0.5)
        assert segment.end == pytest.approx(end, abs=0.5)


@pytest.mark.parametrize("kind", ["two voices", "no pauses", "mostly silence"])
def test_speech_is_not_lost(kind: Any, sentences: list[Sentence]) -> None:
    """No more words are deleted, or invented, than by Whisper's long form of all samples."""
    mixture: Mixture = mix(sentences, kind, 0)
    fallback = Fallback(when_all_fail="most_probable")
    found, whole = (
        word_errors(
            [" ".join(mixture.texts)],
            [transcriber(fallback, find_speech).transcribe_samples(mixture.samples).text],
        )
        for find_speech in (True, False)
    )
    assert found.deletions <= whole.deletions
    assert found.insertions <= whole.insertions + 1


def test_repetition_is_decoded_again(recogniser: Recogniser) -> None:
    """A text of one word over and over is not what comes of it."""
    from resound.models.whisper.fallback import compression_ratio

    noise = torch.randn(20 * RATE_HZ, generator=torch.Generator().manual_seed(0)).numpy()
    settings = Transcription(language="fa", find_speech=False)
    found = Transcriber(MODEL, settings).transcribe_samples(0.05 * noise)
    assert compression_ratio(found.text) <= 2.4
