"""Measure training against the loop of a notebook: a `DataLoader` of single items.

    python -m benchmarks.training [--items N] [--epochs N] [--models NAME ...]
    python -m benchmarks.training --devices

Both train the same network from the same weights on the same batches in the same order, alternating
epoch by epoch, so their losses must agree; a difference above the tolerance is an error.

`--devices` measures this project's training alone, on the CPU and on a GPU if there is one: in
single and in mixed precision, with and without `torch.compile`.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.utils.data import DataLoader, Dataset

from resound.data.feature_cache import Features
from resound.models import cnn, frame_mlp, lstm, single_conv
from resound.models.common.torch_learner import TorchLearner
from resound.training.inputs.dense import Dense, dense_array
from resound.training.inputs.windows import Windows
from resound.training.learner import Examples
from resound.training.settings import Training

TOLERANCE = 1e-3
"""Largest difference of an epoch's mean loss, relative to it."""


@dataclass(frozen=True)
class Model:
    """A model of the project and the form of its inputs."""

    module: Any
    settings: Any
    shape: tuple[int, ...]
    training: Training
    context: int | None = None
    """For a model of frames, the number of frames on either side."""


MODELS = {
    "digits_cnn": Model(
        cnn,
        cnn.Settings(kind="cnn", channels=[16, 32, 64]),
        (101, 40),
        Training(optimizer="adam", learning_rate=1e-3, batch_size=32),
    ),
    "genres_lstm_2x64_mean": Model(
        lstm,
        lstm.Settings(kind="lstm", layers=[64, 64], head=[64]),
        (13,),
        Training(optimizer="adam", learning_rate=1e-4, batch_size=32),
    ),
    "genres_cnn": Model(
        single_conv,
        single_conv.Settings(kind="single_conv", channels=32),
        (128, 128),
        Training(optimizer="adam", learning_rate=1e-4, batch_size=32),
    ),
    "phonemes_mlp": Model(
        frame_mlp,
        frame_mlp.Settings(kind="frame_mlp", hidden=[512]),
        (28,),
        Training(optimizer="adam", learning_rate=1e-3, batch_size=1024),
        context=20,
    ),
}
FRAMES_PER_ITEM = 100
CLASSES = 10

Variant = tuple[str, Literal["single", "mixed"], bool]
"""A device, a precision, and whether the network is compiled."""


class Clips(Dataset[tuple[torch.Tensor, int]]):
    """Cached features in one file per clip, read on access, as in many notebooks."""

    def __init__(self, files: list[Path], targets: NDArray[np.integer]) -> None:
        self._files, self._targets = files, targets

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, item: int) -> tuple[torch.Tensor, int]:
        return torch.tensor(np.load(self._files[item])), int(self._targets[item])


def main() -> None:
    options = parse()
    models = {name: MODELS[name] for name in options.models}
    if options.devices:
        print_devices(models, options.items, options.epochs)
        return
    device = "cuda" if torch.cuda.is_available() else "cpu"
    where = torch.cuda.get_device_name() if device == "cuda" else "one CPU thread"
    print(f"{options.items} items, {options.epochs} epochs, torch {torch.__version__}, {where}")
    print(f"{'':22} {'loader/s':>9} {'ours/s':>9} {'ratio':>6}  largest difference of the loss")
    for name, model in models.items():
        if model.context is not None:
            continue  # see `benchmarks.frames`
        loader, ours, difference = compare(model, options.items, options.epochs, device)
        print(f"{name:22} {loader:9,.0f} {ours:9,.0f} {ours / loader:6.2f}  {difference:.1e}")
        if difference > TOLERANCE:
            sys.exit(f"the losses of {name} differ")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, default=1000, help="number of training items")
    parser.add_argument(
        "--epochs", type=int, default=4, help="number of epochs; the first is not counted"
    )
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--devices", action="store_true", help="measure devices and precisions")
    return parser.parse_args()


def print_devices(models: Mapping[str, Model], items: int, epochs: int) -> None:
    """Print examples per second of each variant, and the ratio to single precision on the CPU."""
    variants: list[Variant] = [("cpu", "single", False), ("cpu", "single", True)]
    if torch.cuda.is_available():
        variants += [("cuda", "single", False), ("cuda", "mixed", False)]
        variants += [("cuda", "single", True), ("cuda", "mixed", True)]
        print(torch.cuda.get_device_name())
    print(f"{items} items (or {items * FRAMES_PER_ITEM:,} frames), {epochs} epochs")
    print(f"{'':22} {'device':6} {'precision':9} {'compiled':8} {'examples/s':>11} {'ratio':>6}")
    for name, model in models.items():
        speeds = measure_speeds(model, variants, items, epochs)
        for (device, precision, compiled), speed in zip(variants, speeds, strict=True):
            variant = f"{device:6} {precision:9} {'yes' if compiled else 'no':8}"
            print(f"{name:22} {variant} {speed:11,.0f} {speed / speeds[0]:6.2f}", flush=True)


def measure_speeds(
    model: Model, variants: Sequence[Variant], items: int, epochs: int
) -> list[float]:
    """Return examples per second of each variant, without the first epoch, which compiles."""
    examples = make_examples(model, items)
    seconds: list[list[float]] = [[] for _ in variants]
    learners = []
    for device, precision, compiled in variants:
        training = replace(model.training, precision=precision)
        learner: TorchLearner = model.module.learner(model.settings, training, examples, 0, device)
        if compiled:
            learner.network.compile()
        learners.append(learner)
    for number in range(1, epochs + 1):
        for learner, own in zip(learners, seconds, strict=True):
            learner.precision.set_up()  # torch has the precision of the learner before
            measure(own, partial(epoch_loss, learner, number))
    return [len(examples.inputs["train"]) / median(own[1:]) for own in seconds]


def make_examples(model: Model, items: int) -> Examples:
    """Return noise around one mean per class."""
    frames = model.context is not None
    random, count = np.random.default_rng(0), items * FRAMES_PER_ITEM if frames else items
    targets = np.arange(count) % CLASSES
    means = random.standard_normal((CLASSES, *model.shape))
    noise = random.standard_normal((count, *model.shape))
    array = (means[targets] + noise).astype(np.float32)
    inputs: Any = Dense(array)
    if model.context is not None:
        offsets = np.arange(0, count + 1, FRAMES_PER_ITEM)
        inputs = Windows.of(Features(array, offsets), np.arange(items), model.context, False)
    return Examples({"train": inputs}, {"train": targets}, CLASSES)


def compare(model: Model, items: int, epochs: int, device: str) -> tuple[float, float, float]:
    """Return examples per second of the loader and of ours, and the largest loss difference."""
    examples = make_examples(model, items)
    inputs, targets = dense_array(examples.inputs["train"]), examples.targets["train"]

    def make_learner() -> TorchLearner:
        learner: TorchLearner = model.module.learner(
            model.settings, model.training, examples, 0, device
        )
        return learner

    with TemporaryDirectory() as folder:
        files = [Path(folder, f"{n}.npy") for n in range(items)]
        for file, item in zip(files, inputs, strict=True):
            np.save(file, item)
        ours, notebook = make_learner(), make_learner()
        loader_losses = notebook_epochs(notebook, Clips(files, targets), model.training, device)
        seconds: dict[str, list[float]] = {"loader": [], "ours": []}
        differences = []
        for number in range(1, epochs + 1):
            loss = measure(seconds["ours"], partial(epoch_loss, ours, number))
            loader_loss = measure(seconds["loader"], partial(next, loader_losses))
            differences.append(abs(loss - loader_loss) / loss)
    loader_s, ours_s = (median(seconds[method][1:]) for method in ("loader", "ours"))
    return items / loader_s, items / ours_s, max(differences)


def epoch_loss(learner: TorchLearner, number: int) -> float:
    """Train an epoch and return its mean loss."""
    return learner.epoch(number)["loss"]


def measure(seconds: list[float], run: Callable[[], float]) -> float:
    """Return the loss that `run` returns; its duration is appended to `seconds`."""
    start = time.perf_counter()
    loss = run()
    seconds.append(time.perf_counter() - start)
    return loss


def notebook_epochs(
    learner: TorchLearner, clips: Clips, training: Training, device: str
) -> Iterator[float]:
    """Yield the mean loss of each epoch of a notebook's loop, on the batches of `learner`."""
    network, optimizer = learner.network, learner.optimizer
    number = 0
    while True:
        number += 1
        batches = [batch.tolist() for batch, _ in learner.steps(number)]
        losses = []
        network.train()
        for inputs, targets in DataLoader(clips, batch_sampler=batches):
            inputs, targets = inputs.to(device), targets.to(device)
            loss = nn.functional.cross_entropy(network(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item() * len(targets))
        yield sum(losses) / len(clips)


if __name__ == "__main__":
    main()
