"""Spoken digits demo corpus: layout, reproducibility and voices."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from resound.demo.corpora import digits
from resound.demo.synthesis import speech
from tests.helpers import demo

SPEAKERS, TAKES = 3, 2
make = partial(demo.make_corpus, "digits", speakers=SPEAKERS, takes=TAKES)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return make(folder)


def test_layout_is_that_of_audiomnist(corpus: dict[str, bytes]) -> None:
    assert set(corpus) == {
        f"data/{speaker:02}/{digit}_{speaker:02}_{take}.wav"
        for speaker in range(1, SPEAKERS + 1)
        for digit in range(10)
        for take in range(TAKES)
    }


def test_clips_are_short_mono_and_never_clipped(folder: Path, corpus: dict[str, bytes]) -> None:
    for name in corpus:
        samples, rate_hz = soundfile.read(folder / name, dtype="int16")
        info = soundfile.info(folder / name)
        assert (rate_hz, info.channels, info.subtype) == (16000, 1, "PCM_16")
        assert 0.45 <= len(samples) / rate_hz <= 0.85
        assert 0.05 * 32767 < np.abs(samples.astype(int)).max() < 0.95 * 32767


@pytest.mark.parametrize("seconds", [0.01, 3.0])
def test_duration_has_bounds_for_any_word(seconds: float) -> None:
    rng = np.random.default_rng(0)
    word = rng.integers(-9999, 9999, int(seconds * speech.RATE_HZ), dtype=np.int16)
    clip = digits._record(word, digits.Settings(kind="digits"), rng)
    assert 0.45 <= len(clip) / 16000 <= 0.85


def test_sample_rate_is_that_of_the_settings(tmp_path: Path) -> None:
    name = next(iter(make(tmp_path, speakers=1, takes=1, rate_hz=8000)))
    info = soundfile.info(tmp_path / name)
    assert info.samplerate == 8000
    assert 0.45 <= info.duration <= 0.85


@pytest.mark.parametrize(
    ("pool", "workers"), [("none", 1), ("process", 1), ("process", 2), ("thread", 2)]
)
def test_bytes_do_not_depend_on_the_run_or_the_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


@pytest.mark.parametrize("changes", [{"speakers": SPEAKERS - 1}, {"takes": TAKES - 1}])
def test_fewer_speakers_or_takes_do_not_change_the_others(
    tmp_path: Path, corpus: dict[str, bytes], changes: dict[str, float]
) -> None:
    fewer = make(tmp_path, **changes)
    assert 0 < len(fewer) < len(corpus)
    assert fewer == {name: corpus[name] for name in fewer}


@pytest.mark.parametrize("changes", [{"seed": 2}, {"snr_db": 20.0}])
def test_seed_and_noise_change_every_file(
    tmp_path: Path, corpus: dict[str, bytes], changes: dict[str, float]
) -> None:
    other = make(tmp_path, **changes)
    assert other.keys() == corpus.keys()
    assert not any(other[name] == corpus[name] for name in corpus)


def test_takes_and_speakers_differ(corpus: dict[str, bytes]) -> None:
    assert len(set(corpus.values())) == len(corpus)


def test_speakers_have_different_voices() -> None:
    count = len(digits.ACCENTS) * len(digits.VARIANTS)
    assert len({digits._voice(1, speaker) for speaker in range(1, count + 1)}) == count


def test_every_voice_exists_and_is_different() -> None:
    voices = [f"{digits.ACCENTS[0]}+{name}" for name in digits.VARIANTS] + digits.ACCENTS
    waves = speech.synthesise([speech.Utterance("seven", voice) for voice in voices])
    assert len(waves) == len(voices)
    assert all(len(samples) > 0.2 * speech.RATE_HZ for samples in waves)
    assert len({samples.tobytes() for samples in waves}) == len(voices)
