"""Precision and determinism: set in torch as configured, and recorded as set."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from resound.models import mlp
from resound.models.whisper.finetuning import _arguments, _precision
from resound.models.whisper.settings import Decode, FineTuning
from resound.training.precision import Precision
from resound.training.settings import Training
from tests.helpers.examples import examples_of

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.fixture(autouse=True)
def flags() -> Iterator[None]:
    """Restore the flags of torch that other tests expect."""
    yield
    Precision("cpu").set_up()


@pytest.fixture
def bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that multiplies in bfloat16."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)


@pytest.fixture
def no_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that only emulates bfloat16."""
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation: including_emulation
    )


def tf32() -> tuple[bool, bool]:
    """Return whether products and cuDNN use it; torch raises if its two settings disagree."""
    return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize(
    ("device", "precision", "kind", "allowed", "words"),
    [
        ("cpu", "single", torch.float32, False, "single"),
        ("cpu", "mixed", torch.float32, False, "single"),
        ("cpu", "half", torch.float32, False, "single"),
        ("cuda", "single", torch.float32, False, "single, without TF32"),
        ("cuda", "mixed", torch.bfloat16, True, "bfloat16 mixed, TF32"),
        ("cuda", "half", torch.bfloat16, True, "bfloat16, TF32"),
    ],
)
@pytest.mark.filterwarnings("error")
@pytest.mark.usefixtures("bfloat16")
def test_precision_is_set_as_configured(
    device: str, precision: str, kind: torch.dtype, allowed: bool, words: str
) -> None:
    precision = Precision(device, precision)  # type: ignore[arg-type]
    for before in (not allowed, allowed):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = before
        precision.set_up()
        assert tf32() == (allowed, allowed)
        assert (torch.backends.cuda.matmul.fp32_precision == "tf32") == allowed
        assert (torch.backends.cudnn.conv.fp32_precision == "tf32") == allowed
    assert precision.type == kind
    assert precision.facts() == {"precision": words, "deterministic": True}


@pytest.mark.usefixtures("no_bfloat16")
def test_a_gpu_without_bfloat16_uses_single_precision_or_float16() -> None:
    mixed = Precision("cuda", "mixed")
    assert mixed.facts()["precision"] == "single, without TF32"
    tuned = FineTuning(learning_rate=0.1, epochs=1, batch_size=1, precision="half")
    assert _precision(tuned, "cuda").facts()["precision"] == "float16 mixed, TF32"
    assert _precision(tuned, "cpu").facts()["precision"] == "single"


@pytest.mark.parametrize("deterministic", [True, False])
def test_determinism_is_set_as_configured(
    deterministic: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    Precision("cpu", deterministic=not deterministic).set_up()
    training = Training(optimizer="sgd", epochs=1, batch_size=2, deterministic=deterministic)
    inputs, targets = {"train": np.ones((4, 3), np.float32)}, {"train": np.arange(4) % 2}
    model = mlp.Settings(kind="mlp", hidden=[2])
    learner = mlp.learner(model, training, examples_of(inputs, targets, 2), 0, "cpu")
    assert torch.are_deterministic_algorithms_enabled() == deterministic
    assert torch.backends.cudnn.benchmark != deterministic
    assert learner.precision.facts()["deterministic"] == deterministic


def test_a_cpu_never_casts() -> None:
    factors = torch.ones(2, 2)
    with Precision("cpu", "mixed").autocast():
        assert (factors @ factors).dtype == torch.float32


@pytest.mark.parametrize(
    ("precision", "fixture", "halves"),
    [
        ("single", "bfloat16", (False, False)),
        ("half", "bfloat16", (True, False)),
        ("half", "no_bfloat16", (False, True)),
    ],
)
def test_the_trainer_uses_the_same_precision(
    precision: str, fixture: str, halves: tuple[bool, bool], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(fixture)
    arguments: dict[str, bool] = {}
    training = FineTuning(learning_rate=0.1, epochs=1, batch_size=1, precision=precision)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "resound.models.whisper.finetuning.Seq2SeqTrainingArguments",
            lambda **named: arguments.update(named),
        )
        decode = Decode(task="transcribe")
        _arguments(training, decode, 1, Path("folder"), _precision(training, "cuda"))
    assert (arguments["bf16"], arguments["fp16"]) == halves
    assert arguments["dataloader_pin_memory"]
    assert not arguments["use_cpu"]


@needs_gpu
def test_tf32_is_used_only_in_mixed_precision() -> None:
    factors = torch.rand(512, 512, dtype=torch.float64, device="cuda") + 1
    exact, errors = factors @ factors, {}
    for precision in ("single", "mixed"):
        Precision("cuda", precision).set_up()  # type: ignore[arg-type]
        product = factors.float() @ factors.float()
        errors[precision] = ((product - exact).abs() / exact).max().item()
    assert errors["single"] < 1e-6
    assert errors["mixed"] > 1e-5
