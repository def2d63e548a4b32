"""The space: networks of one or two convolutions over time, small enough to train every one."""

from dataclasses import dataclass
from itertools import product

KERNELS = (3, 7)
STRIDES = (1, 2)


@dataclass(frozen=True)
class Architecture:
    """A choice for each decision."""

    kernel: int
    """The number of frames that the first convolution spans."""
    stride: int
    second_kernel: int | None
    """That of the second convolution; None where there is none."""
    skip: bool
    """Whether the second convolution's input is added to its output."""

    @property
    def name(self) -> str:
        """The choices: kernel and stride of the first convolution, then the second."""
        first = f"{self.kernel}/{self.stride}"
        if self.second_kernel is None:
            return first
        return f"{first}, {self.second_kernel}{' + skip' if self.skip else ''}"

    @property
    def choices(self) -> dict[str, str]:
        """The choice of each decision that this network has."""
        choices = {
            "first kernel": str(self.kernel),
            "first stride": str(self.stride),
            "convolutions": "1" if self.second_kernel is None else "2",
        }
        if self.second_kernel is not None:
            choices |= {
                "second kernel": str(self.second_kernel),
                "connection": "skip" if self.skip else "chain",
            }
        return choices


def all_architectures() -> list[Architecture]:
    """Return every network of the space, which has 20."""
    seconds = [(None, False), *product(KERNELS, (False, True))]
    return [
        Architecture(*first, *second) for first in product(KERNELS, STRIDES) for second in seconds
    ]
