"""Settings of how cached features become a model's input."""

from typing import Literal

from resound.settings import Natural, settings

Arrange = Literal[
    "pooled", "flatten_then_pad", "pad_then_flatten", "padded", "sequences", "windows", "ragged"
]


@settings
class Input:
    """How the features of a clip become a model's input."""

    arrange: Arrange
    """`pooled`: the single row of pooled features. `flatten_then_pad`: one vector, coefficient
    after coefficient, padded with zeros at its end (as in the digits report: in a shorter clip
    every coefficient begins at another element). `pad_then_flatten`: frames are padded first, so
    an element has the same meaning in every clip. `padded`: (frames, width), padded with zeros.
    `sequences`: (frames, width) of any length, padded with NaN. `windows`: one item per frame,
    with `context` frames on either side. `ragged`: (frames, width) of any length, read from the
    cache and padded one batch at a time, for waveforms and tokens."""
    context: Natural = 0
    """For `windows`: number of frames on either side."""
    border: Literal["utterance", "corpus"] = "utterance"
    """For `windows`: whether frames beyond an utterance are zeros (`utterance`) or those of its
    neighbours in the corpus (`corpus`)."""
    standardise: Literal["none", "each_part", "all_parts", "train"] = "none"
    """Subtract a mean and divide by a standard deviation. `each_part` computes both on each part
    itself, the test part included (as the digits report did), `all_parts` on everything before the
    split (as the speakers report did), `train` on the training part only. There is one pair for
    each column of the features; for `flatten_then_pad`, where an element has another meaning in
    every clip, see `standardise_by`. What is constant keeps its scale."""
    standardise_by: Literal["all", "column"] = "all"
    """For `flatten_then_pad`: one mean and one standard deviation for all elements, or for each
    column of the padded vectors, whose zeros count (as in the digits report)."""
    components: Natural = 0
    """For one vector per clip: the number of principal components of the training part that replace
    its elements, after standardising; 0 keeps the elements."""
