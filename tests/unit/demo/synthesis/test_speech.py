"""Speech synthesis: reproducibility, phoneme times, and the espeak-ng worker."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from resound.demo.synthesis import speech
from resound.errors import UserError


def run_worker(**request: object) -> subprocess.CompletedProcess[bytes]:
    """Run espeak.py on one request."""
    path = Path(speech.__file__).with_name("espeak.py")
    line = json.dumps({"text": "one", "voice": "en", "rate": 175, "pitch": 50} | request)
    return subprocess.run([sys.executable, "-P", path], input=line.encode(), capture_output=True)


def test_rate_and_pitch_affect_the_speech() -> None:
    low, high, slow = speech.synthesise(
        [
            speech.Utterance("nine", "en", pitch=10),
            speech.Utterance("nine", "en", pitch=90),
            speech.Utterance("nine", "en", rate=90),
        ]
    )
    assert pitch_hz(high) > 1.3 * pitch_hz(low)
    assert len(slow) > 1.3 * len(low)


def pitch_hz(samples: np.ndarray) -> float:
    """Return the pitch between 50 and 250 Hz, by the peak of the autocorrelation."""
    wave = samples.astype(float)
    shortest, longest = speech.RATE_HZ // 250, speech.RATE_HZ // 50
    autocorrelation = np.correlate(wave, wave, "full")[len(wave) - 1 :]
    return speech.RATE_HZ / (shortest + int(np.argmax(autocorrelation[shortest:longest])))


def test_speech_does_not_depend_on_the_clock() -> None:
    # The breathiness of f2 is random noise; by default, espeak-ng seeds its generator with the time
    # in seconds.
    utterances = [speech.Utterance("six", "en+f2")]
    before = speech.synthesise(utterances)[0].tobytes()
    time.sleep(1.1)
    assert speech.synthesise(utterances)[0].tobytes() == before


@pytest.mark.parametrize("voice", ["en+nobody", "en+", "en-gb", "nolanguage"])
def test_worker_rejects_unknown_voices_in_one_line(voice: str) -> None:
    process = run_worker(voice=voice)
    assert process.returncode != 0
    assert process.stdout == b""
    assert len(process.stderr.decode().splitlines()) == 1
    assert voice in process.stderr.decode()


def test_worker_writes_the_sizes_of_samples_and_times() -> None:
    process = run_worker()
    assert process.returncode == 0
    samples = 2 * int.from_bytes(process.stdout[:4], "little")
    count, times = process.stdout[4 + samples : 8 + samples], process.stdout[8 + samples :]
    assert samples > 0
    assert int.from_bytes(count, "little") == len(times)
    assert [name for _, name in json.loads(times)] == ["w", "'0", "n", "_:", "_"]


def test_worker_failure_is_a_user_error() -> None:
    with pytest.raises(UserError, match="no variant 'nobody'"):
        speech.synthesise([speech.Utterance("one", "en+nobody")])


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
        speech.synthesise([speech.Utterance("one", "en")])


def test_no_utterances_are_no_error() -> None:
    assert speech.synthesise([]) == []


def test_phonemes_have_the_time_of_their_onset() -> None:
    utterances = [speech.Utterance("sea", "en-us"), speech.Utterance("shoe", "en-us")]
    timed = speech.synthesise_timed(utterances)
    assert [[name for _, name in word.phonemes] for word in timed] == [
        ["s", "'i:", "_:", "_"],
        ["S", "'u:", "_:", "_"],
    ]
    for word, samples in zip(timed, speech.synthesise(utterances)):
        np.testing.assert_array_equal(word.samples, samples)
        starts = [start for start, _ in word.phonemes]
        assert starts == sorted(starts) and starts[-1] <= len(word.samples)
        # The fricative has far more zero crossings than the vowel that follows it.
        fricative, vowel = np.split(word.samples[starts[0] : starts[2]], [starts[1] - starts[0]])
        assert crossings_hz(fricative) > 4000 > 1500 > crossings_hz(vowel)


def crossings_hz(samples: np.ndarray) -> float:
    """Return the frequency of a tone with the same rate of zero crossings."""
    return float(np.mean(np.diff(np.signbit(samples)))) * speech.RATE_HZ / 2
