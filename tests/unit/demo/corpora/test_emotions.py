"""Emotions demo corpus: layout, reproducibility and the acoustics of emotions."""

import re
from collections import Counter
from functools import partial
from pathlib import Path

import librosa
import numpy as np
import pytest
import scipy.signal
import soundfile
from pydantic import TypeAdapter, ValidationError

from resound.demo.corpora import emotions
from resound.demo.corpora.digits import VARIANTS
from resound.demo.corpora.emotions import COUNTS, MANNERS, MEN, WOMEN
from resound.demo.synthesis import phrases
from tests.helpers import demo

SCALE, SPEAKERS = 0.25, 6
make = partial(demo.make_corpus, "emotions", scale=SCALE, speakers=SPEAKERS)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return make(folder)


def plan(**changes: float) -> list[list[emotions.Clip]]:
    return emotions._plan(emotions.Settings(kind="emotions", **changes))


def test_layout_is_that_of_shemo(corpus: dict[str, bytes]) -> None:
    names = [re.fullmatch(r"(female/F|male/M)(\d{2})([AFHNSW])(\d{2})\.wav", n) for n in corpus]
    assert None not in names
    takes: dict[tuple[str, ...], list[int]] = {}
    for name in filter(None, names):
        takes.setdefault(name.groups()[:3], []).append(int(name[4]))
    # The clips of each speaker and emotion are numbered from 1 without gaps.
    assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in takes.values())
    genders = Counter(gender for gender, _ in {key[:2] for key in takes})
    assert genders == {"female/F": 3, "male/M": 3}


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_a_tenth_of_shemo_and_vary_between_speakers(seed: int) -> None:
    speakers = plan(seed=seed)
    clips = [clip for speaker in speakers for clip in speaker]
    assert Counter(clip.emotion for clip in clips) == COUNTS
    assert len({clip.name for clip in clips}) == len(clips) == 322
    assert len(speakers) == 20
    sizes = [len(speaker) for speaker in speakers]
    assert max(sizes) > 2 * min(sizes) > 0
    fearful = [speaker for speaker in speakers if any(clip.emotion == "F" for clip in speaker)]
    assert len(fearful) >= 5
    assert {clip.name[0] for speaker in fearful for clip in speaker} == {"f", "m"}


@pytest.mark.parametrize("scale", [0.05, 0.3, 2.0])
def test_scale_keeps_the_proportions_and_every_emotion(scale: float) -> None:
    counts = Counter(clip.emotion for speaker in plan(scale=scale) for clip in speaker)
    assert counts.keys() == COUNTS.keys()
    for emotion, count in COUNTS.items():
        assert abs(counts[emotion] - scale * count) <= 0.5


def test_clips_are_mono_never_clipped_and_of_two_lengths(
    folder: Path, corpus: dict[str, bytes]
) -> None:
    seconds = []
    for name in corpus:
        samples, rate_hz = soundfile.read(folder / name, dtype="int16")
        info = soundfile.info(folder / name)
        assert (rate_hz, info.channels, info.subtype) == (16000, 1, "PCM_16")
        assert 0.03 * 32767 < np.abs(samples.astype(int)).max() < 0.95 * 32767
        seconds.append(info.duration)
    short, long = ([s for s in seconds if (s > 5) == is_long] for is_long in (False, True))
    assert min(short) >= 1.5 and max(short) < 4
    assert min(long) >= 5.5 and max(long) < 10
    assert 0.08 < len(long) / len(seconds) < 0.25


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_bytes_do_not_depend_on_the_run_or_the_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


def test_fewer_clips_do_not_change_the_others(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    fewer = make(tmp_path, scale=SCALE / 2)
    assert 0.3 * len(corpus) < len(fewer) < 0.7 * len(corpus)
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_and_noise_change_every_clip(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    assert len(set(corpus.values())) == len(corpus)
    for number, changes in enumerate(({"seed": 2}, {"snr_db": 30.0})):
        other = make(tmp_path / str(number), scale=0.1, **changes)
        assert not set(other.values()) & set(corpus.values())


def test_sample_rate_is_that_of_the_settings(tmp_path: Path) -> None:
    for name in make(tmp_path, scale=0.05, rate_hz=8000):
        assert soundfile.info(tmp_path / name).samplerate == 8000


def test_voices_and_sentences_are_those_for_corpora() -> None:
    assert not set(WOMEN) & set(MEN)
    assert {*WOMEN, *MEN} < set(VARIANTS) - set(phrases.PRETRAINING_VARIANTS)
    speakers = [emotions._Speaker(1, number) for number in range(20)]
    assert len({speaker.voice for speaker in speakers}) == 20
    rng = np.random.default_rng(0)
    for speaker in speakers:
        for utterance in emotions._Take(speaker, MANNERS["N"], rng).utterances:
            assert phrases.subset_of(utterance.text) == "corpus"


@pytest.fixture(scope="module")
def acoustics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Return mean level in dB, spectral centroid in Hz and pitch in semitones of each emotion."""
    folder = tmp_path_factory.mktemp("acoustics")
    make(folder, scale=0.5, speakers=5, snr_db=40.0)
    rows: dict[str, list[list[float]]] = {emotion: [] for emotion in MANNERS}
    for path in sorted(folder.rglob("*.wav")):
        wave, rate_hz = librosa.load(path, sr=None)
        level = 10 * np.log10(np.mean(wave**2))
        centroid = librosa.feature.spectral_centroid(y=wave, sr=rate_hz).mean()
        pitch = np.median(librosa.yin(wave, fmin=60, fmax=450, sr=rate_hz))
        rows[path.stem[3]].append([level, centroid, 12 * np.log2(pitch)])
    return {emotion: np.mean(values, axis=0) for emotion, values in rows.items()}


@pytest.mark.parametrize(
    ("measure", "order", "minimum"),
    [(0, "SNHA", 1), (1, "SNHA", 150), (2, "SNA", 2), (2, "SNW", 2), (2, "SNF", 2)],
)
def test_emotions_are_ordered_by_loudness_brightness_and_pitch(
    acoustics: dict[str, np.ndarray], measure: int, order: str, minimum: float
) -> None:
    values = [acoustics[emotion][measure] for emotion in order]
    assert min(np.diff(values)) > minimum


def test_sad_speech_is_slow_and_angry_speech_fast() -> None:
    speaker, rng = emotions._Speaker(1, 0), np.random.default_rng(0)
    takes = {e: [emotions._Take(speaker, MANNERS[e], rng) for _ in range(30)] for e in "SNA"}
    rates = [np.mean([take.utterances[0].rate for take in takes[e]]) for e in "SNA"]
    assert min(np.diff(rates)) > 10


def test_only_surprise_has_questions() -> None:
    rng = np.random.default_rng(0)
    for emotion, manner in MANNERS.items():
        takes = [emotions._Take(emotions._Speaker(1, 1), manner, rng) for _ in range(20)]
        texts = [utterance.text for take in takes for utterance in take.utterances]
        assert any(text.endswith("؟") for text in texts) == (emotion == "W")


def test_tremor_modulates_pitch_and_amplitude_by_its_depth() -> None:
    rate_hz, depth = 16000, 0.04
    time = np.arange(2 * rate_hz) / rate_hz
    tone = np.sin(2 * np.pi * 400 * time).astype(np.float32)
    wave = emotions.add_tremor(tone, rate_hz, depth, np.random.default_rng(3))
    assert wave.dtype == np.float32 and wave.shape == tone.shape
    # The analytic signal gives the instantaneous frequency and amplitude.
    inner = slice(rate_hz // 4, -rate_hz // 4)
    analytic = scipy.signal.hilbert(wave.astype(float))
    hertz = np.diff(np.unwrap(np.angle(analytic)))[inner] * rate_hz / (2 * np.pi)
    assert hertz.max() == pytest.approx(400 * (1 + depth), rel=0.005)
    assert hertz.min() == pytest.approx(400 * (1 - depth), rel=0.005)
    amplitude = np.abs(analytic)[inner]
    assert amplitude.max() == pytest.approx(1 + 5 * depth, rel=0.02)
    assert amplitude.min() == pytest.approx(1 - 5 * depth, rel=0.02)
    spectrum = np.fft.rfft(amplitude - amplitude.mean(), 1 << 19)
    assert 6 <= np.argmax(np.abs(spectrum)) * rate_hz / (1 << 19) <= 9


def test_saturation_keeps_the_peak_and_amplifies_the_rest() -> None:
    wave = np.sin(np.arange(16000) / 16000 * 2 * np.pi * 100).astype(np.float32) * 0.5
    gentle, hard = (emotions.saturate(wave, drive) for drive in (0.1, 1.0))
    assert wave.std() < gentle.std() < hard.std()
    assert np.abs(gentle).max() == pytest.approx(0.5) == np.abs(hard).max()
    # An odd function of a tone has only odd harmonics.
    spectrum = np.abs(np.fft.rfft(hard))
    assert spectrum[300] > 0.1 * spectrum[100]
    assert spectrum[200] < 1e-3 * spectrum[100]


@pytest.mark.parametrize("wrong", [{"scale": 0.01}, {"scale": 10.0}, {"speakers": 4}, {"clip": 3}])
def test_settings_have_bounds(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(emotions.Settings).validate_python({"kind": "emotions"} | wrong)
