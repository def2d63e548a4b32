"""Measure feature extraction against the loop of a notebook and against a lower bound.

    python -m benchmarks.extraction [--configurations NAME ...] [--clips N] [--folder FOLDER]

All methods process the same clips. They alternate in each repeat, so a machine whose speed drifts
slows all of them alike; the median of each method counts.
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
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import scipy.fft
import soundfile
from numpy.lib.stride_tricks import sliding_window_view
from threadpoolctl import threadpool_limits

from resound.arrays import Array
from resound.config.load import load, read, shipped_files
from resound.data import audio
from resound.data.clips import Clip
from resound.features.common.extraction import extract
from resound.features.common.kinds import configuration_of, feature_module
from resound.runtime.pool import Pool, spread

RATE_HZ = 16000
SHORT = {"rate_hz": RATE_HZ, "frame_ms": 25, "hop_ms": 10}
"""Frames of 400 samples with a hop of 160."""
LONG = {"rate_hz": RATE_HZ, "frame_ms": 128, "hop_ms": 32}
"""Frames of 2048 samples with a hop of 512: librosa's defaults."""
EXTRA: dict[str, dict[str, Any]] = {
    "spectral_400": {"kind": "spectral", **SHORT},
    "melimage128_400": {"kind": "mel_image", **SHORT},
    "melimage128_2048": {"kind": "mel_image", **LONG},
}
"""Configurations that are not in `config/`: other frame lengths and rates."""
MEASURED = ["mfcc12_deltas", "mfcc12_mean", "mfcc13_mean_16k", "spectral", *EXTRA]
"""The configurations that are measured by default."""
CHUNK = 20
"""Number of clips per task of a pool, for the notebook's loop and the lower bound."""


@dataclass(frozen=True)
class Method:
    """A method of extraction; `run` returns the rows of all clips, or None without features."""

    name: str
    workers: int
    run: Callable[[], Array | None]


def main() -> None:
    options = parse()
    print_versions()
    # librosa is imported later, so memory is measured without it.
    with TemporaryDirectory() as name, threadpool_limits(1):
        folder = Path(name)
        if options.folder is None:
            make_clips(folder, options.clips, options.seconds)
        configurations = {name: all_configurations()[name] for name in options.configurations}
        clips = find_clips(options.folder or folder, options.clips, configurations.values())
        seconds = sum(clip.samples / clip.rate_hz for clip in clips) / len(clips)
        print(f"{len(clips)} clips of {seconds:.2f} s on average, {options.repeats} repeats")
        if options.memory:
            print_memory(clips, configurations, folder)
        for name, configuration in configurations.items():
            print(f"\n{name}: frames of {configuration.n_fft} samples, hop {configuration.hop}")
            print_table(methods_of(clips, configuration, folder), len(clips), options.repeats)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--configurations",
        nargs="+",
        default=MEASURED,
        choices=all_configurations(),
        metavar="NAME",
        help="names of config/features.yaml, or " + ", ".join(EXTRA),
    )
    parser.add_argument("--clips", type=int, default=1000, help="number of clips")
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="duration of a clip, within 20 %%"
    )
    parser.add_argument("--folder", type=Path, help="use the WAV files in this folder")
    parser.add_argument(
        "--repeats", type=int, default=3, help="number of measurements of each method"
    )
    parser.add_argument("--memory", action="store_true", help="also measure peak memory")
    return parser.parse_args()


def print_versions() -> None:
    packages = ("numpy", "scipy", "librosa", "soundfile")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in packages]
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}")


# The clips and the configurations.


def make_clips(folder: Path, count: int, seconds: float) -> None:
    """Write tones in noise as 16-bit WAV files of varying duration and level."""
    for n in range(count):
        rng = np.random.default_rng([1, n])
        times = np.arange(int(seconds * rng.uniform(0.8, 1.2) * RATE_HZ)) / RATE_HZ
        tones = [np.sin(2 * np.pi * hz * times) for hz in rng.uniform(80, 4000, size=4)]
        wave = rng.uniform(0.01, 0.2, size=4) @ tones
        wave += rng.normal(scale=10 ** rng.uniform(-4, -1), size=len(times))
        soundfile.write(folder / f"{n:05}.wav", wave.clip(-1, 1), RATE_HZ, subtype="PCM_16")


def find_clips(folder: Path, count: int, configurations: Iterable[Any]) -> list[Clip]:
    """Return the first `count` WAV files that are long enough for every configuration."""
    infos = ((path, soundfile.info(path)) for path in sorted(folder.rglob("*.wav")))
    least = max(configuration.least_seconds for configuration in configurations)
    clips = [Clip(p, info.frames, info.samplerate) for p, info in infos if info.duration > least]
    return clips[:count]


def all_configurations() -> dict[str, Any]:
    """Return the feature configurations of recordings in `config/` and in `EXTRA`."""
    files = shipped_files()
    shipped = {
        name: configuration
        for name, configuration in load(read(files), files).features.items()
        if hasattr(configuration, "n_fft")
    }
    return shipped | {name: configuration_of(values) for name, values in EXTRA.items()}


# The methods.


def methods_of(clips: Sequence[Clip], configuration: Any, folder: Path) -> list[Method]:
    notebook = partial(in_chunks, partial(notebook_rows, configuration), clips)
    ours = partial(our_rows, clips, configuration, folder)
    bound = partial(in_chunks, partial(read_and_transform, configuration), clips)
    return [
        Method("notebook's loop", 1, partial(notebook, "none", 1)),
        Method("loop, threads", 2, partial(notebook, "thread", 2)),
        Method("loop, processes", 2, partial(notebook, "process", 2)),
        Method("ours", 1, partial(ours, "none", 1)),
        Method("ours, threads", 2, partial(ours, "thread", 2)),
        Method("ours, processes", 2, partial(ours, "process", 2)),
        Method("bound: read and FFT", 1, partial(bound, "none", 1)),
        Method("bound, processes", 2, partial(bound, "process", 2)),
    ]


def in_chunks(
    rows: Callable[[Sequence[Clip]], Array | None], clips: Sequence[Clip], pool: Pool, workers: int
) -> Array | None:
    """Return `rows` of all clips, computed `CHUNK` clips at a time."""
    chunks = [clips[n : n + CHUNK] for n in range(0, len(clips), CHUNK)]
    computed = [part for part in spread(rows, chunks, pool, workers) if part is not None]
    return np.concatenate(computed) if computed else None


def notebook_rows(configuration: Any, clips: Sequence[Clip]) -> Array:
    """Extract features by librosa, clip by clip, as in a notebook."""
    import librosa

    by_librosa = feature_module(configuration.kind).by_librosa
    samples = (librosa.load(clip.path, sr=configuration.rate_hz)[0] for clip in clips)
    return np.concatenate([by_librosa(configuration, clip) for clip in samples], dtype=np.float32)


def our_rows(
    clips: Sequence[Clip], configuration: Any, folder: Path, pool: Pool, workers: int
) -> Array:
    """Extract features as this project does, including its files."""
    matrix, offsets = folder / "matrix.npy", folder / "offsets.npy"
    extract(clips, configuration, matrix, offsets, pool, workers)
    rows: Array = np.load(matrix, mmap_mode="r")
    matrix.unlink()  # the mapping stays valid; the next run does not have to remove the file
    return rows


def read_and_transform(configuration: Any, clips: Sequence[Clip]) -> None:
    """Do what any extraction must do: read the samples and transform the frames.

    The number of frames and the precision are those of the features; there is no window.
    """
    precision = np.float32 if configuration.kind == "spectral" else np.float64
    n_fft, hop = configuration.n_fft, configuration.hop
    for clip in clips:
        samples, _ = audio.read(clip.path, configuration.rate_hz)
        padded = np.zeros(len(samples) + n_fft, precision)
        padded[n_fft // 2 :][: len(samples)] = samples
        scipy.fft.rfft(sliding_window_view(padded, n_fft)[::hop])


# The measurements.


def print_table(methods: Sequence[Method], clips: int, repeats: int) -> None:
    differences = dict(largest_differences(methods))  # also warms up
    seconds = median_seconds(methods, repeats)
    loop = seconds[methods[0].name]
    bounds = {m.workers: seconds[m.name] for m in methods if m.name.startswith("bound")}
    print(f"{'':22} {'workers':>7} {'clips/s':>8} {'ratio':>6} {'of bound':>8}  difference")
    for method in methods:
        spent, difference = seconds[method.name], differences[method.name]
        print(
            f"{method.name:22} {method.workers:7} {clips / spent:8.0f} {loop / spent:6.2f} "
            f"{bounds[method.workers] / spent:8.0%}  {difference}"
        )


def largest_differences(methods: Sequence[Method]) -> Iterator[tuple[str, str]]:
    """Yield the largest absolute difference of each method from the first."""
    reference = methods[0].run()
    for method in methods:
        rows = method.run()
        if rows is None or reference is None:
            yield method.name, ""
        else:
            yield method.name, f"{np.abs(rows - reference).max():.1e}"


def median_seconds(methods: Sequence[Method], repeats: int) -> dict[str, float]:
    seconds: dict[str, list[float]] = {method.name: [] for method in methods}
    for _ in range(repeats):
        for method in methods:
            start = time.perf_counter()
            method.run()
            seconds[method.name].append(time.perf_counter() - start)
    return {name: median(spent) for name, spent in seconds.items()}


def print_memory(clips: Sequence[Clip], configurations: Mapping[str, Any], folder: Path) -> None:
    """Print the peak memory of our extraction in two processes, for 1,000 and 10,000 clips."""
    print("\npeak memory in MB: parent, largest worker")
    for name, configuration in configurations.items():
        for count in (1000, 10_000):
            many = [clips[n % len(clips)] for n in range(count)]
            # In a new process each, because a peak never falls.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
                parent, worker = executor.submit(peak_memory, many, configuration, folder).result()
            print(f"{name:22} {count:6} clips: {parent:4.0f}, {worker:4.0f}")


def peak_memory(clips: Sequence[Clip], configuration: Any, folder: Path) -> tuple[float, float]:
    our_rows(clips, configuration, folder, "process", 2)
    return peak(resource.RUSAGE_SELF), peak(resource.RUSAGE_CHILDREN)


def peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024  # kilobytes on Linux


if __name__ == "__main__":
    main()
