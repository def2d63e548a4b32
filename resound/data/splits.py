"""Settings of splits: how the items of a corpus are divided into parts."""

from dataclasses import field
from typing import Annotated, Literal

from annotated_types import Ge, Lt

from resound.data.folds import ScoredPart
from resound.settings import Natural, Share, settings


@settings
class Split:
    """How the items of a corpus are divided into parts."""

    kind: Literal["random", "grouped", "blocks", "listed", "partitions", "test_only"]
    """`random` draws items; `grouped` draws whole speakers or groups, so that none is in two parts;
    `blocks` orders the items of each class by the numbers in their paths and takes the last ones
    as test part, because neighbouring excerpts of one recording are similar; `listed` reads the
    parts from files; `partitions` uses those of the corpus; `test_only` puts every item into the
    test part, for pretrained models."""
    group_by: Literal["speaker", "group"] | None = None
    """What `grouped` keeps together, and what a `validation` part of `partitions` is drawn by."""
    test: Share = 0.2
    """The fraction of the items (or of the speakers) in the test part."""
    validation: Annotated[float, Ge(0), Lt(1)] = 0.0
    """The fraction of the remaining items in the validation part, which selects models."""
    seed: Natural = 42
    """The seed of the draw; the test part does not depend on `validation`."""

    stratify: bool = False
    """Whether `random` draws the same fraction of each class."""
    folds: Annotated[int, Ge(2)] | None = None
    """The number of folds of `grouped`: each group is in the test part of one fold, and the folds
    have similar proportions of the classes."""
    oversample: bool | dict[str, Annotated[int, Ge(2)]] = False
    """Whether items of smaller classes are duplicated: until every class is as large as the largest
    (`true`), or so that each item of a class occurs as often as its factor says
    (`{fear: 15, surprise: 3}`)."""
    oversample_part: Literal["all", "train"] = "all"
    """`all`: items are duplicated before `random` draws (as in the emotions report), so copies of a
    test item may be in the training part. `train`: items of the training part are duplicated, by
    factors, after any draw."""
    exclude_classes: list[str] = field(default_factory=list)
    """Classes whose items are left out; models do not know them."""

    gap: Natural = 0
    """The number of items between the blocks of two parts that are not used."""
    open_set: bool = False
    """Whether models are also tested on unknown classes: there is one fold per class, in which
    that class is not trained on and its test items are unknown. Items that belong to no class are
    unknown in every fold."""
    files: dict[ScoredPart, str] | None = None
    """For `listed`, the file of each part: one path or id per line, or its last components, with or
    without a suffix; `#` starts a comment. Items that no file lists are not used."""

    partitions: dict[ScoredPart | Literal["unlabelled"], list[str]] | None = None
    """For `partitions`, the partitions of the corpus in each part: `{train: [train-clean-100]}`.
    Items that are `unlabelled` are predicted but not scored."""

    @property
    def has_validation(self) -> bool:
        """Whether there is a validation part."""
        named = {*(self.files or {}), *(self.partitions or {})}
        return bool(self.validation) or "validation" in named

    def problem(self) -> str | None:
        """Return what is wrong with the combination of these settings, if anything."""
        if (self.kind == "listed") != (self.files is not None):
            return "`files` and `kind: listed` must be used together"
        if self.files is not None and not {"train", "test"} <= set(self.files):
            return "`files` needs at least train and test"
        if self.open_set and not self.has_validation:
            return "`open_set` needs a `validation` part, which sets the threshold"
        if (self.kind == "partitions") != (self.partitions is not None):
            return "`partitions` and `kind: partitions` must be used together"
        if self.partitions is not None and not {"train", "test"} <= set(self.partitions):
            return "`partitions` needs at least train and test"
        if self.oversample_part == "train" and not isinstance(self.oversample, dict):
            return (
                "`oversample_part: train` needs factors, `oversample: {<class>: 3}`; for classes of"
                " equal size, write `train: {balance: oversample}` in the experiment"
            )
        copied_before = self.oversample and self.oversample_part == "all"
        if (self.stratify or copied_before) and self.kind != "random":
            return "`stratify` and `oversample` need `kind: random`"
        if self.folds and (self.kind != "grouped" or self.open_set):
            return "`folds` needs `kind: grouped`, and cannot be combined with `open_set`"
        if self.gap and self.kind != "blocks":
            return "`gap` needs `kind: blocks`"
        if self.kind == "grouped" and self.group_by is None:
            return "a grouped split needs `group_by`: speaker or group"
        if self.kind not in ("grouped", "partitions") and self.group_by is not None:
            return f"a {self.kind} split has no groups: remove `group_by`, or use `kind: grouped`"
        return None
