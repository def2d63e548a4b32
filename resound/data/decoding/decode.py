"""Decoding of the content of an audio file of any format."""

import io

import numpy as np
import soundfile

from resound.arrays import Array
from resound.data.decoding.containers import check_end, fill_in_size, find_missing
from resound.data.decoding.content import check_content
from resound.data.decoding.errors import UnreadableClip, truncated
from resound.data.decoding.ffmpeg import read_ffmpeg
from resound.data.decoding.mpeg import find_stream
from resound.data.decoding.ogg import count_samples
from resound.data.decoding.wave import find_mpeg_in_wave, read_wave

_BLOCK = 2**22
"""Samples that are decoded at once: a damaged header may state any number of them."""
_MEASURED = {"WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "NIST", "FLAC", "OGG"}
"""Formats of libsndfile of which the end is known."""
_MALFORMED = 3
"""libsndfile's error code for a file of a known format."""
_RATES_HZ = (100, 1_000_000)


def decode(data: bytes) -> tuple[Array, int]:
    """Return the frames in the content of an audio file, float32, and their rate in Hz.

    The shape is (frames,) or (frames, channels). libsndfile decodes what it supports, FFmpeg the
    rest. Raises UnreadableClip if that is not possible, and if the file contains less audio than
    its headers state.
    """
    if missing := find_missing(data):
        raise truncated(*missing, "bytes")
    check_end(data)
    frames, rate_hz = read_wave(data) or _decode_other(data)
    if not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
        raise UnreadableClip(f"states a sampling rate of {rate_hz} Hz")
    if not len(frames):
        raise UnreadableClip("contains no samples")
    return frames, rate_hz


def _decode_other(data: bytes) -> tuple[Array, int]:
    check_content(data)
    data = find_mpeg_in_wave(data) or data
    if stream := find_stream(data):
        return _decode_counted(stream.audio, stream.samples)
    if counted := count_samples(data):
        return _decode_counted(data, *counted)
    try:
        return _read_libsndfile(data)
    except soundfile.LibsndfileError as error:
        # Without the object's address with which soundfile prefixes the message.
        reason = error.error_string.removeprefix("Error : ").rstrip(".")
        if data[:4] == b"fLaC":
            raise UnreadableClip(f"is truncated or damaged: {reason}") from error
        if found := read_ffmpeg(data):
            return found
        kind = "is truncated or damaged" if error.code == _MALFORMED else "cannot be read"
        raise UnreadableClip(f"{kind}: {reason}") from error


def _decode_counted(data: bytes, samples: int, rate_hz: int | None = None) -> tuple[Array, int]:
    """Decode a file with a known number of samples, counted at `rate_hz` or at its own rate."""
    present = 0
    for read in (_try_libsndfile, read_ffmpeg):
        if found := read(data):
            frames, native_hz = found
            expected = samples if rate_hz is None else samples * native_hz // rate_hz
            if len(frames) == expected:
                return found
            present = len(frames)
    raise truncated(samples, present, "samples")


def _try_libsndfile(data: bytes) -> tuple[Array, int] | None:
    """Return what libsndfile decodes, whose length of MPEG audio is an estimate."""
    try:
        with soundfile.SoundFile(_Content(data)) as file:
            return _read_frames(file), file.samplerate
    except soundfile.LibsndfileError:
        return None


def _read_libsndfile(data: bytes) -> tuple[Array, int]:
    with soundfile.SoundFile(_Content(fill_in_size(data))) as file:
        if file.format == "MP3":
            raise UnreadableClip("is damaged: it starts with a part of an MPEG frame")
        if file.format not in _MEASURED:
            raise UnreadableClip(
                f"is in the format {file.format_info}, of which a missing end cannot be found:"
                " convert it to wav"
            )
        frames = _read_frames(file)
        if len(frames) < file.frames:
            raise truncated(file.frames, len(frames), "samples")
        return frames, file.samplerate


def _read_frames(file: soundfile.SoundFile) -> Array:
    block = max(1, _BLOCK // file.channels)
    parts: list[Array] = []
    while len(part := file.read(min(block, file.frames), dtype="float32")):
        parts.append(part)
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


class _Content(io.BytesIO):
    """The content of a file; a damaged header may send libsndfile before its start."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return super().seek(offset, whence)
        except ValueError:
            return super().seek(0)
