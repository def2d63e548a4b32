"""Settings of the study of transfer learning."""

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Gt, Le, MaxLen, MinLen

from resound.settings import Natural, settings
from resound.studies.common.material import Data

PartOfData = Annotated[float, Gt(0), Le(1)]


@settings
class Settings:
    """A pretrained encoder, fine-tuned and frozen, and the same one trained from scratch."""

    kind: Literal["transfer"]
    """Pretraining compared with training from scratch, by the share of the training data."""
    data: Annotated[list[Data], MinLen(1), MaxLen(1)]
    """What encoders are trained and tested on."""
    baseline: str
    """The classification whose encoder, input and training these are."""
    shares: Annotated[list[PartOfData], MinLen(1)]
    """Fractions of the training items. Smaller ones are part of larger ones."""
    demo_shares: list[PartOfData] = field(default_factory=list)
    """The fractions on demo data, if they are others."""
    seed: Natural = 1
