"""Transcripts of recordings as JSON."""

from pathlib import Path
from typing import Any

from resound.data.names import printable
from resound.errors import UserError
from resound.io.files import read_json
from resound.prediction.transcriber import Transcript


def to_json(transcript: Transcript) -> dict[str, Any]:
    """Return a transcript as a dictionary: of a rejected recording, the reason."""
    recording = {"audio": printable(transcript.audio)}
    if transcript.rejected:
        return recording | {"rejected": transcript.rejected}
    known = {
        "seconds": round(transcript.seconds, 3),
        "speech_seconds": round(transcript.speech_seconds, 3),
        "language": transcript.language,
        "languages": transcript.languages,
    }
    if transcript.task == "identify":
        return recording | known
    segments = [segment._asdict() for segment in transcript.segments]
    return recording | known | {"text": transcript.text, "segments": segments}


def read_transcripts(path: Path) -> list[dict[str, Any]]:
    """Return the recordings of a JSON that were not rejected.

    Raises UserError if they have no text, or if all are rejected.
    """
    written = read_json(path)
    if written["task"] == "identify":
        raise UserError(f"{path} has the languages of recordings, and no texts")
    kept = [one for one in written["recordings"] if "rejected" not in one]
    if not kept:
        first = written["recordings"][0]
        raise UserError(f"no recording can be read: {first['audio']}: {first['rejected']}")
    return kept
