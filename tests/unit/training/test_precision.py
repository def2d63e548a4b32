"""Precision and determinism are set in torch as they are told, and told as they are set."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from resound.models import mlp
from resound.models.whisper.finetuning import _arguments, _arithmetic
from resound.models.whisper.settings import Decode, FineTuning
from resound.training.loop import Examples, Training
from resound.training.precision import Precision

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.fixture(autouse=True)
def flags() -> Iterator[None]:
    """Leave torch as other tests want it."""
    yield
    Precision("cpu").set_up()


@pytest.fixture
def bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that multiplies in bfloat16."""
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: True)


@pytest.fixture
def no_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that can only emulate it."""
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation: including_emulation
    )


def tf32() -> tuple[bool, bool]:
    """Of products and of cuDNN; torch raises here where its two ways to say it disagree."""
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
def test_precision_is_set_as_it_is_told(
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
def test_a_gpu_without_bfloat16_reckons_in_what_it_has() -> None:
    plain = Precision("cuda", "mixed")
    assert plain.facts()["precision"] == "single, without TF32"
    tuned = FineTuning(learning_rate=0.1, epochs=1, batch_size=1, precision="half")
    assert _arithmetic(tuned, "cuda").facts()["precision"] == "float16 mixed, TF32"
    assert _arithmetic(tuned, "cpu").facts()["precision"] == "single"


@pytest.mark.parametrize("deterministic", [True, False])
def test_determinism_is_set_as_it_is_told(
    deterministic: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    Precision("cpu", deterministic=not deterministic).set_up()
    how = Training(optimizer="sgd", epochs=1, batch_size=2, deterministic=deterministic)
    known = Examples({"train": np.ones((4, 3), np.float32)}, {"train": np.arange(4) % 2}, 2)
    learner = mlp.learner(mlp.Settings(kind="mlp", hidden=[2]), how, known, 0, "cpu")
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
def test_the_trainer_is_told_the_same(
    precision: str, fixture: str, halves: tuple[bool, bool], request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(fixture)
    told: dict[str, bool] = {}
    how = FineTuning(learning_rate=0.1, epochs=1, batch_size=1, precision=precision)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "resound.models.whisper.finetuning.Seq2SeqTrainingArguments",
            lambda **given: told.update(given),
        )
        _arguments(how, Decode(task="transcribe"), 1, "folder", _arithmetic(how, "cuda"))  # type: ignore[arg-type]
    assert (told["bf16"], told["fp16"]) == halves
    assert told["dataloader_pin_memory"]
    assert not told["use_cpu"]


@needs_gpu
def test_tf32_is_used_where_it_is_told() -> None:
    factors = torch.rand(512, 512, dtype=torch.float64, device="cuda") + 1
    right, off = factors @ factors, {}
    for precision in ("single", "mixed"):
        Precision("cuda", precision).set_up()  # type: ignore[arg-type]
        product = factors.float() @ factors.float()
        off[precision] = ((product - right).abs() / right).max().item()
    assert off["single"] < 1e-6
    assert off["mixed"] > 1e-5
