"""Audio files as libsndfile and FFmpeg read them, without any check."""

import io

import av
import numpy as np
import soundfile


def read_by_libsndfile(data: bytes) -> np.ndarray | None:
    """Return the frames, shape (frames, channels), or None if libsndfile reads none."""
    try:
        return soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)[0]
    except (soundfile.LibsndfileError, MemoryError, ValueError):
        return None


def read_by_ffmpeg(data: bytes) -> np.ndarray | None:
    """Return the frames, shape (frames, channels), or None if FFmpeg reads none."""
    parts = []
    try:
        with av.open(io.BytesIO(data)) as container:
            for frame in container.decode(audio=0):
                converter = av.AudioResampler("flt", frame.layout.name, frame.sample_rate)
                for converted in converter.resample(frame):
                    parts.append(converted.to_ndarray().reshape(-1, frame.layout.nb_channels))
    except (av.FFmpegError, ValueError, IndexError):
        pass
    return np.concatenate(parts) if parts and len({p.shape[1] for p in parts}) == 1 else None
