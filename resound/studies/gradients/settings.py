"""Settings of the study of gradients."""

from typing import Literal

from resound.settings import Natural, Positive, settings


@settings
class Settings:
    """Networks of random widths, weights and inputs."""

    kind: Literal["gradients"]
    """The gradients of a residual network."""
    networks: Positive = 100
    """The number of random networks."""
    max_units: Positive = 64
    """The largest width of a network; the smallest is 2."""
    max_layers: Positive = 32
    """Layers of the deepest network through which the norm of the gradient is followed."""
    seed: Natural = 1
