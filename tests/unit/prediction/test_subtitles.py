"""Transcripts as text and subtitles."""

from pathlib import Path

from resound.io.files import write_json
from resound.prediction.subtitles import to_srt, to_txt, to_vtt
from scripts import write_subtitles

SEGMENTS = [
    {"start": 0.0, "end": 1.5, "text": " one\ntwo "},
    {"start": 1.5, "end": 2.0, "text": ""},
    {"start": 59.9996, "end": 3661.25, "text": "a < b & c"},
]


def test_text_has_a_line_for_each_segment_with_words() -> None:
    assert to_txt(SEGMENTS) == "one two\na < b & c\n"
    assert to_txt([]) == ""


def test_subrip_is_numbered() -> None:
    assert to_srt(SEGMENTS) == (
        "1\n00:00:00,000 --> 00:00:01,500\none two\n\n2\n00:01:00,000 --> 01:01:01,250\na < b & c\n"
    )


def test_webvtt_is_escaped() -> None:
    assert to_vtt(SEGMENTS) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\none two\n"
        "\n00:01:00.000 --> 01:01:01.250\na &lt; b &amp; c\n"
    )
    assert to_vtt([]) == "WEBVTT\n"


def test_the_stage_writes_the_format_of_the_suffix(tmp_path: Path) -> None:
    recording = {"audio": "talk.mp3", "segments": SEGMENTS}
    write_json(tmp_path / "t.json", {"task": "transcribe", "recordings": [recording]})
    for suffix, convert in {".txt": to_txt, ".srt": to_srt, ".vtt": to_vtt}.items():
        write_subtitles.main(tmp_path / "t.json", tmp_path / f"t{suffix}")
        assert (tmp_path / f"t{suffix}").read_text() == convert(SEGMENTS)
