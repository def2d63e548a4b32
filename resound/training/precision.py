"""How a torch model reckons: on which device, how exactly, and whether alike each time."""

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Precision:
    """What a model is reckoned in; on a CPU always single precision."""

    device: str
    precision: Literal["single", "mixed", "half"] = "single"
    """On a GPU, `single` is IEEE single precision, without TF32, so that a figure compares with a
    CPU's. `mixed` multiplies in bfloat16, `half` keeps the weights in it too; what stays in single
    precision is then multiplied in TF32."""
    deterministic: bool = True
    """Whether a second run on the same device gives the same bytes; else cuDNN tries its
    algorithms on each new shape of a batch and takes the fastest."""
    scaled: bool = False
    """Whether float16 may take bfloat16's place on a GPU that lacks it: losses need scaling."""

    @property
    def type(self) -> "torch.dtype":
        """What products are reckoned in."""
        import torch

        if self.device != "cuda" or self.precision == "single":
            return torch.float32
        # Emulated, bfloat16 is slower than what it is to replace.
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return torch.bfloat16
        return torch.float16 if self.scaled else torch.float32

    def set_up(self) -> None:
        """Make this process reckon so, from now on."""
        import torch

        if self.deterministic:
            # Deterministic products need a workspace of fixed size; read at the first of them.
            os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(self.deterministic)
        # Whatever is read has been written, so memory needs not be filled before.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        torch.backends.cudnn.benchmark = not self.deterministic
        # Not `fp32_precision`: once that is set, torch's own readers of these two raise.
        torch.backends.cuda.matmul.allow_tf32 = self._tf32
        torch.backends.cudnn.allow_tf32 = self._tf32

    def autocast(self) -> AbstractContextManager[Any]:
        """Where a network is asked, so that it multiplies in `type`."""
        import torch

        if self.precision == "mixed" and self.type != torch.float32:
            return torch.autocast("cuda", self.type)
        return nullcontext()

    def facts(self) -> dict[str, Any]:
        """What the provenance says: the precision in words, and whether it is deterministic."""
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
