"""Settings of the study of matching distributions."""

from typing import Annotated, Literal

from annotated_types import Ge, Len

from resound.settings import Natural, PositiveNumber, settings
from resound.studies.common.material import Data


@settings
class Settings:
    """Source speakers who train a classifier, and target speakers whose features are adapted."""

    kind: Literal["matching"]
    """Matching the features of two groups of speakers."""
    data: Annotated[list[Data], Len(1, 1)]
    """A corpus with speakers; as many as in the test part of the split are target speakers."""
    draws: Annotated[int, Ge(2)] = 10
    """Random choices of target speakers; the first is the test part of the split."""
    ridge: PositiveNumber = 0.001
    """The constant that CORAL adds to the diagonals of both covariance matrices; features have a
    standard deviation of 1."""
    max_items: Annotated[int, Ge(2)] = 200
    """The largest number of items of each group on which MMD is measured and minimised."""
    channel_deviation: PositiveNumber = 1.0
    """The standard deviation of the constants that another channel adds, in standard deviations of
    the features."""
    seed: Natural = 1
