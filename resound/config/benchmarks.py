"""What the configuration says of a timing of extraction."""

from resound.settings import Positive, PositiveNumber, settings


@settings
class ReportedSeconds:
    """What a source report says that extraction took on its machine."""

    source: str
    """Where the figures stand."""
    serial: PositiveNumber
    """Seconds clip by clip."""
    thread_pool: PositiveNumber
    """Seconds over a pool of threads."""


@settings
class Timing:
    """What the extraction of a corpus by a configuration costs by one way and another."""

    corpus: str
    features: str
    clips: Positive = 1000
    """So many clips at most, spread evenly over the corpus."""
    repeats: Positive = 3
    """How often each way is timed; its median counts."""
    reported: ReportedSeconds | None = None
    """What the source report measured."""
    note: str = ""
    """What a reader of the report should know about it."""
