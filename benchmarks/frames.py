"""Measure training on frames against a notebook's loop and against bare matrix products.

    python -m benchmarks.frames [--steps N] [--memory] [--frames N]

The notebook's `Dataset` returns the window of one frame at a time from a padded array in memory,
and a `DataLoader` collates batches of 1,024. This project gathers each batch from the memory-mapped
matrix. The lower bound is the matrix products of the same network, forward and backward, alone. All
methods alternate in one run.
"""

import argparse
import os
import shutil
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, Dataset

from resound.data.feature_cache import Features
from resound.models import frame_mlp
from resound.models.common.torch_learner import TorchLearner
from resound.training.inputs.arrangement import arrange
from resound.training.inputs.settings import Input
from resound.training.learner import Examples
from resound.training.settings import Training

CONTEXT, WIDTH, HIDDEN, CLASSES, BATCH = 20, 28, 512, 42, 1024
UTTERANCE = 1300
"""Number of frames of an utterance: 13 seconds."""
WHOLE_CORPUS = 36_091_157
SPARE_GB = 6


def main() -> None:
    options = parse()
    with TemporaryDirectory() as name:
        if options.memory:
            print_memory(Path(name), options.frames or WHOLE_CORPUS, options.steps)
        else:
            print_speed(Path(name), options.frames or 1_000_000, options.steps)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=100, help="number of measured steps")
    parser.add_argument("--frames", type=int, help="number of frames of the corpus")
    parser.add_argument(
        "--memory", action="store_true", help="measure private memory on a whole corpus"
    )
    return parser.parse_args()


def make_corpus(folder: Path, frames: int) -> tuple[Features, NDArray[np.int16]]:
    """Write a corpus of random frames, a million at a time."""
    random = np.random.default_rng(0)
    matrix = np.lib.format.open_memmap(folder / "matrix.npy", "w+", np.float32, (frames, WIDTH))
    for start in range(0, frames, 1_000_000):
        rows = matrix[start : start + 1_000_000]
        rows[:] = random.standard_normal(rows.shape, dtype=np.float32)
    matrix.flush()
    offsets = np.append(np.arange(0, frames, UTTERANCE), frames)
    np.save(folder / "offsets.npy", offsets)
    labels = random.integers(0, CLASSES, frames, dtype=np.int16)
    return Features.open(folder / "matrix.npy", folder / "offsets.npy"), labels


def make_learner(features: Features, labels: NDArray[np.int16], evaluations: int) -> TorchLearner:
    utterances = np.arange(len(features.offsets) - 1)
    how = Input(arrange="windows", context=CONTEXT)
    examples = Examples(arrange(features, {"train": utterances}, how), {"train": labels}, CLASSES)
    settings = frame_mlp.Settings(kind="frame_mlp", hidden=[HIDDEN])
    training = Training(
        optimizer="adam", learning_rate=1e-3, batch_size=BATCH, evaluations_per_epoch=evaluations
    )
    return frame_mlp.learner(settings, training, examples, 0, "cpu")


class Notebook(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The window of one frame at a time, from one padded array."""

    def __init__(self, features: Features, labels: NDArray[np.int16]) -> None:
        self._frames = np.pad(np.array(features.matrix), ((CONTEXT, CONTEXT), (0, 0)))
        self._labels = labels

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, item: int) -> tuple[torch.Tensor, torch.Tensor]:
        window = self._frames[item : item + 2 * CONTEXT + 1].flatten()
        return torch.FloatTensor(window), torch.tensor(int(self._labels[item]))


def print_speed(folder: Path, frames: int, steps: int) -> None:
    features, labels = make_corpus(folder, frames)
    evaluations = max(1, frames // BATCH // steps)
    ours = make_learner(features, labels, evaluations)
    methods: dict[str, Callable[[int], int]] = {
        "notebook": notebook_steps(features, labels, max(1, steps // 10)),
        "ours": lambda number: train_part(ours, number, frames // evaluations),
        "matrix products": lambda number: products(steps),
    }
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for number in range(1, 5):  # the first is not counted
        for name, run in methods.items():
            start = time.perf_counter()
            done = run(number)
            seconds[name].append((time.perf_counter() - start) / done)
    rates = {name: 1 / median(own[1:]) for name, own in seconds.items()}
    print(f"{frames:,} frames, batches of {BATCH}, one CPU thread, torch {torch.__version__}")
    print(f"{'':16} {'frames/s':>9} {'to notebook':>11} {'of products':>11}")
    for name, rate in rates.items():
        ratio, fraction = rate / rates["notebook"], rate / rates["matrix products"]
        print(f"{name:16} {rate:9,.0f} {ratio:11.1f} {fraction:11.0%}")


def train_part(learner: TorchLearner, number: int, frames: int) -> int:
    """Train up to evaluation `number`, on about `frames` frames, and return these."""
    learner.epoch(number)
    return frames


def notebook_steps(
    features: Features, labels: NDArray[np.int16], steps: int
) -> Callable[[int], int]:
    """Return a function that makes steps of a notebook's loop and returns the number of frames."""
    network = frame_mlp.build(
        frame_mlp.Settings(kind="frame_mlp", hidden=[HIDDEN]), (2 * CONTEXT + 1) * WIDTH, CLASSES
    )
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    loader = DataLoader(Notebook(features, labels), batch_size=BATCH, shuffle=True)

    def run(number: int) -> int:
        done, running = 0, 0.0
        for _, (inputs, targets) in zip(range(steps), loader):
            loss = nn.functional.cross_entropy(network(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            running += loss.item()
            done += len(targets)
        return done

    return run


def products(steps: int) -> int:
    """Compute the matrix products of steps, forward and backward, and return the frames.

    The gradient of the inputs is not needed.
    """
    inputs, hidden = torch.randn(BATCH, (2 * CONTEXT + 1) * WIDTH), torch.randn(BATCH, HIDDEN)
    first, second = torch.randn(inputs.shape[1], HIDDEN), torch.randn(HIDDEN, CLASSES)
    outputs = torch.randn(BATCH, CLASSES)
    for _ in range(steps):
        for left, right in (
            (inputs, first),
            (hidden, second),
            (outputs, second.T),
            (hidden.T, outputs),
            (inputs.T, hidden),
        ):
            torch.mm(left, right)
    return steps * BATCH


def print_memory(folder: Path, frames: int, steps: int) -> None:
    """Print the private memory of training on a corpus of `frames`, in a separate process."""
    needed_gb = frames * WIDTH * 4 / 2**30
    if shutil.disk_usage(folder).free / 2**30 < needed_gb + SPARE_GB:
        print(f"skipped: {folder} does not have {needed_gb + SPARE_GB:.1f} GB of free space")
        return
    features, labels = make_corpus(folder, frames)
    np.save(folder / "labels.npy", labels)
    del features, labels
    with get_context("spawn").Pool(1) as pool:
        peak = pool.apply(private_memory, (folder, frames, steps))
    print(f"{frames:,} frames ({needed_gb:.1f} GB), {steps} steps: at most {peak:.2f} GB private")


def private_memory(folder: Path, frames: int, steps: int) -> float:
    """Return the peak private memory of training in GB; mapped files do not count."""
    features = Features.open(folder / "matrix.npy", folder / "offsets.npy")
    labels = np.load(folder / "labels.npy")
    samples = [0.0]
    done = Event()

    def watch() -> None:
        while not done.wait(0.02):
            samples.append(_private_gb())

    watcher = Thread(target=watch)
    watcher.start()
    learner = make_learner(features, labels, max(1, frames // BATCH // steps))
    learner.epoch(1)
    done.set()
    watcher.join()
    return max(samples)


def _private_gb() -> float:
    """Return the anonymous memory of this process in GB, as Linux reports it."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0]) / 2**20


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
