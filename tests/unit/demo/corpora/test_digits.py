"""The spoken-digits demo corpus: its layout, its repeatability and its sound."""

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from resound.demo.corpora import digits
from resound.demo.synthesis import sound, speech
from resound.errors import UserError
from tests.helpers import demo

SPEAKERS, TAKES = 3, 2
made = partial(demo.made, "digits", speakers=SPEAKERS, takes=TAKES)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return made(folder)


def ask_worker(**request: object) -> subprocess.CompletedProcess[bytes]:
    """Run speak.py on one request."""
    path = Path(speech.__file__).with_name("espeak.py")
    line = json.dumps({"text": "one", "voice": "en", "rate": 175, "pitch": 50} | request)
    return subprocess.run([sys.executable, "-P", path], input=line.encode(), capture_output=True)


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
def test_no_word_makes_a_clip_too_short_or_too_long(seconds: float) -> None:
    rng = np.random.default_rng(0)
    word = rng.integers(-9999, 9999, int(seconds * speech.RATE), dtype=np.int16)
    clip = digits._record(word, digits.Settings(kind="digits"), rng)
    assert 0.45 <= len(clip) / 16000 <= 0.85


def test_sample_rate_is_the_one_asked_for(tmp_path: Path) -> None:
    name = next(iter(made(tmp_path, speakers=1, takes=1, rate_hz=8000)))
    info = soundfile.info(tmp_path / name)
    assert info.samplerate == 8000
    assert 0.45 <= info.duration <= 0.85


@pytest.mark.parametrize(
    ("pool", "workers"), [("none", 1), ("process", 1), ("process", 2), ("thread", 2)]
)
def test_bytes_do_not_depend_on_run_or_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert made(tmp_path, pool, workers) == corpus


@pytest.mark.parametrize("changes", [{"speakers": SPEAKERS - 1}, {"takes": TAKES - 1}])
def test_fewer_speakers_or_takes_leave_the_others_as_they_are(
    tmp_path: Path, corpus: dict[str, bytes], changes: dict[str, float]
) -> None:
    fewer = made(tmp_path, **changes)
    assert 0 < len(fewer) < len(corpus)
    assert fewer == {name: corpus[name] for name in fewer}


@pytest.mark.parametrize("changes", [{"seed": 2}, {"snr_db": 20.0}])
def test_seed_and_noise_change_every_file(
    tmp_path: Path, corpus: dict[str, bytes], changes: dict[str, float]
) -> None:
    other = made(tmp_path, **changes)
    assert other.keys() == corpus.keys()
    assert not any(other[name] == corpus[name] for name in corpus)


def test_takes_and_speakers_differ(corpus: dict[str, bytes]) -> None:
    assert len(set(corpus.values())) == len(corpus)


def test_speakers_have_voices_of_their_own() -> None:
    count = len(digits.ACCENTS) * len(digits.VARIANTS)
    assert len({digits._voice(1, speaker) for speaker in range(1, count + 1)}) == count


def test_every_voice_exists_and_speaks() -> None:
    voices = [f"{digits.ACCENTS[0]}+{name}" for name in digits.VARIANTS] + digits.ACCENTS
    spoken = speech.speak([speech.Utterance("seven", voice) for voice in voices])
    assert len(spoken) == len(voices)
    assert all(len(samples) > 0.2 * speech.RATE for samples in spoken)
    assert len({samples.tobytes() for samples in spoken}) == len(voices)


def test_rate_and_pitch_reach_the_voice() -> None:
    low, high, slow = speech.speak(
        [
            speech.Utterance("nine", "en", pitch=10),
            speech.Utterance("nine", "en", pitch=90),
            speech.Utterance("nine", "en", rate=90),
        ]
    )
    assert pitch_hz(high) > 1.3 * pitch_hz(low)
    assert len(slow) > 1.3 * len(low)


def pitch_hz(samples: np.ndarray) -> float:
    """The pitch between 50 and 250 Hz, from the peak of the autocorrelation."""
    wave = samples.astype(float)
    shortest, longest = speech.RATE // 250, speech.RATE // 50
    similar = np.correlate(wave, wave, "full")[len(wave) - 1 :]
    return speech.RATE / (shortest + int(np.argmax(similar[shortest:longest])))


def test_speech_does_not_depend_on_the_clock() -> None:
    # f2's breath is noise; unseeded, espeak-ng's generator starts from the time in seconds.
    utterances = [speech.Utterance("six", "en+f2")]
    before = speech.speak(utterances)[0].tobytes()
    time.sleep(1.1)
    assert speech.speak(utterances)[0].tobytes() == before


@pytest.mark.parametrize("voice", ["en+nobody", "en+", "en-gb", "nolanguage"])
def test_worker_refuses_unknown_voices_in_one_line(voice: str) -> None:
    done = ask_worker(voice=voice)
    assert done.returncode != 0
    assert done.stdout == b""
    assert len(done.stderr.decode().splitlines()) == 1
    assert voice in done.stderr.decode()


def test_worker_counts_its_samples_and_the_bytes_of_its_times() -> None:
    done = ask_worker()
    assert done.returncode == 0
    samples = 2 * int.from_bytes(done.stdout[:4], "little")
    count, times = done.stdout[4 + samples : 8 + samples], done.stdout[8 + samples :]
    assert samples > 0
    assert int.from_bytes(count, "little") == len(times)
    assert [name for _, name in json.loads(times)] == ["w", "'0", "n", "_:", "_"]


def test_worker_failure_is_a_user_error() -> None:
    with pytest.raises(UserError, match="no variant 'nobody'"):
        speech.speak([speech.Utterance("one", "en+nobody")])


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import sys; sys.exit('the package is missing')", "the package is missing"),
        ("import os; os.abort()", "ended with status"),
    ],
)
def test_worker_that_cannot_run_is_a_user_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    worker = tmp_path / "espeak.py"
    worker.write_text(program)
    monkeypatch.setattr(speech, "_WORKER", worker)
    with pytest.raises(UserError, match=message):
        speech.speak([speech.Utterance("one", "en")])


def test_nothing_to_say_is_no_error() -> None:
    assert speech.speak([]) == []


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 12.5])
def test_noise_has_the_asked_ratio(snr_db: float) -> None:
    wave = np.sin(np.arange(4000, dtype=np.float32) / 7)
    noise = sound.add_noise(wave, snr_db, np.random.default_rng(0)) - wave
    ratio = np.sum(wave.astype(float) ** 2) / np.sum(noise.astype(float) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(snr_db, abs=1e-3)


def test_room_keeps_the_direct_sound_and_decays() -> None:
    click = np.zeros(16000, dtype=np.float32)
    click[100] = 1
    heard = sound.add_room(click, 16000, 0.3, 6.0, np.random.default_rng(0)).astype(float)
    tail = heard[101:]
    assert np.abs(heard[:100]).max() < 1e-6
    assert heard[100] == pytest.approx(1, abs=1e-6)
    assert 10 * np.log10(np.sum(tail**2)) == pytest.approx(-6, abs=0.01)
    early, late = np.sum(tail[:800] ** 2), np.sum(tail[2400:3200] ** 2)
    assert 10 * np.log10(late / early) == pytest.approx(-60 * 0.15 / 0.3, abs=2)


def test_loud_waves_are_turned_down_and_quiet_ones_kept() -> None:
    quiet = np.array([0.5, -0.25], dtype=np.float32)
    assert sound.to_int16(quiet).tolist() == [16384, -8192]
    assert sound.to_int16(quiet * 8).tolist() == [32767, -16384]
    assert sound.to_int16(quiet[:0]).tolist() == []


def test_peak_is_set_in_decibels() -> None:
    wave = np.array([0.1, -0.2], dtype=np.float32)
    assert np.abs(sound.set_peak(wave, -20)).max() == pytest.approx(0.1)
    assert not sound.set_peak(np.zeros(3, dtype=np.float32), -20).any()


def test_trimmed_sound_is_placed_whole_or_cut() -> None:
    wave = np.array([0, 0.001, 1, 0.5, 0, 0], dtype=np.float32)
    word = sound.trim(wave)
    assert word.tolist() == [1, 0.5]
    placed = [sound.place(word, 5, np.random.default_rng(seed)) for seed in range(40)]
    assert {tuple(clip.nonzero()[0]) for clip in placed} == {(0, 1), (1, 2), (2, 3), (3, 4)}
    assert sound.place(word, 1, np.random.default_rng(0)).tolist() == [1]
