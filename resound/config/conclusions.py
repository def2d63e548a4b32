"""What the configuration says of a conclusion of a report: one method is better than another."""

from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field

from resound.settings import settings

# Not strict: `--config 'seeds=[1,2]'` gives the numbers as text.
Seed = Annotated[int, Field(ge=0, strict=False)]


@settings
class Conclusion:
    """A statement that compares two experiments, or the epochs of one."""

    source: str
    """The report, and where in it."""
    statement: str
    """What it concludes, as a sentence."""
    basis: Literal["stated", "figures", "inferred"] = "figures"
    """Whether the report says so, its figures do, or neither and it is inferred."""
    better: str | None = None
    """The experiment that is better by the statement."""
    worse: str | None = None
    """The experiment that it is better than."""
    metric: Literal["accuracy", "macro_f1", "wer", "bleu", "parameters"] | None = None
    """What is compared: left out, the main metric of the task. Fewer parameters are better."""
    improving: str | None = None
    """In place of `better` and `worse`: the experiment that more epochs would improve."""
    protocol: Literal["reported", "corrected"] = "reported"
    """The protocol of these experiments. If it is the reported one and all of them have a corrected
    experiment, those are compared, too."""
    seeds: list[Seed] = field(default_factory=list)
    """On real data, seeds with which the experiments are trained beside those of the run."""
    demo_seeds: list[Seed] = field(default_factory=list)
    """The same on demo data."""
    note: str = ""
    """What a reader of the report should know about it."""

    def experiments(self) -> list[str]:
        """Return the experiments that it names."""
        return [name for name in (self.better, self.worse, self.improving) if name]
