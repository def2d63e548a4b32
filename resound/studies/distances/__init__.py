"""Distances between distributions: by formula, from samples, and of test parts from train."""

from collections.abc import Callable, Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Ge, MinLen

from resound.settings import Positive, PositiveNumber, Share, settings
from resound.studies.common.findings import Findings, Heat, Plot
from resound.studies.common.material import Data, Material
from resound.studies.distances.estimated import (
    BY_CHANCE,
    PAIRS,
    approach_claim,
    estimated,
    estimates_plots,
    estimates_table,
    inequality_claims,
)
from resound.studies.distances.shifted import (
    FEWEST,
    Shift,
    shift,
    shifts_heat,
    shifts_table,
    splits_claim,
)


@settings
class Settings:
    """Pairs of normal distributions, and the parts of splits."""

    kind: Literal["distances"]
    """Distances between distributions."""
    data: list[Data] | Literal["selected"] = "selected"
    """Whose test parts are compared with train: `selected` is all that the selected
    classifications use."""
    sizes: Annotated[list[Annotated[int, Ge(8)]], MinLen(2)] = field(
        default_factory=lambda: [30, 100, 300, 1000]
    )
    """Observations of a sample, growing."""
    repeats: Annotated[int, Ge(2)] = 20
    """Samples of each size."""
    items: Annotated[int, Ge(FEWEST)] = 300
    """Items of a part at most; of larger ones so many are drawn."""
    permutations: Positive = 500
    """Permutations of a test."""
    significance: Share = 0.01
    """A test part lies far from train where p is below this ..."""
    effect: PositiveNumber = 0.1
    """... and MMD above this: 0.1 is what a shift of every feature by some fifth of its deviation
    makes of normal features, however many there are."""
    seed: Annotated[int, Ge(0)] = 1


def run(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Callable[[str], None],
) -> Findings:
    """Estimate what formulas give, try inequalities, compare parts."""
    estimates = [
        estimate
        for name in PAIRS
        for estimate in estimated(name, settings.sizes, settings.repeats, settings.seed)
    ]
    shifts, left_out = [], []
    for material in materials:
        progress(f"{material.data.corpus} {material.data.features} {material.data.split}")
        found = shift(material, settings)
        if isinstance(found, Shift):
            shifts.append(found)
        else:
            left_out.append(f"{material.data.corpus} {material.data.features} ({found})")
    tables = [estimates_table(pair, estimates) for pair in PAIRS]
    figures: list[Plot | Heat] = estimates_plots(estimates)
    if shifts:
        tables.append(shifts_table(shifts, left_out, settings))
        figures.append(shifts_heat(shifts))
    return Findings(
        title="Distances between distributions",
        method=(
            f"Samples of {settings.sizes[0]:,} to {settings.sizes[-1]:,} observations, each"
            f" {settings.repeats} times, of two pairs of normal distributions whose distances have"
            f" a formula; {BY_CHANCE:,} further pairs to try inequalities on. Then the test part"
            " of each split against its train part: the mean rows of items, standardised by"
            " train."
        ),
        claims=[
            approach_claim(estimates),
            *inequality_claims(settings.seed),
            splits_claim(shifts, settings),
        ],
        tables=tables,
        figures=figures,
        flags=[shift.flag() for shift in shifts if shift.far],
    )
