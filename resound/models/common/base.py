"""What kinds of models have in common: how they learn and what they need."""

from typing import ClassVar

from resound.training.inputs.arrange import Arrange

VECTORS: tuple[Arrange, ...] = ("pooled", "flatten_then_pad", "pad_then_flatten")
"""The arrangements that make one vector of each clip."""


class Network:
    """A torch network, trained by steps over batches, on a GPU where there is one."""

    optimizers: ClassVar[tuple[str, ...]] = ("sgd", "adam", "adamw")
    batch_sizes: ClassVar[range] = range(1, 2**31)
    balances: ClassVar[tuple[str, ...]] = ("none", "weights", "oversample")
    gpu: ClassVar[bool] = True

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        return None


class Solved:
    """A classifier of one row a clip, fitted at once by a solver of its own."""

    inputs: ClassVar[tuple[Arrange, ...]] = VECTORS
    optimizers: ClassVar[tuple[str, ...]] = ("solver",)
    batch_sizes: ClassVar[range] = range(1, 2)
    balances: ClassVar[tuple[str, ...]] = ("none",)
    gpu: ClassVar[bool] = False

    def problem(self) -> str | None:
        """What is wrong with these settings together, if anything."""
        return None
