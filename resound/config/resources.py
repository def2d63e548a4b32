"""What jobs ask for: cores, memory, time and a GPU, by the rule that they are of."""

from typing import Annotated, Literal

from annotated_types import Ge

from resound.settings import Positive, settings

Rule = Literal[
    "bring",
    "provide",
    "index",
    "catalogue",
    "extract",
    "extract_shard",
    "gather",
    "tokenise",
    "encode",
    "align",
    "timing",
    "split",
    "train",
    "train_encoder",
    "finetune",
    "recognise",
    "transcribe",
    "study",
    "evaluate",
    "compare",
    "score",
    "submit",
    "plot",
    "plot_open_set",
    "plot_utterance",
    "plot_text",
    "plot_languages",
    "plot_timing",
    "plot_study",
    "report",
]


@settings
class Resources:
    """What a job of a rule asks for; each retry asks for as much memory and time again."""

    threads: Positive = 1
    """Cores. A training asks for as many as its experiment says."""
    mem_mb: Positive = 500
    """Memory, MB."""
    mem_mb_per_mb: Annotated[float, Ge(0)] = 0.0
    """So much more for each MB of its input files."""
    runtime: Positive = 10
    """Minutes."""
    runtime_per_mb: Annotated[float, Ge(0)] = 0.0
    """So many more for each MB of its input files."""
    gpu: Literal[0, 1] = 0
    """Whether it can use a GPU. Models that have no use for one do not ask."""
