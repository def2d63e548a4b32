"""Audio files of every kind that the project reads, and damaged ones."""

import io
from collections.abc import Callable
from typing import Any

import av
import numpy as np
import soundfile

SECONDS = 1.3


def make_signal(rate_hz: int, channels: int = 1) -> np.ndarray:
    """Return sums of partials over a little noise, shape (samples, channels)."""
    seconds = np.arange(round(SECONDS * rate_hz)) / rate_hz
    rng = np.random.default_rng(0)
    waves = [
        0.3 * np.sin(2 * np.pi * (300 + 150 * n) * seconds + n)
        + 0.1 * np.sin(2 * np.pi * (900 + 70 * n) * seconds)
        for n in range(channels)
    ]
    noise = 0.01 * rng.standard_normal((len(seconds), channels))
    return (np.stack(waves, axis=1) + noise).astype(np.float32)


def by_libsndfile(format: str, subtype: str, channels: int = 1) -> Callable[[], bytes]:
    def write() -> bytes:
        file = io.BytesIO()
        signal = make_signal(16000, channels)
        soundfile.write(file, signal, 16000, format=format, subtype=subtype)
        return file.getvalue()

    return write


def by_ffmpeg(
    format: str,
    codec: str,
    rate_hz: int = 16000,
    bit_rate: int | None = None,
    options: dict[str, str] | None = None,
) -> Callable[[], bytes]:
    def write() -> bytes:
        file = io.BytesIO()
        signal = make_signal(rate_hz)
        with av.open(file, "w", format=format, options=options or {}) as container:
            stream: Any = container.add_stream(codec, rate=rate_hz)
            stream.layout = "mono"
            if bit_rate:
                stream.bit_rate = bit_rate
            for frame in _frames(signal, rate_hz, stream):
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return file.getvalue()

    return write


def _frames(signal: np.ndarray, rate_hz: int, stream: Any) -> list[Any]:
    """Return the signal as frames of the size and sample format of an encoder."""
    whole = av.AudioFrame.from_ndarray(signal.T.copy(), format="fltp", layout="mono")
    whole.rate, whole.pts = rate_hz, 0
    converter = av.AudioResampler(stream.format.name, "mono", rate_hz)
    fifo = av.AudioFifo()
    for frame in [*converter.resample(whole), *converter.resample(None)]:
        fifo.write(frame)
    size = stream.codec_context.frame_size or 1024
    frames = []
    while (frame := fifo.read(size, partial=True)) is not None:
        frames.append(frame)
    return frames


LIBSNDFILE = {
    "wav 16 bits": by_libsndfile("WAV", "PCM_16"),
    "wav 16 bits, stereo": by_libsndfile("WAV", "PCM_16", 2),
    "wav 24 bits": by_libsndfile("WAV", "PCM_24"),
    "wav float": by_libsndfile("WAV", "FLOAT", 2),
    "wav u-law": by_libsndfile("WAV", "ULAW"),
    "wav IMA ADPCM": by_libsndfile("WAV", "IMA_ADPCM"),
    "wav GSM": by_libsndfile("WAV", "GSM610"),
    "wavex": by_libsndfile("WAVEX", "PCM_16", 2),
    "rf64": by_libsndfile("RF64", "PCM_16"),
    "wave64": by_libsndfile("W64", "PCM_16"),
    "aiff": by_libsndfile("AIFF", "PCM_16"),
    "aiff float": by_libsndfile("AIFF", "FLOAT"),
    "au": by_libsndfile("AU", "PCM_16"),
    "caf": by_libsndfile("CAF", "PCM_16"),
    "nist sphere": by_libsndfile("NIST", "PCM_16", 2),
    "caf alac": by_libsndfile("CAF", "ALAC_16"),
    "flac": by_libsndfile("FLAC", "PCM_16", 2),
    "ogg vorbis": by_libsndfile("OGG", "VORBIS"),
    "ogg opus": by_libsndfile("OGG", "OPUS"),
    "mp3": by_libsndfile("MP3", "MPEG_LAYER_III"),
    "mp3, stereo": by_libsndfile("MP3", "MPEG_LAYER_III", 2),
}
FFMPEG = {
    "mp3 lame": by_ffmpeg("mp3", "libmp3lame", 44100),
    "mp3 variable rate": by_ffmpeg("mp3", "libmp3lame", options={"q": "4"}),
    "mp3 without a tag": by_ffmpeg("mp3", "libmp3lame", options={"write_xing": "0"}),
    "mp2": by_ffmpeg("mp2", "mp2"),
    "ogg opus by ffmpeg": by_ffmpeg("ogg", "libopus", 48000),
    "ogg flac": by_ffmpeg("ogg", "flac"),
    "m4a": by_ffmpeg("ipod", "aac"),
    "m4a alac": by_ffmpeg("ipod", "alac"),
    "mov": by_ffmpeg("mov", "pcm_s16le"),
    "3gp": by_ffmpeg("3gp", "libopencore_amrnb", 8000, 12200),
    "amr": by_ffmpeg("amr", "libopencore_amrnb", 8000, 12200),
    "aac": by_ffmpeg("adts", "aac"),
    "wma": by_ffmpeg("asf", "wmav2", bit_rate=64000),
    "webm": by_ffmpeg("webm", "libopus", 48000),
    "mkv": by_ffmpeg("matroska", "aac"),
    "avi": by_ffmpeg("avi", "pcm_s16le"),
    "wav mp3": by_ffmpeg("wav", "libmp3lame"),
}
WRITERS = LIBSNDFILE | FFMPEG
