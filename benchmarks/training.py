"""Time training against the loop of notebooks: a `DataLoader` of single items.

    python -m benchmarks.training [--items N] [--epochs N] [--models NAME ...]
    python -m benchmarks.training --devices

Both train the same network from the same weights on the same batches in the same order, in turn
epoch by epoch, so that their losses must agree; a difference above the tolerance is an error.

`--devices` times ours alone on the CPU and, where there is one, on the GPU: in single and in mixed
precision, and with `torch.compile`.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from resound.training.inputs.windows import Windows
from resound.training.loop import Examples, Training

TOLERANCE = 1e-3
"""The largest difference of an epoch's mean loss, relative to it."""


@dataclass(frozen=True)
class Model:
    """A model of the project and what it is fed."""

    module: Any
    settings: Any
    shape: tuple[int, ...]
    training: Training
    context: int | None = None
    """Of a model of frames, the frames on either side."""


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
FRAMES_OF_ITEM = 100
CLASSES = 10

Way = tuple[str, Literal["single", "mixed"], bool]
"""A device, a precision, and whether the network is compiled."""


class Clips(Dataset[tuple[torch.Tensor, int]]):
    """Cached features, a file a clip, read when asked for: what such notebooks write."""

    def __init__(self, files: list[Path], targets: NDArray[np.int64]) -> None:
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
            continue  # `benchmarks.frames` has a loader of frames
        loader, ours, difference = compare(model, options.items, options.epochs, device)
        print(f"{name:22} {loader:9,.0f} {ours:9,.0f} {ours / loader:6.2f}  {difference:.1e}")
        if difference > TOLERANCE:
            sys.exit(f"the losses of {name} are not the same")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--items", type=int, default=1000, help="how many items to train on")
    parser.add_argument("--epochs", type=int, default=4, help="the first warms up")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--devices", action="store_true", help="time devices and precisions")
    return parser.parse_args()


def print_devices(models: Mapping[str, Model], items: int, epochs: int) -> None:
    """Examples a second of each way, and their ratio to plain single precision on the CPU."""
    ways: list[Way] = [("cpu", "single", False), ("cpu", "single", True)]
    if torch.cuda.is_available():
        ways += [("cuda", "single", False), ("cuda", "mixed", False)]
        ways += [("cuda", "single", True), ("cuda", "mixed", True)]
        print(torch.cuda.get_device_name())
    print(f"{items} items (or {items * FRAMES_OF_ITEM:,} frames), {epochs} epochs")
    print(f"{'':22} {'device':6} {'precision':9} {'compiled':8} {'examples/s':>11} {'ratio':>6}")
    for name, model in models.items():
        speeds = speeds_of(model, ways, items, epochs)
        for (device, precision, compiled), speed in zip(ways, speeds, strict=True):
            way = f"{device:6} {precision:9} {'yes' if compiled else 'no':8}"
            print(f"{name:22} {way} {speed:11,.0f} {speed / speeds[0]:6.2f}", flush=True)


def speeds_of(model: Model, ways: Sequence[Way], items: int, epochs: int) -> list[float]:
    """Examples a second of each way, in turn; the first epoch, which compiles, is not counted."""
    examples = made_examples(model, items)
    spent: list[list[float]] = [[] for _ in ways]
    learners = []
    for device, precision, compiled in ways:
        training = replace(model.training, precision=precision)
        learner: TorchLearner = model.module.learner(model.settings, training, examples, 0, device)
        if compiled:
            learner.network.compile()
        learners.append(learner)
    for number in range(1, epochs + 1):
        for learner, own in zip(learners, spent, strict=True):
            learner.precision.set_up()  # else it would be that of the last
            timed(own, lambda n=number, learner=learner: learner.epoch(n)["loss"])
    return [len(examples.inputs["train"]) / median(own[1:]) for own in spent]


def made_examples(model: Model, items: int) -> Examples:
    """Noise about a mean a class."""
    frames = model.context is not None
    random, count = np.random.default_rng(0), items * FRAMES_OF_ITEM if frames else items
    targets = np.arange(count) % CLASSES
    means = random.standard_normal((CLASSES, *model.shape))
    noise = random.standard_normal((count, *model.shape))
    inputs: Any = (means[targets] + noise).astype(np.float32)
    if model.context is not None:
        offsets = np.arange(0, count + 1, FRAMES_OF_ITEM)
        inputs = Windows.of(Features(inputs, offsets), np.arange(items), model.context, False)
    return Examples({"train": inputs}, {"train": targets}, CLASSES)


def compare(model: Model, items: int, epochs: int, device: str) -> tuple[float, float, float]:
    """Examples a second of the loader and of ours, and the largest difference of their losses."""
    examples = made_examples(model, items)
    inputs, targets = examples.inputs["train"], examples.targets["train"]

    def learner() -> TorchLearner:
        made: TorchLearner = model.module.learner(
            model.settings, model.training, examples, 0, device
        )
        return made

    with TemporaryDirectory() as folder:
        files = [Path(folder, f"{n}.npy") for n in range(items)]
        for file, item in zip(files, inputs, strict=True):
            np.save(file, item)
        ours, notebook = learner(), learner()
        plain = notebook_epochs(notebook, Clips(files, targets), model.training, device)
        spent: dict[str, list[float]] = {"loader": [], "ours": []}
        differences = []
        for number in range(1, epochs + 1):
            loss = timed(spent["ours"], lambda n=number: ours.epoch(n)["loss"])
            other = timed(spent["loader"], lambda: next(plain))
            differences.append(abs(loss - other) / loss)
    loader_s, ours_s = (median(spent[way][1:]) for way in ("loader", "ours"))
    return items / loader_s, items / ours_s, max(differences)


def timed(spent: list[float], run: Callable[[], float]) -> float:
    start = time.perf_counter()
    loss = run()
    spent.append(time.perf_counter() - start)
    return loss


def notebook_epochs(
    learner: TorchLearner, clips: Clips, training: Training, device: str
) -> Iterator[float]:
    """The mean loss of each epoch, trained as a notebook does; batches as `learner` draws them."""
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
