"""Transcription of recordings: segments, languages, formats, rejected recordings."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

import resound
from resound.data.vad import RATE_HZ, find_speech, join_segments, merge_segments
from resound.demo.synthesis.phrases import synthesise_trimmed
from resound.demo.synthesis.speech import Utterance
from resound.errors import UserError
from resound.features import whisper
from resound.io.files import read_json
from resound.models.whisper.model import Recogniser
from resound.models.whisper.settings import Fallback, Transcription
from resound.prediction.subtitles import to_srt
from resound.prediction.transcriber import Transcriber
from scripts import transcribe, write_subtitle_files, write_subtitles
from tests.helpers.whisper import CONFIGURATION, add_timestamps, save_untrained

Write = Callable[..., Path]

GREEDY = Transcription(method="greedy")
LONG_FORM = Transcription(fallback=Fallback(temperatures=[0.0]))


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return save_untrained(folder / "model")


@pytest.fixture(scope="module")
def timed_model(folder: Path) -> Path:
    add_timestamps(Recogniser(save_untrained(folder / "timed"))).save(folder / "timed")
    return folder / "timed"


@pytest.fixture(scope="module")
def talk(folder: Path) -> Path:
    """Three sentences with pauses of a second around each."""
    texts = ("the weather is nice", "the child likes milk", "we read a book")
    waves = synthesise_trimmed([Utterance(text, "en-us") for text in texts], RATE_HZ)
    noise = np.random.default_rng(0).normal(0, 1e-4, RATE_HZ)
    parts = [part for wave in waves for part in (noise, wave)]
    soundfile.write(folder / "talk.wav", np.concatenate([*parts, noise]), RATE_HZ)
    return folder / "talk.wav"


def test_segments_of_speech_are_decoded_as_clips(model: Path, talk: Path) -> None:
    transcript = Transcriber(model, GREEDY).transcribe(talk)
    samples = soundfile.read(talk, dtype="float32")[0]
    speech = find_speech(samples, 0.3, 0.1, CONFIGURATION.window_s - 0.2)
    assert transcript.seconds == pytest.approx(len(samples) / RATE_HZ)
    assert transcript.speech_seconds == sum(end - first for first, end in speech) / RATE_HZ
    recogniser = Recogniser(model)
    wider = join_segments(speech, 0, 0.1, len(samples))
    speech = merge_segments(wider, CONFIGURATION.window_s * RATE_HZ)
    clips = [whisper.extract(CONFIGURATION, [samples[first:end]]) for first, end in speech]
    assert transcript.language
    texts = recogniser.texts(clips, [transcript.language] * len(clips), "transcribe", 8)
    expected = [text for text in texts if text]
    assert [segment.text for segment in transcript.segments] == expected and len(expected) > 1
    assert transcript.text == " ".join(expected)
    probabilities = recogniser.language_probabilities(clips, 8)
    mean = np.average(probabilities, axis=0, weights=[end - first for first, end in speech])
    assert transcript.languages[transcript.language] == pytest.approx(mean.max(), abs=1e-4)


def test_the_long_form_has_the_times_of_the_model(timed_model: Path, talk: Path) -> None:
    whole = Transcriber(timed_model, LONG_FORM).transcribe(talk)
    again = Transcriber(timed_model, LONG_FORM).transcribe(talk)
    assert whole == again and len(whole.segments) > 1
    times = [(segment.start, segment.end) for segment in whole.segments]
    assert times == sorted(times)
    assert all(0 <= start <= end <= whole.seconds for start, end in times)


def test_the_language_can_be_given(model: Path, talk: Path) -> None:
    transcript = Transcriber(model, Transcription(language="zh", method="greedy")).transcribe(talk)
    assert transcript.language == "zh" and not transcript.languages
    with pytest.raises(UserError, match="knows no language 'farsi'"):
        Transcriber(model, Transcription(language="farsi"))


@pytest.mark.parametrize("seconds", [0.0, 3.0])
def test_silence_has_no_language_and_no_text(model: Path, tmp_path: Path, seconds: float) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(int(seconds * RATE_HZ)), RATE_HZ)
    transcript = Transcriber(model).transcribe(tmp_path / "silence.wav")
    if seconds:
        assert transcript.language is None and transcript.seconds == seconds
        assert not transcript.text and not transcript.segments
    else:
        assert transcript.rejected


def test_a_model_is_loaded_from_the_folder_of_its_run(
    model: Path, talk: Path, tmp_path: Path
) -> None:
    (tmp_path / "model").symlink_to(model)
    loaded = resound.load(tmp_path, settings=GREEDY)
    assert loaded.transcribe(talk) == Transcriber(model, GREEDY).transcribe(talk)


# The stage


def run_stage(model: Path, source: Path, output: Path, task: str) -> list[str]:
    """Run the stage; return its lines of progress."""
    lines = list[str]()
    config = json.dumps({"task": task, "transcription": {"method": "greedy"}})
    transcribe.main(source, model, config, "cpu", 1, output, lines.append)
    return lines


def test_a_folder_is_transcribed_and_written_as_subtitles(
    model: Path, talk: Path, tmp_path: Path
) -> None:
    recordings = tmp_path / "recordings"
    (recordings / "more").mkdir(parents=True)
    (recordings / "bad.wav").write_bytes(b"RIFF")
    for name in ("a.wav", "more/a.wav"):
        (recordings / name).write_bytes(talk.read_bytes())
    output = tmp_path / "all.json"
    lines = run_stage(model, recordings, output, "transcribe")
    written = read_json(output)
    assert written["task"] == "transcribe" and written["model"] == str(model)
    first, bad, second = written["recordings"]
    assert [Path(one["audio"]).name for one in written["recordings"]] == [
        "a.wav",
        "bad.wav",
        "a.wav",
    ]
    assert first["text"] and {**first, "audio": ""} == {**second, "audio": ""}
    assert bad.keys() == {"audio", "rejected"}
    assert any("bad.wav is rejected" in line for line in lines)

    write_subtitle_files.main(output, "srt", tmp_path / "srt")
    names = sorted(path.name for path in (tmp_path / "srt").iterdir())
    assert names == ["a.srt", "a_1.srt"]
    assert (tmp_path / "srt/a.srt").read_text() == to_srt(first["segments"])
    with pytest.raises(UserError, match=r"has 2 recordings: ask for .*all_srt"):
        write_subtitles.main(output, tmp_path / "all.srt")


def test_languages_are_identified(model: Path, talk: Path, tmp_path: Path) -> None:
    run_stage(model, talk, tmp_path / "t.json", "identify")
    (recording,) = read_json(tmp_path / "t.json")["recordings"]
    assert "text" not in recording
    best = max(recording["languages"], key=recording["languages"].get)
    assert recording["language"] == best and len(recording["languages"]) <= 5
    with pytest.raises(UserError, match="languages of recordings, and no texts"):
        write_subtitles.main(tmp_path / "t.json", tmp_path / "t.srt")


def test_a_recording_that_cannot_be_read(model: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"<!DOCTYPE html>")
    run_stage(model, tmp_path / "bad.wav", tmp_path / "t.json", "transcribe")
    with pytest.raises(UserError, match=r"bad\.wav: .*web page"):
        write_subtitles.main(tmp_path / "t.json", tmp_path / "t.srt")
