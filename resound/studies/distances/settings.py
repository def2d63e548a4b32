"""Settings of the study of distances."""

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Ge, MinLen

from resound.settings import Positive, PositiveNumber, Share, settings
from resound.studies.common.material import Data

MIN_ITEMS = 8
"""Parts with fewer items are not compared."""


@settings
class Settings:
    """Pairs of normal distributions, and the parts of splits."""

    kind: Literal["distances"]
    """Distances between distributions."""
    data: list[Data] | Literal["selected"] = "selected"
    """Whose test parts are compared with the training parts; `selected` is everything that the
    selected classifications use."""
    sample_sizes: Annotated[list[Annotated[int, Ge(8)]], MinLen(2)] = field(
        default_factory=lambda: [30, 100, 300, 1000]
    )
    """Observations in a sample, in increasing order."""
    repeats: Annotated[int, Ge(2)] = 20
    """Samples of each size."""
    max_items: Annotated[int, Ge(MIN_ITEMS)] = 300
    """The largest number of items of a part that are compared, drawn at random."""
    anomaly_items: Annotated[int, Ge(2)] = 5
    """Items in a batch whose distance from normal data is to show whether it is an anomaly."""
    permutations: Positive = 500
    """Permutations of a test."""
    significance: Share = 0.01
    """A test part is shifted where the p-value is below this ..."""
    min_mmd: PositiveNumber = 0.1
    """... and MMD is above this. Normal features have an MMD of 0.1 when each is shifted by about a
    fifth of its standard deviation, whatever their number."""
    seed: Annotated[int, Ge(0)] = 1
