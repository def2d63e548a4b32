"""Transcripts as plain text and as subtitles.

Formats: SubRip (`.srt`) and WebVTT (W3C).
"""

from collections.abc import Mapping, Sequence
from typing import Any

Segments = Sequence[Mapping[str, Any]]
"""Each with `start` and `end` in seconds and its `text`."""


def to_txt(segments: Segments) -> str:
    """Return one line per segment; segments without words are left out."""
    return "".join(f"{_one_line(segment)}\n" for segment in segments if _one_line(segment))


def to_srt(segments: Segments) -> str:
    """Return numbered subtitles with times `00:01:02,345`."""
    spoken = [segment for segment in segments if _one_line(segment)]
    return "\n".join(
        f"{number}\n{_interval(segment, ',')}\n{_one_line(segment)}\n"
        for number, segment in enumerate(spoken, 1)
    )


def to_vtt(segments: Segments) -> str:
    """Return subtitles with times `00:01:02.345`; characters of its markup are escaped."""
    cues = [
        f"\n{_interval(segment, '.')}\n{_escape(_one_line(segment))}\n"
        for segment in segments
        if _one_line(segment)
    ]
    return "".join(["WEBVTT\n", *cues])


FORMATS = {"txt": to_txt, "srt": to_srt, "vtt": to_vtt}
"""What writes each format, by its suffix."""


def _one_line(segment: Mapping[str, Any]) -> str:
    return " ".join(str(segment["text"]).split())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _interval(segment: Mapping[str, Any], mark: str) -> str:
    return f"{_time(segment['start'], mark)} --> {_time(segment['end'], mark)}"


def _time(seconds: float, mark: str) -> str:
    milliseconds = round(1000 * seconds)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{mark}{rest % 1000:03}"
