"""The emotions demo corpus: its layout, its repeatability and how emotions sound."""

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
made = partial(demo.made, "emotions", scale=SCALE, speakers=SPEAKERS)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return made(folder)


def plan(**changes: float) -> list[list[emotions.Clip]]:
    return emotions._plan(emotions.Settings(kind="emotions", **changes))


def test_layout_is_that_of_shemo(corpus: dict[str, bytes]) -> None:
    names = [re.fullmatch(r"(female/F|male/M)(\d{2})([AFHNSW])(\d{2})\.wav", n) for n in corpus]
    assert None not in names
    takes: dict[tuple[str, ...], list[int]] = {}
    for name in filter(None, names):
        takes.setdefault(name.groups()[:3], []).append(int(name[4]))
    # A speaker's clips of an emotion are counted from 1 without gaps.
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in takes.values())
    genders = Counter(gender for gender, _ in {key[:2] for key in takes})
    assert genders == {"female/F": 3, "male/M": 3}


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_a_tenth_of_shemos_and_speakers_are_unequal(seed: int) -> None:
    speakers = plan(seed=seed)
    clips = [clip for own in speakers for clip in own]
    assert Counter(clip.emotion for clip in clips) == COUNTS
    assert len({clip.name for clip in clips}) == len(clips) == 322
    assert len(speakers) == 20
    sizes = [len(own) for own in speakers]
    assert max(sizes) > 2 * min(sizes) > 0
    fearful = [own for own in speakers if any(clip.emotion == "F" for clip in own)]
    assert len(fearful) >= 5
    assert {clip.name[0] for own in fearful for clip in own} == {"f", "m"}


@pytest.mark.parametrize("scale", [0.05, 0.3, 2.0])
def test_scale_keeps_the_shares_and_every_emotion(scale: float) -> None:
    found = Counter(clip.emotion for own in plan(scale=scale) for clip in own)
    assert found.keys() == COUNTS.keys()
    for emotion, count in COUNTS.items():
        assert abs(found[emotion] - scale * count) <= 0.5


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
def test_bytes_do_not_depend_on_run_or_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert made(tmp_path, pool, workers) == corpus


def test_fewer_clips_leave_the_others_as_they_are(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    fewer = made(tmp_path, scale=SCALE / 2)
    assert 0.3 * len(corpus) < len(fewer) < 0.7 * len(corpus)
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_and_noise_change_every_clip(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    assert len(set(corpus.values())) == len(corpus)
    for number, changes in enumerate(({"seed": 2}, {"snr_db": 30.0})):
        other = made(tmp_path / str(number), scale=0.1, **changes)
        assert not set(other.values()) & set(corpus.values())


def test_sample_rate_is_the_one_asked_for(tmp_path: Path) -> None:
    for name in made(tmp_path, scale=0.05, rate_hz=8000):
        assert soundfile.info(tmp_path / name).samplerate == 8000


def test_voices_and_sentences_are_those_of_corpora() -> None:
    assert not set(WOMEN) & set(MEN)
    assert {*WOMEN, *MEN} < set(VARIANTS) - set(phrases.PRACTICE_VARIANTS)
    people = [emotions._Person(1, speaker) for speaker in range(20)]
    assert len({person.voice for person in people}) == 20
    rng = np.random.default_rng(0)
    for person in people:
        for said in emotions._Take(person, MANNERS["N"], rng).utterances:
            assert phrases.half_of(said.text) == "corpus"


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Each emotion's mean level in dB, spectral centroid in Hz, and pitch in semitones."""
    home = tmp_path_factory.mktemp("heard")
    made(home, scale=0.5, speakers=5, snr_db=40.0)
    rows: dict[str, list[list[float]]] = {emotion: [] for emotion in MANNERS}
    for path in sorted(home.rglob("*.wav")):
        wave, rate_hz = librosa.load(path, sr=None)
        level = 10 * np.log10(np.mean(wave**2))
        centroid = librosa.feature.spectral_centroid(y=wave, sr=rate_hz).mean()
        pitch = np.median(librosa.yin(wave, fmin=60, fmax=450, sr=rate_hz))
        rows[path.stem[3]].append([level, centroid, 12 * np.log2(pitch)])
    return {emotion: np.mean(found, axis=0) for emotion, found in rows.items()}


@pytest.mark.parametrize(
    ("measure", "order", "least"),
    [(0, "SNHA", 1), (1, "SNHA", 150), (2, "SNA", 2), (2, "SNW", 2), (2, "SNF", 2)],
)
def test_emotions_are_ordered_by_loudness_brightness_and_pitch(
    heard: dict[str, np.ndarray], measure: int, order: str, least: float
) -> None:
    values = [heard[emotion][measure] for emotion in order]
    assert min(np.diff(values)) > least


def test_sad_speech_is_slow_and_angry_speech_fast() -> None:
    person, rng = emotions._Person(1, 0), np.random.default_rng(0)
    takes = {e: [emotions._Take(person, MANNERS[e], rng) for _ in range(30)] for e in "SNA"}
    rates = [np.mean([take.utterances[0].rate for take in takes[e]]) for e in "SNA"]
    assert min(np.diff(rates)) > 10


def test_only_surprise_asks() -> None:
    rng = np.random.default_rng(0)
    for emotion, manner in MANNERS.items():
        takes = [emotions._Take(emotions._Person(1, 1), manner, rng) for _ in range(20)]
        asks = [said.text.endswith("؟") for take in takes for said in take.utterances]
        assert any(asks) == (emotion == "W")


def test_tremor_sways_pitch_and_loudness_by_its_depth() -> None:
    rate_hz, depth = 16000, 0.04
    time = np.arange(2 * rate_hz) / rate_hz
    tone = np.sin(2 * np.pi * 400 * time).astype(np.float32)
    shaken = emotions.tremble(tone, rate_hz, depth, np.random.default_rng(3))
    assert shaken.dtype == np.float32 and shaken.shape == tone.shape
    # The analytic signal tells both from moment to moment.
    inner = slice(rate_hz // 4, -rate_hz // 4)
    analytic = scipy.signal.hilbert(shaken.astype(float))
    hertz = np.diff(np.unwrap(np.angle(analytic)))[inner] * rate_hz / (2 * np.pi)
    assert hertz.max() == pytest.approx(400 * (1 + depth), rel=0.005)
    assert hertz.min() == pytest.approx(400 * (1 - depth), rel=0.005)
    size = np.abs(analytic)[inner]
    assert size.max() == pytest.approx(1 + 5 * depth, rel=0.02)
    assert size.min() == pytest.approx(1 - 5 * depth, rel=0.02)
    periods = np.fft.rfft(size - size.mean(), 1 << 19)
    assert 6 <= np.argmax(np.abs(periods)) * rate_hz / (1 << 19) <= 9


def test_strain_keeps_the_peak_and_makes_the_rest_louder() -> None:
    wave = np.sin(np.arange(16000) / 16000 * 2 * np.pi * 100).astype(np.float32) * 0.5
    gentle, hard = (emotions.strained(wave, drive) for drive in (0.1, 1.0))
    assert wave.std() < gentle.std() < hard.std()
    assert np.abs(gentle).max() == pytest.approx(0.5) == np.abs(hard).max()
    # An odd function of a tone has odd harmonics only.
    spectrum = np.abs(np.fft.rfft(hard))
    assert spectrum[300] > 0.1 * spectrum[100]
    assert spectrum[200] < 1e-3 * spectrum[100]


@pytest.mark.parametrize("wrong", [{"scale": 0.01}, {"scale": 10.0}, {"speakers": 4}, {"clip": 3}])
def test_settings_have_bounds(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(emotions.Settings).validate_python({"kind": "emotions"} | wrong)
