"""Batches come to their device in the order asked for; what fits stays there."""

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
from resound.training.inputs import batches
from resound.training.inputs.arrange import Ragged
from resound.training.inputs.batches import Batches, fits, sent
from resound.training.inputs.windows import Windows
from resound.training.loop import Checkpoint, Examples, Training, train

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
def test_half_of_the_free_memory_may_be_taken(size: int, free: int, stays: bool) -> None:
    assert fits(size, free) == stays


def plainly(inputs: Any, items: torch.Tensor) -> np.ndarray:
    """A batch by indexing alone."""
    if isinstance(inputs, Ragged):
        return inputs.padded(items.numpy())
    return np.asarray(inputs[items] if isinstance(inputs, Windows) else inputs[items.numpy()])


CASES = [(ARRAY, ORDER), (windows(), ORDER), (Ragged(FEATURES, np.arange(5)), FEW)]


@pytest.mark.parametrize(("inputs", "order"), CASES)
def test_batches_are_those_of_plain_indexing(inputs: Any, order: list[torch.Tensor]) -> None:
    made = list(Batches(inputs, "cpu").of(order))
    assert len(made) == len(order)
    for batch, items in zip(made, order, strict=True):
        np.testing.assert_array_equal(batch, plainly(inputs, items))


def test_a_batch_is_changed_when_it_is_asked_for_and_not_before() -> None:
    told: list[float] = []

    def change(batch: torch.Tensor) -> torch.Tensor:
        told.append(batch[0, 0, 0].item())
        return batch + 1

    given = Batches(ARRAY, "cpu").of(ORDER, change)
    assert told == []
    for count, items in enumerate(ORDER, 1):
        np.testing.assert_array_equal(next(given), ARRAY[items.numpy()] + 1)
        assert len(told) == count


class Pinned(torch.Tensor):
    """A tensor in memory that a GPU reads by itself."""


class OnGpu(torch.Tensor):
    """A tensor that says that it lies on a GPU, as does what is made of it."""

    is_cuda = True


class Machine:
    """A GPU that is a CPU: what is said to its streams is written down, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, free: int) -> None:
        self.said: list[str] = []
        self.at_work = ["main"]
        monkeypatch.setattr(torch.cuda, "Stream", lambda: Stream(self, "side"))
        monkeypatch.setattr(torch.cuda, "current_stream", lambda: Stream(self, "main"))
        monkeypatch.setattr(torch.cuda, "stream", self.on)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, 2 * free))
        monkeypatch.setattr(torch.Tensor, "pin_memory", lambda own: own.as_subclass(Pinned))
        monkeypatch.setattr(torch.Tensor, "record_stream", lambda own, by: self.record(by))
        monkeypatch.setattr(
            torch.Tensor, "to", lambda own, *how, **more: self.to(own, *how, **more)
        )

    @contextmanager
    def on(self, stream: "Stream") -> Iterator[None]:
        self.at_work.append(stream.name)
        yield
        self.at_work.pop()

    def to(self, tensor: torch.Tensor, device: Any, non_blocking: bool = False) -> torch.Tensor:
        if device != "cuda":
            return tensor
        way = "pinned" if isinstance(tensor, Pinned) and non_blocking else "waiting"
        self.said.append(f"{self.at_work[-1]}: {len(tensor)} items, {way}")
        return tensor.clone().as_subclass(OnGpu)

    def record(self, stream: "Stream") -> None:
        self.said.append(f"memory kept for {stream.name}")


class Stream:
    def __init__(self, machine: Machine, name: str) -> None:
        self.machine, self.name, self.events = machine, name, 0

    def wait_stream(self, other: "Stream") -> None:
        self.machine.said.append(f"{self.name} waits for {other.name}")

    def record_event(self) -> "Event":
        self.events += 1
        return Event(self.machine, self.events)


class Event:
    def __init__(self, machine: Machine, number: int) -> None:
        self.machine, self.number = machine, number

    def synchronize(self) -> None:
        self.machine.said.append(f"host waits for batch {self.number}")


def test_batches_go_over_on_a_stream_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, free=2 * ARRAY.nbytes - 1)
    held = Batches(ARRAY, "cuda")
    assert not held.resident
    made = []
    for number, batch in enumerate(held.of(ORDER[:4]), 1):
        machine.said.append(f"step {number}")
        made.append(batch)
    for batch, items in zip(made, ORDER, strict=False):
        np.testing.assert_array_equal(batch, ARRAY[items.numpy()])
    comes = ["side: 7 items, pinned", "main waits for side", "memory kept for main"]
    first, second = "host waits for batch 1", "host waits for batch 2"
    assert machine.said == [
        *comes, "step 1", *comes, "step 2", first, *comes, "step 3", second, *comes, "step 4",
    ]  # fmt: skip


def test_what_fits_goes_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, free=2 * ARRAY.nbytes)
    held = Batches(ARRAY, "cuda")
    assert held.resident
    assert machine.said == ["main: 41 items, waiting"]
    machine.said.clear()
    list(held.of(ORDER[:1]))
    # The seven numbers of the items, and no inputs after them.
    assert [line for line in machine.said if "items" in line] == ["side: 7 items, pinned"]
    assert held.like(ARRAY).resident is False


def test_windows_of_resident_frames_share_them(monkeypatch: pytest.MonkeyPatch) -> None:
    Machine(monkeypatch, free=2 * FEATURES.matrix.nbytes)
    held = Batches(windows(), "cuda")
    assert held.resident
    assert held.like(Windows.of(FEATURES, np.array([4, 1]), 2, False)).resident
    others = Features(FEATURES.matrix + 1, FEATURES.offsets)
    assert not held.like(Windows.of(others, np.array([4]), 2, False)).resident


def test_ragged_inputs_never_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch, free=GIGABYTE)
    held = Batches(Ragged(FEATURES, np.arange(5)), "cuda")
    assert not held.resident
    assert machine.said == []
    list(held.of(FEW[:1]))
    assert machine.said[0] == "side: 2 items, pinned"


def test_nothing_is_copied_on_a_cpu() -> None:
    tensor = torch.arange(3)
    assert sent(tensor, "cpu") is tensor
    assert Batches(ARRAY, "cpu")._inputs.data_ptr() == ARRAY.ctypes.data


def examples(frames: bool) -> Examples:
    """Two hundred items of four classes that differ in their mean."""
    random = np.random.default_rng(0)
    targets = np.arange(200) % 4
    shape = (200, 6) if frames else (200, 24, 16)
    inputs: Any = random.standard_normal(shape, np.float32)
    inputs[np.arange(200), ..., targets] += 2
    if frames:
        inputs = Windows.of(Features(inputs, np.array([0, 90, 200])), np.arange(2), 3, False)
    return Examples({"train": inputs, "validation": inputs}, dict.fromkeys(
        ("train", "validation"), targets
    ), 4)  # fmt: skip


class Stop(Exception):
    """The run is broken off."""


def on_gpu(
    frames: bool, folder: Path, broken: bool = False, **changes: Any
) -> tuple[TorchLearner, list[Any], Any]:
    """A learner after two epochs on the GPU, its history and its scores; `broken` in between."""
    how = Training(optimizer="adam", learning_rate=0.01, epochs=2, batch_size=16, **changes)
    known = examples(frames)

    def made() -> Any:
        if frames:
            perceptron = frame_mlp.Settings(kind="frame_mlp", hidden=[32], mask_frames=2)
            return frame_mlp.learner(perceptron, how, known, 3, "cuda")
        network = cnn.Settings(kind="cnn", channels=[8, 8], shift_frames=2, mask_frames=4)
        return cnn.learner(network, how, known, 3, "cuda")

    def stop(line: str) -> None:
        raise Stop

    checkpoint = Checkpoint(folder / "checkpoint", "test")
    if broken:
        with pytest.raises(Stop):
            train(made(), how, known, checkpoint, stop)
    learner = made()
    history = train(learner, how, known, checkpoint)
    checkpoint.discard()
    return learner, history, learner.scores(known.inputs["train"])


@needs_gpu
@pytest.mark.parametrize("frames", [False, True])
def test_a_broken_run_on_a_gpu_ends_as_an_unbroken_one(frames: bool, tmp_path: Path) -> None:
    whole, broken = (on_gpu(frames, tmp_path, broken=once) for once in (False, True))
    assert whole[1] == broken[1]
    for name, tensor in whole[0].weights().items():
        np.testing.assert_array_equal(tensor, broken[0].weights()[name])


@needs_gpu
@pytest.mark.parametrize("frames", [False, True])
def test_streamed_inputs_make_the_bytes_of_resident_ones(
    frames: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident, history, scores = on_gpu(frames, tmp_path)
    assert resident._inputs.resident
    monkeypatch.setattr(batches, "SHARE", 0.0)
    streamed, other_history, other_scores = on_gpu(frames, tmp_path)
    assert not streamed._inputs.resident
    assert history == other_history
    np.testing.assert_array_equal(scores, other_scores)
    for name, tensor in resident.weights().items():
        np.testing.assert_array_equal(tensor, streamed.weights()[name])


@needs_gpu
@pytest.mark.parametrize("precision", ["single", "mixed"])
def test_a_deterministic_run_gives_the_same_bytes_again(tmp_path: Path, precision: str) -> None:
    first, second = (on_gpu(False, tmp_path, precision=precision) for _ in range(2))
    assert first[1] == second[1]
    for name, tensor in first[0].weights().items():
        np.testing.assert_array_equal(tensor, second[0].weights()[name])
    assert torch.cuda.max_memory_allocated() > 0


@needs_gpu
@pytest.mark.parametrize("frames", [False, True])
def test_single_precision_is_that_of_a_cpu(frames: bool, tmp_path: Path) -> None:
    learner, _, scores = on_gpu(frames, tmp_path)
    learner.network.cpu()
    batch = examples(frames).inputs["train"]
    inputs = batch[torch.arange(200)] if frames else torch.from_numpy(batch)
    with torch.inference_mode():
        right = learner.network.eval()(inputs).softmax(1)
    np.testing.assert_allclose(scores, right, atol=1e-5)


@needs_gpu
@pytest.mark.parametrize("inputs", [ARRAY, windows(), Ragged(FEATURES, np.arange(5))])
def test_batches_reach_a_real_gpu_unchanged(inputs: Any) -> None:
    order = FEW if isinstance(inputs, Ragged) else ORDER
    for batch, items in zip(Batches(inputs, "cuda").of(order * 20), order * 20, strict=True):
        assert batch.is_cuda
        np.testing.assert_array_equal(batch.cpu(), plainly(inputs, items))
