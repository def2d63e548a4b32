"""Settings of an architecture search."""

from typing import Annotated, Literal

from annotated_types import Ge, MaxLen, MinLen

from resound.settings import Natural, Positive, Share, settings
from resound.studies.common.material import Data
from resound.studies.search.space import Space


@settings
class Settings:
    """Random, model-based and evolutionary search, each with and without pruning, repeated."""

    kind: Literal["search"]
    """Automatic search for a model, compared with one designed by hand."""
    data: Annotated[list[Data], MinLen(1), MaxLen(1)]
    """What models are trained on; the split needs a validation part, which guides the search."""
    baseline: str
    """The classification whose model was designed by hand. Settings that are not in the space are
    taken from it."""
    space: Annotated[Space, MinLen(1)]
    """By `model.` or `train.` and the name of a setting: a list of choices, or a range."""
    trials: Positive
    """Trials of each search."""
    epochs: Positive
    """Epochs of each trial. Both final models are trained for as many epochs as the experiment
    says."""
    repeats: Positive = 1
    """How often each strategy searches, with different random draws."""
    startup_trials: Annotated[int, Ge(2)] = 4
    """Random trials before a strategy learns from its trials, and the size of a generation."""
    min_epochs: Positive = 2
    """Epochs after which a trial is pruned if it is below the median of earlier trials."""
    margin: Share = 0.02
    """A difference in accuracy that does not matter."""
    seed: Natural = 1
