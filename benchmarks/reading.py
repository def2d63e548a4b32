"""Measure the reading of recordings against libsndfile alone.

    python -m benchmarks.reading [--clips N] [--repeats N]

This project's reader also compares what headers state with what is there. Both read the same files
of one second at 16 kHz, alternately, and average the channels; the ratio is of the medians.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import soundfile

from resound.data import audio

KINDS = {
    "wav, 16 bits": ("a.wav", "PCM_16", 1),
    "wav, 16 bits, stereo": ("a.wav", "PCM_16", 2),
    "wav, 24 bits": ("a.wav", "PCM_24", 1),
    "flac": ("a.flac", "PCM_16", 1),
    "mp3": ("a.mp3", None, 1),
    "ogg": ("a.ogg", "VORBIS", 1),
}


def main(clips: int, repeats: int) -> None:
    print(f"{'':22}{'libsndfile, clips/s':>22}{'ours / libsndfile':>20}")
    for kind, (name, subtype, channels) in KINDS.items():
        with TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{n}_{name}" for n in range(clips)]
            for n, path in enumerate(paths):
                noise = np.random.default_rng(n).uniform(-0.1, 0.1, (16000, channels))
                soundfile.write(path, noise, 16000, subtype=subtype)
            theirs, ours = [], []
            for _ in range(repeats):
                theirs.append(seconds(read_by_libsndfile, paths))
                ours.append(seconds(audio.read, paths))
        speed, ratio = clips / median(theirs), median(theirs) / median(ours)
        print(f"{kind:22}{speed:22,.0f}{ratio:20.2f}")


def read_by_libsndfile(path: Path) -> np.ndarray:
    frames, _ = soundfile.read(path, dtype="float32")
    return frames if frames.ndim == 1 else frames.mean(axis=1)


def seconds(read: Callable[[Path], object], paths: list[Path]) -> float:
    start = time.perf_counter()
    for path in paths:
        read(path)
    return time.perf_counter() - start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=300)
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    main(arguments.clips, arguments.repeats)
