"""The speakers demo corpus: its layout, its repeatability and its sound."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from resound.demo.corpora import speakers
from resound.demo.synthesis import sound
from resound.demo.synthesis.speech import RATE, speak
from tests.helpers import demo

CLIPS = speakers.SPEECH_S + 2
NOISES = {
    "_background_noise_/babble.wav",
    "_background_noise_/hum.wav",
    "other/hiss.wav",
    "other/rain.wav",
}
made = partial(demo.made, "speakers", clips=CLIPS)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return made(folder)


def read(folder: Path, name: str) -> np.ndarray:
    return soundfile.read(folder / name, dtype="float32")[0]


def test_layout_is_a_folder_a_speaker_and_two_of_noise(corpus: dict[str, bytes]) -> None:
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


def test_clips_of_a_speech_follow_each_other_without_a_gap(folder: Path) -> None:
    # Where samples were lost at a cut, the wave would jump there.
    speaker = next(iter(speakers.VOICES))
    clips = [read(folder, f"{speaker}/{number}.wav") for number in range(speakers.SPEECH_S)]
    speech = np.concatenate(clips)
    steps = np.abs(np.diff(speech))
    cuts = steps[15999::16000]
    assert len(cuts) == speakers.SPEECH_S - 1
    assert np.median(cuts) < 2 * np.median(steps)


@pytest.mark.parametrize(("pool", "workers"), [("none", 1), ("process", 2), ("thread", 2)])
def test_bytes_do_not_depend_on_run_or_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert made(tmp_path, pool, workers) == corpus


@pytest.mark.parametrize("clips", [1, speakers.SPEECH_S])
def test_fewer_clips_leave_the_others_as_they_are(
    tmp_path: Path, corpus: dict[str, bytes], clips: int
) -> None:
    fewer = made(tmp_path, clips=clips)
    assert len(fewer) == 5 * clips + len(NOISES)
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_changes_every_file(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    other = made(tmp_path, seed=2)
    assert other.keys() == corpus.keys()
    assert not any(other[name] == corpus[name] for name in corpus)


def test_noise_level_changes_clips_and_nothing_else(
    tmp_path: Path, corpus: dict[str, bytes]
) -> None:
    other = made(tmp_path, clips=1, snr_db=20.0)
    assert {name for name in other if other[name] == corpus[name]} == NOISES


def test_sample_rate_is_the_one_asked_for(tmp_path: Path) -> None:
    for name in made(tmp_path, clips=1, rate_hz=8000):
        info = soundfile.info(tmp_path / name)
        assert info.samplerate == 8000
        assert info.frames == 8000 * (speakers.NOISE_S if name in NOISES else 1)


def test_clips_differ(corpus: dict[str, bytes]) -> None:
    assert len(set(corpus.values())) == len(corpus)


def test_every_speaker_has_a_usual_tilt_and_loudness_of_their_own() -> None:
    usual = [speakers._usual(7, speaker) for speaker in range(len(speakers.VOICES))]
    tilts, peaks = zip(*usual)
    assert sorted(tilts) == sorted(speakers.USUAL_TILT_DB)
    assert sorted(peaks) == sorted(speakers.USUAL_PEAK_DB)


def test_voices_differ_and_the_crowd_has_none_of_them() -> None:
    voices = [*speakers.VOICES.values(), *speakers.CROWD]
    assert len(set(voices)) == len(voices)
    rng = np.random.default_rng(0)
    spoken = speak([said for voice in voices for said in speakers._sentences(voice, rng, 1)])
    assert len(spoken) == len(voices)


def test_sentences_vary_and_fill_a_speech() -> None:
    for voice in speakers.VOICES.values():
        said = list(speakers._sentences(voice, np.random.default_rng(0)))
        assert len({utterance.text for utterance in said}) == len(said)
        assert sum(map(len, speak(said))) > speakers.SPEECH_S * RATE


def test_short_speech_begins_again() -> None:
    word = np.full(RATE // 2, 9999, np.int16)
    speech = speakers._deliver([word], 16000, np.random.default_rng(0))
    assert len(speech) == speakers.SPEECH_S * 16000
    assert speech[-16000:].any()


def test_loudness_drifts_slowly_and_within_bounds() -> None:
    curve = speakers._drift(-2, 3, 50000, np.random.default_rng(0))
    assert -2 <= curve.min() < curve.max() <= 3
    assert np.abs(np.diff(curve)).max() < 5 / 12000


def test_tilt_is_in_decibels_per_octave() -> None:
    time = np.arange(16384) / 16384
    low, high = (np.sin(2 * np.pi * hz * time).astype(np.float32) for hz in (1000, 4000))
    for wave, factor in ((low, 1.0), (high, 10 ** (-6 / 20))):
        tilted = sound.tilt(wave, 16384, -3.0)
        assert tilted.dtype == np.float32
        assert np.abs(tilted).max() == pytest.approx(factor, rel=0.01)


@pytest.mark.parametrize("length", [1, 4096, 10001])
def test_tilt_of_nothing_changes_nothing(length: int) -> None:
    wave = np.random.default_rng(0).standard_normal(length).astype(np.float32)
    np.testing.assert_allclose(sound.tilt(wave, 16000, 0.0), wave, atol=1e-5)


def test_noise_of_any_kind_has_the_asked_ratio() -> None:
    wave = np.sin(np.arange(4000, dtype=np.float32) / 7)
    noise = np.linspace(0, 5, 4000, dtype=np.float32)
    added = (sound.mix(wave, noise, 10.0) - wave).astype(float)
    ratio = np.sum(wave.astype(float) ** 2) / np.sum(added**2)
    assert 10 * np.log10(ratio) == pytest.approx(10.0, abs=1e-3)
