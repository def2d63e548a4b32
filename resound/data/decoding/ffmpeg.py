"""Formats that FFmpeg's libraries decode, through PyAV."""

import io
from typing import Any

import numpy as np

from resound.arrays import Array
from resound.data.decoding.errors import UnreadableClip, truncated

_FORMATS = "aac,aiff,amr,amrnb,amrwb,asf,avi,caf,matroska,mov,ogg,w64,wav"
"""Those in which a missing end is found."""
_RAW = {"aac", "amr", "amrnb", "amrwb"}
"""Frames without a container: how long they last is not stated anywhere."""
_ID3V1_BYTES = 128
"""A tag after the last frame."""
_TOLERANCE_SECONDS = 0.15
"""Durations may include the delay of a codec, and are rounded."""


def read_ffmpeg(data: bytes) -> tuple[Array, int] | None:
    """Return the frames of the first audio stream, float32, and their rate in Hz.

    The shape is (frames,) or (frames, channels). Return None for unknown formats. Raises
    UnreadableClip if there is no audio, if a packet cannot be decoded, or if there are fewer than
    the container states.
    """
    import av

    av.logging.set_level(None)
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "none"}
    try:
        container = av.open(io.BytesIO(data), options=options)
    except (av.FFmpegError, ValueError):
        return None
    with container:
        if not container.streams.audio:
            raise UnreadableClip("contains no audio")
        if container.streams.audio[0].codec_context is None:
            raise UnreadableClip("cannot be read: its codec is not known")
        try:
            return _decode(container, container.streams.audio[0], len(data))
        except (av.FFmpegError, ValueError) as error:
            text = getattr(error, "strerror", None) or str(error)
            raise UnreadableClip(f"is truncated or damaged: {text.rstrip('.')}") from error


def _decode(container: Any, stream: Any, size: int) -> tuple[Array, int]:
    stream.codec_context.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
    packets = 0
    end: int | None = None
    is_raw = container.format.name in _RAW
    parts: list[Array] = []
    rates: set[int] = set()
    for packet in container.demux(stream):
        if packet.size:
            if is_raw and end is not None and packet.pos != end:
                raise UnreadableClip(f"is damaged: there is no frame at byte {end}")
            packets += 1
            end = (packet.pos or 0) + packet.size
        if packet.is_corrupt:
            raise UnreadableClip(f"is truncated or damaged: its packet {packets} is not complete")
        for frame in packet.decode():
            rates.add(frame.sample_rate)
            parts.append(_to_float(frame))
    if not parts:
        raise UnreadableClip("contains no samples")
    if len(rates) > 1 or len({part.shape[1] for part in parts}) > 1:
        raise UnreadableClip("changes its sampling rate or its number of channels")
    frames, rate_hz = np.concatenate(parts), rates.pop()
    _check_complete(container, stream, packets, len(frames) / rate_hz, size - (end or 0))
    return (frames[:, 0] if frames.shape[1] == 1 else frames), rate_hz


def _to_float(frame: Any) -> Array:
    """Return the samples of a decoded frame in [-1, 1], shape (samples, channels)."""
    stored: np.ndarray = frame.to_ndarray()
    samples = stored.astype(np.float32)
    if stored.dtype.kind == "u":
        samples -= 128
        samples /= 128
    elif stored.dtype.kind == "i":
        samples /= 2.0 ** (8 * stored.dtype.itemsize - 1)
    return samples.T if frame.format.is_planar else samples.reshape(-1, frame.layout.nb_channels)


def _check_complete(
    container: Any, stream: Any, packets: int, seconds: float, unread_bytes: int
) -> None:
    """Raise UnreadableClip if a recording is shorter than its container states."""
    name = container.format.name
    # MPEG-4 counts packets, or the samples of uncompressed audio.
    counts_packets = name.startswith("mov") and not stream.codec_context.name.startswith("pcm_")
    if counts_packets and packets < stream.frames:
        raise truncated(stream.frames, packets, "packets")
    if name in _RAW:
        if unread_bytes not in (0, _ID3V1_BYTES):
            raise UnreadableClip(f"is truncated: its last {unread_bytes} bytes are no whole frame")
        return
    stated = _stated_seconds(container, stream)
    if seconds < stated - _TOLERANCE_SECONDS:
        raise UnreadableClip(
            f"is truncated: its headers state {stated:.2f} s, it contains {seconds:.2f} s"
        )


def _stated_seconds(container: Any, stream: Any) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6
