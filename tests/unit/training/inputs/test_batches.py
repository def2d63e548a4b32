"""Batches: copied to their device in order; inputs that fit stay there."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from resound.data.feature_cache import Features
from resound.models import cnn, frame_mlp
from resound.models.common.torch_learner import TorchLearner
from resound.training.checkpoint import Checkpoint
from resound.training.inputs import batches
from resound.training.inputs.base import to_device
from resound.training.inputs.batches import Batches, fits
from resound.training.inputs.dense import Dense
from resound.training.inputs.ragged import Ragged
from resound.training.inputs.windows import Windows
from resound.training.learner import Examples
from resound.training.loop import train
from resound.training.settings import Training

GIGABYTE = 2**30
RANDOM = np.random.default_rng(0)
ARRAY = RANDOM.standard_normal((41, 6, 3)).astype(np.float32)
FEATURES = Features(
    RANDOM.standard_normal((41, 3)).astype(np.float32), np.array([0, 7, 8, 30, 36, 41])
)
ORDER = torch.from_numpy(RANDOM.permutation(41)).split(7)
FEW = torch.tensor([3, 0, 4, 2, 1]).split(2)
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


def windows() -> Windows:
    return Windows.of(FEATURES, np.arange(5), 2, False)


@pytest.mark.parametrize(
    ("size", "free", "stays"),
    [
        (40 * GIGABYTE, 80 * GIGABYTE, True),
        (40 * GIGABYTE + 1, 80 * GIGABYTE, False),
        (1, 0, False),
        (0, 0, True),
    ],
)
def test_inputs_may_occupy_half_of_the_free_memory(size: int, free: int, stays: bool) -> None:
    assert fits(size, free) == stays


def expected_batch(inputs: Any, items: torch.Tensor) -> np.ndarray:
    """Return a batch without `Batches`."""
    if isinstance(inputs, Ragged):
        return inputs.padded(items.numpy())
    if isinstance(inputs, Windows):
        return np.asarray(inputs.batch(items))
    return np.asarray(inputs.array[items.numpy()])


CASES = [(Dense(ARRAY), ORDER), (windows(), ORDER), (Ragged(FEATURES, np.arange(5)), FEW)]


@pytest.mark.parametrize(("inputs", "order"), CASES)
def test_batches_are_those_of_indexing(inputs: Any, order: list[torch.Tensor]) -> None:
    every = list(Batches(inputs, "cpu").of(order))
    assert len(every) == len(order)
    for batch, items in zip(every, order, strict=True):
        np.testing.assert_array_equal(batch, expected_batch(inputs, items))


def test_a_batch_is_transformed_only_when_it_is_requested() -> None:
    transformed: list[float] = []

    def transform(batch: torch.Tensor) -> torch.Tensor:
        transformed.append(batch[0, 0, 0].item())
        return batch + 1

    iterator = Batches(Dense(ARRAY), "cpu").of(ORDER, transform)
    assert transformed == []
    for count, items in enumerate(ORDER, 1):
        np.testing.assert_array_equal(next(iterator), ARRAY[items.numpy()] + 1)
        assert len(transformed) == count


class Pinned(torch.Tensor):
    """A tensor in pinned memory."""


class OnGpu(torch.Tensor):
    """A tensor that claims to be on a GPU, as do tensors derived from it."""

    is_cuda = True


class SimulatedGpu:
    """A GPU simulated on the CPU, which records the calls to its streams in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
        self.calls: list[str] = []
        self._streams = ["main"]
        monkeypatch.setattr(torch.cuda, "Stream", lambda: Stream(self, "side"))
        monkeypatch.setattr(torch.cuda, "current_stream", lambda: Stream(self, "main"))
        monkeypatch.setattr(torch.cuda, "stream", self.use)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, 2 * free))
        monkeypatch.setattr(torch.Tensor, "pin_memory", lambda own: own.as_subclass(Pinned))
        monkeypatch.setattr(torch.Tensor, "record_stream", lambda own, stream: self.record(stream))
        monkeypatch.setattr(
            torch.Tensor, "to", lambda own, *args, **options: self.to(own, *args, **options)
        )

    @contextmanager
    def use(self, stream: "Stream") -> Iterator[None]:
        self._streams.append(stream.name)
        yield
        self._streams.pop()

    def to(self, tensor: torch.Tensor, device: Any, non_blocking: bool = False) -> torch.Tensor:
        if device != "cuda":
            return tensor
        how = "pinned" if isinstance(tensor, Pinned) and non_blocking else "waiting"
        self.calls.append(f"{self._streams[-1]}: {len(tensor)} items, {how}")
        return tensor.clone().as_subclass(OnGpu)

    def record(self, stream: "Stream") -> None:
        self.calls.append(f"memory kept for {stream.name}")


class Stream:
    def __init__(self, gpu: SimulatedGpu, name: str) -> None:
        self.gpu, self.name, self.events = gpu, name, 0

    def wait_stream(self, other: "Stream") -> None:
        self.gpu.calls.append(f"{self.name} waits for {other.name}")

    def record_event(self) -> "Event":
        self.events += 1
        return Event(self.gpu, self.events)


class Event:
    def __init__(self, gpu: SimulatedGpu, number: int) -> None:
        self.gpu, self.number = gpu, number

    def synchronize(self) -> None:
        self.gpu.calls.append(f"host waits for batch {self.number}")


def test_batches_are_copied_on_a_separate_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = SimulatedGpu(monkeypatch, free=2 * ARRAY.nbytes - 1)
    inputs = Batches(Dense(ARRAY), "cuda")
    assert not inputs.resident
    copied = []
    for number, batch in enumerate(inputs.of(ORDER[:4]), 1):
        gpu.calls.append(f"step {number}")
        copied.append(batch)
    for batch, items in zip(copied, ORDER, strict=False):
        np.testing.assert_array_equal(batch, ARRAY[items.numpy()])
    copy = ["side: 7 items, pinned", "main waits for side", "memory kept for main"]
    first, second = "host waits for batch 1", "host waits for batch 2"
    assert gpu.calls == [
        *copy, "step 1", *copy, "step 2", first, *copy, "step 3", second, *copy, "step 4",
    ]  # fmt: skip


def test_inputs_that_fit_are_copied_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = SimulatedGpu(monkeypatch, free=2 * ARRAY.nbytes)
    inputs = Batches(Dense(ARRAY), "cuda")
    assert inputs.resident
    assert gpu.calls == ["main: 41 items, waiting"]
    gpu.calls.clear()
    list(inputs.of(ORDER[:1]))
    # Only the numbers of the seven items are copied.
    assert [line for line in gpu.calls if "items" in line] == ["side: 7 items, pinned"]
    assert inputs.like(Dense(ARRAY)).resident is False


def test_windows_of_resident_frames_share_them(monkeypatch: pytest.MonkeyPatch) -> None:
    SimulatedGpu(monkeypatch, free=2 * FEATURES.matrix.nbytes)
    inputs = Batches(windows(), "cuda")
    assert inputs.resident
    assert inputs.like(Windows.of(FEATURES, np.array([4, 1]), 2, False)).resident
    others = Features(FEATURES.matrix + 1, FEATURES.offsets)
    assert not inputs.like(Windows.of(others, np.array([4]), 2, False)).resident


def test_ragged_inputs_never_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = SimulatedGpu(monkeypatch, free=GIGABYTE)
    inputs = Batches(Ragged(FEATURES, np.arange(5)), "cuda")
    assert not inputs.resident
    assert gpu.calls == []
    list(inputs.of(FEW[:1]))
    assert gpu.calls[0] == "side: 2 items, pinned"


def test_nothing_is_copied_on_a_cpu() -> None:
    tensor = torch.arange(3)
    assert to_device(tensor, "cpu") is tensor
    assert Batches(Dense(ARRAY), "cpu")._inputs.tensor.data_ptr() == ARRAY.ctypes.data


def examples(frames: bool) -> Examples:
    """Return two hundred items of four classes that differ in their mean."""
    random = np.random.default_rng(0)
    targets = np.arange(200) % 4
    shape = (200, 6) if frames else (200, 24, 16)
    array = random.standard_normal(shape, np.float32)
    array[np.arange(200), ..., targets] += 2
    inputs: Any = Dense(array)
    if frames:
        inputs = Windows.of(Features(array, np.array([0, 90, 200])), np.arange(2), 3, False)
    parts = ("train", "validation")
    return Examples(dict.fromkeys(parts, inputs), dict.fromkeys(parts, targets), 4)


class Killed(Exception):
    """Ends a run early."""


def train_on_gpu(
    frames: bool, folder: Path, killed: bool = False, **changes: Any
) -> tuple[TorchLearner, list[Any], Any]:
    """Return a learner after two epochs on the GPU, its history and its scores.

    If `killed`, the run is killed after the first epoch and resumed.
    """
    training = Training(optimizer="adam", learning_rate=0.01, epochs=2, batch_size=16, **changes)
    data = examples(frames)

    def make() -> Any:
        if frames:
            perceptron = frame_mlp.Settings(kind="frame_mlp", hidden=[32], mask_frames=2)
            return frame_mlp.learner(perceptron, training, data, 3, "cuda")
        network = cnn.Settings(kind="cnn", channels=[8, 8], shift_frames=2, mask_frames=4)
        return cnn.learner(network, training, data, 3, "cuda")

    def kill(line: str) -> None:
        raise Killed

    checkpoint = Checkpoint(folder / "checkpoint", "test")
    if killed:
        with pytest.raises(Killed):
            train(make(), training, data, checkpoint, kill)
    learner = make()
    history = train(learner, training, data, checkpoint)
    checkpoint.discard()
    return learner, history, learner.scores(data.inputs["train"])


@needs_gpu
@pytest.mark.parametrize("frames", [False, True])
def test_a_killed_run_on_a_gpu_ends_like_an_uninterrupted_one(frames: bool, tmp_path: Path) -> None:
    uninterrupted, resumed = (train_on_gpu(frames, tmp_path, killed) for killed in (False, True))
    assert uninterrupted[1] == resumed[1]
    for name, tensor in uninterrupted[0].weights().items():
        np.testing.assert_array_equal(tensor, resumed[0].weights()[name])


@needs_gpu
@pytest.mark.parametrize("frames", [False, True])
def test_streamed_and_resident_inputs_give_the_same_bytes(
    frames: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident, history, scores = train_on_gpu(frames, tmp_path)
    assert resident._inputs.resident
    monkeypatch.setattr(batches, "MEMORY_FRACTION", 0.0)
    streamed, other_history, other_scores = train_on_gpu(frames, tmp_path)
    assert not streamed._inputs.resident
    assert history == other_history
    np.testing.assert_array_equal(scores, other_scores)
    for name, tensor in resident.weights().items():
        np.testing.assert_array_equal(tensor, streamed.weights()[name])


@needs_gpu
@pytest.mark.parametrize("precision", ["single", "mixed"])
def test_a_deterministic_run_is_reproducible(tmp_path: Path, precision: str) -> None:
    first, second = (train_on_gpu(False, tmp_path, precision=precision) for _ in range(2))
    assert first[1] == second[1]
    for name, tensor in first[0].weights().items():
        np.testing.assert_array_equal(tensor, second[0].weights()[name])
    assert torch.cuda.max_memory_allocated() > 0


@needs_gpu
@pytest.mark.parametrize("frames", [False, True])
def test_single_precision_agrees_with_a_cpu(frames: bool, tmp_path: Path) -> None:
    learner, _, scores = train_on_gpu(frames, tmp_path)
    learner.network.cpu()
    inputs = examples(frames).inputs["train"].batch(torch.arange(200))
    with torch.inference_mode():
        expected = learner.network.eval()(inputs).softmax(1)
    np.testing.assert_allclose(scores, expected, atol=1e-5)


@needs_gpu
@pytest.mark.parametrize("inputs", [inputs for inputs, _ in CASES])
def test_batches_are_copied_to_a_real_gpu_unchanged(inputs: Any) -> None:
    order = FEW if isinstance(inputs, Ragged) else ORDER
    for batch, items in zip(Batches(inputs, "cuda").of(order * 20), order * 20, strict=True):
        assert batch.is_cuda
        np.testing.assert_array_equal(batch.cpu(), expected_batch(inputs, items))
