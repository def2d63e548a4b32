"""What the configuration says of a benchmark of feature extraction."""

from resound.settings import Positive, PositiveNumber, settings


@settings
class ReportedSeconds:
    """The extraction times that a source report measured on its machine."""

    source: str
    """The report."""
    serial: PositiveNumber
    """Seconds for one clip after the other."""
    thread_pool: PositiveNumber
    """Seconds with a pool of threads."""


@settings
class ExtractionBenchmark:
    """How long the extraction of features takes, by each way of spreading it over cores."""

    corpus: str
    """The recordings: one of `corpora`."""
    features: str
    """What is extracted: one of `features`."""
    clips: Positive = 1000
    """Largest number of clips, taken evenly from the corpus."""
    repeats: Positive = 3
    """Number of runs of each way, of which the median counts."""
    reported: ReportedSeconds | None = None
    """What the source report measured."""
    note: str = ""
    """What a reader of the report should know about it."""
