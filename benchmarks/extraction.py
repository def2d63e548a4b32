"""Time feature extraction against the loop it replaces and against the least it could cost.

    python -m benchmarks.extraction [--configurations NAME ...] [--clips N] [--seconds S] [--folder DIR]

Every way of extracting works on the same clips. The repeats go round all ways in turn, so that a
machine whose speed drifts slows all of them alike, and each way is given its median.
"""

import argparse
import importlib.metadata
import os
import platform
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import scipy.fft
import soundfile
import yaml
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from resound.data import audio
from resound.data.clips import Clip
from resound.features.common.extraction import extract, kind_module
from resound.runtime.pool import Pool, spread

Array = NDArray[np.float32]

RATE_HZ = 16000
SHORT = {"rate_hz": RATE_HZ, "frame_ms": 25, "hop_ms": 10}
"""Frames of 400 samples, 160 apart."""
LONG = {"rate_hz": RATE_HZ, "frame_ms": 128, "hop_ms": 32}
"""Frames of 2048 samples, 512 apart: librosa's defaults."""
OTHERS: dict[str, dict[str, Any]] = {
    "spectral_400": {"kind": "spectral", **SHORT},
    "melimage128_400": {"kind": "mel_image", **SHORT},
    "melimage128_2048": {"kind": "mel_image", **LONG},
}
"""Recipes that `config.yaml` lacks: a kind at the other length of frame, or at another rate."""
TIMED = ["mfcc12_deltas", "mfcc12_mean", "mfcc13_mean_16k", "spectral", *OTHERS]
"""The configurations that are timed unless others are named."""
CHUNK = 20
"""Clips that a worker of the report's loop or of the floor is handed at a time."""


@dataclass(frozen=True)
class Way:
    """A way of extracting; `run` gives the rows of all clips, or None if it makes no features."""

    name: str
    workers: int
    run: Callable[[], Array | None]


def main() -> None:
    options = parse()
    print_versions()
    # librosa is imported when its turn comes, so that memory is measured without it.
    with TemporaryDirectory() as name, threadpool_limits(1):
        folder = Path(name)
        if options.folder is None:
            make_clips(folder, options.clips, options.seconds)
        configurations = {name: all_recipes()[name] for name in options.configurations}
        clips = find_clips(options.folder or folder, options.clips, configurations.values())
        seconds = sum(clip.samples / clip.rate_hz for clip in clips) / len(clips)
        print(f"{len(clips)} clips of {seconds:.2f} s on average, {options.repeats} repeats")
        if options.memory:
            print_memory(clips, configurations, folder)
        for name, configuration in configurations.items():
            print(f"\n{name}: frames of {configuration.n_fft} samples, {configuration.hop} apart")
            print_table(ways(clips, configuration, folder), len(clips), options.repeats)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--configurations",
        nargs="+",
        default=TIMED,
        choices=all_recipes(),
        metavar="NAME",
        help="those of config.yaml, " + ", ".join(OTHERS),
    )
    parser.add_argument("--clips", type=int, default=1000, help="how many clips")
    parser.add_argument("--seconds", type=float, default=1.0, help="their length, within 20 %%")
    parser.add_argument("--folder", type=Path, help="use the wavs in this folder, make none")
    parser.add_argument("--repeats", type=int, default=3, help="how often each way is timed")
    parser.add_argument("--memory", action="store_true", help="also measure peak memory")
    return parser.parse_args()


def print_versions() -> None:
    packages = ("numpy", "scipy", "librosa", "soundfile")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}")


# The clips and the configurations.


def make_clips(folder: Path, count: int, seconds: float) -> None:
    """Write tones in noise as 16-bit wavs, each of its own length and level."""
    for n in range(count):
        rng = np.random.default_rng([1, n])
        times = np.arange(int(seconds * rng.uniform(0.8, 1.2) * RATE_HZ)) / RATE_HZ
        tones = [np.sin(2 * np.pi * hz * times) for hz in rng.uniform(80, 4000, size=4)]
        wave = rng.uniform(0.01, 0.2, size=4) @ tones
        wave += rng.normal(scale=10 ** rng.uniform(-4, -1), size=len(times))
        soundfile.write(folder / f"{n:05}.wav", wave.clip(-1, 1), RATE_HZ, subtype="PCM_16")


def find_clips(folder: Path, count: int, configurations: Iterable[Any]) -> list[Clip]:
    """The first `count` wavs below `folder` that are long enough for every configuration."""
    infos = ((path, soundfile.info(path)) for path in sorted(folder.rglob("*.wav")))
    least = max(configuration.least_seconds for configuration in configurations)
    clips = [Clip(p, info.frames, info.samplerate) for p, info in infos if info.duration > least]
    return clips[:count]


def all_recipes() -> dict[str, Any]:
    """The settings of each configuration in `config.yaml` and in `OTHERS`."""
    config = yaml.safe_load((Path(__file__).parents[1] / "config.yaml").read_text("utf-8"))
    return {
        name: import_module(f"resound.features.{values['kind']}").Settings(**values)
        for name, values in (config["features"] | OTHERS).items()
    }


# The ways.


def ways(clips: Sequence[Clip], configuration: Any, folder: Path) -> list[Way]:
    report = partial(in_chunks, partial(report_rows, configuration), clips)
    ours = partial(our_rows, clips, configuration, folder)
    floor = partial(in_chunks, partial(floor_rows, configuration), clips)
    return [
        Way("the report's loop", 1, partial(report, "none", 1)),
        Way("the same, threads", 2, partial(report, "thread", 2)),
        Way("the same, processes", 2, partial(report, "process", 2)),
        Way("ours", 1, partial(ours, "none", 1)),
        Way("ours, threads", 2, partial(ours, "thread", 2)),
        Way("ours, processes", 2, partial(ours, "process", 2)),
        Way("floor: read and FFT", 1, partial(floor, "none", 1)),
        Way("floor, processes", 2, partial(floor, "process", 2)),
    ]


def in_chunks(
    rows: Callable[[Sequence[Clip]], Array | None], clips: Sequence[Clip], pool: Pool, workers: int
) -> Array | None:
    """`rows` of all clips, `CHUNK` clips at a time."""
    chunks = [clips[n : n + CHUNK] for n in range(0, len(clips), CHUNK)]
    made = [rows for rows in spread(rows, chunks, pool, workers) if rows is not None]
    return np.concatenate(made) if made else None


def report_rows(configuration: Any, clips: Sequence[Clip]) -> Array:
    """The loop of the report: librosa, clip by clip."""
    import librosa

    by_librosa = kind_module(configuration).by_librosa
    samples = (librosa.load(clip.path, sr=configuration.rate_hz)[0] for clip in clips)
    return np.concatenate([by_librosa(configuration, clip) for clip in samples], dtype=np.float32)


def our_rows(
    clips: Sequence[Clip], configuration: Any, folder: Path, pool: Pool, workers: int
) -> Array:
    """What this pipeline does, files and all."""
    matrix, offsets = folder / "matrix.npy", folder / "offsets.npy"
    extract(clips, configuration, matrix, offsets, pool, workers)
    rows: Array = np.load(matrix, mmap_mode="r")
    matrix.unlink()  # what is mapped stays; the next run does not pay for its removal
    return rows


def floor_rows(configuration: Any, clips: Sequence[Clip]) -> None:
    """The least that any extraction does: read the samples, transform the frames, keep nothing.

    As many frames, and in the precision, as the features need; without a window.
    """
    precision = np.float32 if configuration.kind == "spectral" else np.float64
    n_fft, hop = configuration.n_fft, configuration.hop
    for clip in clips:
        samples, _ = audio.read(clip.path, configuration.rate_hz)
        padded = np.zeros(len(samples) + n_fft, precision)
        padded[n_fft // 2 :][: len(samples)] = samples
        scipy.fft.rfft(sliding_window_view(padded, n_fft)[::hop])


# The measurements.


def print_table(ways: Sequence[Way], clips: int, repeats: int) -> None:
    differences = dict(largest_differences(ways))  # first, which warms everything up
    seconds = median_seconds(ways, repeats)
    report = seconds[ways[0].name]
    floors = {way.workers: seconds[way.name] for way in ways if way.name.startswith("floor")}
    print(f"{'':22} {'workers':>7} {'clips/s':>8} {'ratio':>6} {'of floor':>8}  difference")
    for way in ways:
        spent, difference = seconds[way.name], differences[way.name]
        print(
            f"{way.name:22} {way.workers:7} {clips / spent:8.0f} {report / spent:6.2f} "
            f"{floors[way.workers] / spent:8.0%}  {difference}"
        )


def largest_differences(ways: Sequence[Way]) -> Iterator[tuple[str, str]]:
    """Each way's largest absolute difference from the first."""
    reference = ways[0].run()
    for way in ways:
        rows = way.run()
        if rows is None or reference is None:
            yield way.name, ""
        else:
            yield way.name, f"{np.abs(rows - reference).max():.1e}"


def median_seconds(ways: Sequence[Way], repeats: int) -> dict[str, float]:
    seconds: dict[str, list[float]] = {way.name: [] for way in ways}
    for _ in range(repeats):
        for way in ways:
            start = time.perf_counter()
            way.run()
            seconds[way.name].append(time.perf_counter() - start)
    return {name: median(spent) for name, spent in seconds.items()}


def print_memory(clips: Sequence[Clip], configurations: Mapping[str, Any], folder: Path) -> None:
    """Peak memory of our extraction, two processes, for ever more clips: the same ones again."""
    print("\npeak memory in MB: parent, largest worker")
    for name, configuration in configurations.items():
        for count in (1000, 10_000):
            many = [clips[n % len(clips)] for n in range(count)]
            # A process of its own each: what was once used stays in the peak.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                parent, worker = alone.submit(peak_memory, many, configuration, folder).result()
            print(f"{name:22} {count:6} clips: {parent:4.0f}, {worker:4.0f}")


def peak_memory(clips: Sequence[Clip], configuration: Any, folder: Path) -> tuple[float, float]:
    our_rows(clips, configuration, folder, "process", 2)
    return peak(resource.RUSAGE_SELF), peak(resource.RUSAGE_CHILDREN)


def peak(whose: int) -> float:
    return resource.getrusage(whose).ru_maxrss / 1024  # Linux counts in kilobytes


if __name__ == "__main__":
    main()
