"""Numeric precision and determinism of torch computations on a device."""

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Precision:
    """The precision in which a model computes; on a CPU always single precision."""

    device: str
    precision: Literal["single", "mixed", "half"] = "single"
    """On a GPU, `single` is IEEE single precision without TF32, so results compare with those of a
    CPU. `mixed` multiplies in bfloat16, `half` stores the weights in bfloat16 too; what remains in
    single precision is then multiplied in TF32."""
    deterministic: bool = True
    """Whether a second run on the same device gives the same bytes; otherwise cuDNN benchmarks its
    algorithms on each new shape of a batch and chooses the fastest."""
    scaled: bool = False
    """Whether float16 may replace bfloat16 on a GPU without it: then losses must be scaled."""

    @property
    def type(self) -> "torch.dtype":
        """Type in which products are computed."""
        import torch

        if self.device != "cuda" or self.precision == "single":
            return torch.float32
        # Emulated bfloat16 is slower than single precision.
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return torch.bfloat16
        return torch.float16 if self.scaled else torch.float32

    def set_up(self) -> None:
        """Configure torch in this process."""
        import torch

        if self.deterministic:
            # Deterministic products need a workspace of fixed size; cuBLAS reads this at the first.
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(self.deterministic)
        # All memory is written before it is read, so it need not be filled.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        torch.backends.cudnn.benchmark = not self.deterministic
        # Not `fp32_precision`: once that is set, reading these two raises within torch.
        torch.backends.cuda.matmul.allow_tf32 = self._tf32
        torch.backends.cudnn.allow_tf32 = self._tf32

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which a network multiplies in `type`."""
        import torch

        if self.precision == "mixed" and self.type != torch.float32:
            return torch.autocast("cuda", self.type)
        return nullcontext()

    def facts(self) -> dict[str, Any]:
        """Return what the provenance records: the precision in words, and determinism."""
        return {"precision": self._words(), "deterministic": self.deterministic}

    @property
    def _tf32(self) -> bool:
        import torch

        return self.type != torch.float32

    def _words(self) -> str:
        import torch

        kind = "single" if self.type == torch.float32 else str(self.type).removeprefix("torch.")
        if self.device != "cuda":
            return kind
        if kind != "single" and self.precision == "mixed":
            kind += " mixed"
        return f"{kind}, TF32" if self._tf32 else f"{kind}, without TF32"
