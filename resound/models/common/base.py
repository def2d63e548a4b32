"""What settings of model kinds have in common: how the models learn and what they need."""

from typing import ClassVar, Self

from resound.training.inputs.settings import Arrange

VECTORS: tuple[Arrange, ...] = ("pooled", "flatten_then_pad", "pad_then_flatten")
"""The arrangements that give one vector per clip."""


class ModelSettings:
    """Settings of any model kind."""

    inputs: ClassVar[tuple[Arrange, ...]]
    """The arrangements that it accepts."""
    optimizers: ClassVar[tuple[str, ...]]
    batch_sizes: ClassVar[range]
    balances: ClassVar[tuple[str, ...]]
    """The ways of treating rare classes that it supports."""
    gpu: ClassVar[bool]
    """Whether it can use a GPU."""

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        return None

    def as_saved(self) -> Self:
        """Return the settings with which a saved model of this kind is built again."""
        return self


class Network(ModelSettings):
    """Settings of a torch network, trained in steps over batches, on a GPU if there is one."""

    optimizers: ClassVar[tuple[str, ...]] = ("sgd", "adam", "adamw")
    batch_sizes: ClassVar[range] = range(1, 2**31)
    balances: ClassVar[tuple[str, ...]] = ("none", "weights", "oversample")
    gpu: ClassVar[bool] = True


class Solved(ModelSettings):
    """Settings of a classifier of one row per clip that is fitted by its own solver."""

    inputs: ClassVar[tuple[Arrange, ...]] = VECTORS
    optimizers: ClassVar[tuple[str, ...]] = ("solver",)
    batch_sizes: ClassVar[range] = range(1, 2)
    balances: ClassVar[tuple[str, ...]] = ("none",)
    gpu: ClassVar[bool] = False
