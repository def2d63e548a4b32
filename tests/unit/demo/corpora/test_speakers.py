"""Speakers demo corpus: layout, reproducibility and sound."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from resound.demo.corpora import speakers
from resound.demo.synthesis.speech import RATE_HZ, synthesise
from tests.helpers import demo

CLIPS = speakers.SPEECH_S + 2
NOISES = {
    "_background_noise_/babble.wav",
    "_background_noise_/hum.wav",
    "other/hiss.wav",
    "other/rain.wav",
}
make = partial(demo.make_corpus, "speakers", clips=CLIPS)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return make(folder)


def read(folder: Path, name: str) -> np.ndarray:
    return soundfile.read(folder / name, dtype="float32")[0]


def test_layout_has_one_folder_per_speaker_and_two_of_noise(corpus: dict[str, bytes]) -> None:
    clips = {f"{name}/{number}.wav" for name in speakers.VOICES for number in range(CLIPS)}
    assert len(speakers.VOICES) == 5
    assert set(corpus) == clips | NOISES


def test_clips_last_a_second_and_noises_longer(folder: Path, corpus: dict[str, bytes]) -> None:
    for name in corpus:
        info = soundfile.info(folder / name)
        assert (info.samplerate, info.channels, info.subtype) == (16000, 1, "PCM_16")
        assert info.frames == 16000 * (speakers.NOISE_S if name in NOISES else 1)


def test_no_file_is_clipped_or_silent(folder: Path, corpus: dict[str, bytes]) -> None:
    for name in corpus:
        wave = read(folder, name)
        assert np.abs(wave).max() < 0.95
        assert np.sqrt(np.mean(wave**2)) > 1e-3


def test_consecutive_clips_of_a_speech_have_no_gap(folder: Path) -> None:
    # Samples lost at a cut would cause a jump of the waveform.
    speaker = next(iter(speakers.VOICES))
    clips = [read(folder, f"{speaker}/{number}.wav") for number in range(speakers.SPEECH_S)]
    speech = np.concatenate(clips)
    steps = np.abs(np.diff(speech))
    cuts = steps[15999::16000]
    assert len(cuts) == speakers.SPEECH_S - 1
    assert np.median(cuts) < 2 * np.median(steps)


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_bytes_do_not_depend_on_the_run_or_the_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


@pytest.mark.parametrize("clips", [1, speakers.SPEECH_S])
def test_fewer_clips_do_not_change_the_others(
    tmp_path: Path, corpus: dict[str, bytes], clips: int
) -> None:
    fewer = make(tmp_path, clips=clips)
    assert len(fewer) == 5 * clips + len(NOISES)
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_changes_every_file(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    other = make(tmp_path, seed=2)
    assert other.keys() == corpus.keys()
    assert not any(other[name] == corpus[name] for name in corpus)


def test_noise_level_changes_clips_and_nothing_else(
    tmp_path: Path, corpus: dict[str, bytes]
) -> None:
    other = make(tmp_path, clips=1, snr_db=20.0)
    assert {name for name in other if other[name] == corpus[name]} == NOISES


def test_sample_rate_is_that_of_the_settings(tmp_path: Path) -> None:
    for name in make(tmp_path, clips=1, rate_hz=8000):
        info = soundfile.info(tmp_path / name)
        assert info.samplerate == 8000
        assert info.frames == 8000 * (speakers.NOISE_S if name in NOISES else 1)


def test_clips_differ(corpus: dict[str, bytes]) -> None:
    assert len(set(corpus.values())) == len(corpus)


def test_every_speaker_has_a_different_mean_tilt_and_level() -> None:
    means = [speakers._recording_means(7, speaker) for speaker in range(len(speakers.VOICES))]
    tilts, peaks = zip(*means)
    assert sorted(tilts) == sorted(speakers.MEAN_TILT_DB)
    assert sorted(peaks) == sorted(speakers.MEAN_PEAK_DB)


def test_speakers_and_crowd_have_different_voices() -> None:
    voices = [*speakers.VOICES.values(), *speakers.CROWD]
    assert len(set(voices)) == len(voices)
    rng = np.random.default_rng(0)
    utterances = [
        utterance for voice in voices for utterance in speakers._utterances(voice, rng, 1)
    ]
    assert len(synthesise(utterances)) == len(voices)


def test_sentences_vary_and_fill_a_speech() -> None:
    for voice in speakers.VOICES.values():
        utterances = list(speakers._utterances(voice, np.random.default_rng(0)))
        assert len({utterance.text for utterance in utterances}) == len(utterances)
        assert sum(map(len, synthesise(utterances))) > speakers.SPEECH_S * RATE_HZ


def test_short_speech_is_repeated() -> None:
    word = np.full(RATE_HZ // 2, 9999, np.int16)
    speech = speakers._join([word], 16000, np.random.default_rng(0))
    assert len(speech) == speakers.SPEECH_S * 16000
    assert speech[-16000:].any()


def test_drift_is_slow_and_within_bounds() -> None:
    curve = speakers._drift(-2, 3, 50000, np.random.default_rng(0))
    assert -2 <= curve.min() < curve.max() <= 3
    assert np.abs(np.diff(curve)).max() < 5 / 12000
