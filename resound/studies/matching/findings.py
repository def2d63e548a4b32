"""What came of moving features: nearness and accuracy, over draws of speakers."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from resound.studies.common.divergences import Vector
from resound.studies.common.findings import Cell, Claim, Plot, Series, Table

SOURCE = "theory report, bringing distributions together"
UNSEEN, CHANNEL = "unseen speakers", "unseen speakers, another channel"
AS_THEY_ARE, CORAL, LEAST_MMD = "as they are", "CORAL", "least MMD"
CASES, MOVES = (UNSEEN, CHANNEL), (AS_THEY_ARE, CORAL, LEAST_MMD)
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Outcome:
    """What came of one way of moving in one draw."""

    accuracy: float
    mmd: float


Found = dict[tuple[str, str], list[Outcome]]
"""By case and by way of moving, an outcome a draw."""


def nearer(found: Found) -> Claim:
    """Whether the distance is less after every move than before."""
    before = {case: _mmds(found, case, AS_THEY_ARE).mean() for case in CASES}
    after = {(c, m): _mmds(found, c, m).mean() for c in CASES for m in (CORAL, LEAST_MMD)}
    told = "; ".join(
        f"{case}: {before[case]:.3f} before, "
        + ", ".join(f"{after[case, move]:.3f} by {move}" for move in (CORAL, LEAST_MMD))
        for case in CASES
    )
    return Claim(
        "Two distributions of features can be brought together by minimising a distance between"
        " them, without labels.",
        SOURCE,
        all(value <= before[case] for (case, _), value in after.items()),
        f"Mean MMD of target and source, {told}.",
    )


def served(found: Found, case: str) -> Claim:
    """Whether accuracy rises: yes if by all ways, no if it falls by one, else open."""
    gains = {
        move: _accuracies(found, case, move) - _accuracies(found, case, AS_THEY_ARE)
        for move in (CORAL, LEAST_MMD)
    }
    halves = {move: _half_interval(gain) for move, gain in gains.items()}
    rises = all(gain.mean() > halves[move] for move, gain in gains.items())
    falls = any(gain.mean() < -halves[move] for move, gain in gains.items())
    told = " and ".join(
        f"{100 * gain.mean():+.1f} ± {100 * halves[move]:.1f} points by {move}"
        for move, gain in gains.items()
    )
    before = _accuracies(found, case, AS_THEY_ARE).mean()
    return Claim(
        f"Matching the distributions makes a classifier of one serve the other ({case}).",
        SOURCE,
        True if rises else False if falls else None,
        f"Accuracy on the target is {before:.1%} before, and changes by {told}"
        f" ({CONFIDENCE:.0%} interval over {len(gains[CORAL])} draws).",
    )


def _half_interval(gains: Vector) -> float:
    """Half a t interval of a mean."""
    from scipy.stats import t

    error = gains.std(ddof=1) / sqrt(len(gains))
    return float(t.ppf(0.5 + CONFIDENCE / 2, len(gains) - 1) * error)


def table(found: Found) -> Table:
    """Accuracy and distance by case and by way of moving."""
    draws = len(next(iter(found.values())))
    rows: list[list[Cell]] = []
    for (case, move), outcomes in found.items():
        accuracies, mmds = _accuracies(found, case, move), _mmds(found, case, move)
        rows.append(
            [
                case,
                move,
                f"{accuracies.mean():.1%} ± {100 * accuracies.std(ddof=1):.1f}",
                f"{mmds.mean():.3f} ± {mmds.std(ddof=1):.3f}",
                f"{outcomes[0].accuracy:.1%}",
            ]
        )
    return Table(
        "Accuracy on the target, and its distance from the source",
        ["target", "features", "accuracy", "MMD", "accuracy in the split's own draw"],
        rows,
        f"Mean and standard deviation over {draws} draws of speakers. Draws share"
        " speakers, so that intervals over them are somewhat too narrow.",
    )


def plot(found: Found, case: str) -> Plot:
    """Accuracy by distance, a dot a draw."""
    return Plot(
        f"Distance and accuracy: {case}",
        "MMD of target and source",
        "accuracy on the target",
        [
            Series(
                move,
                _mmds(found, case, move).tolist(),
                _accuracies(found, case, move).tolist(),
                look="dots",
            )
            for move in MOVES
        ],
    )


def _accuracies(found: Found, case: str, move: str) -> Vector:
    return np.array([outcome.accuracy for outcome in found[case, move]])


def _mmds(found: Found, case: str, move: str) -> Vector:
    return np.array([outcome.mmd for outcome in found[case, move]])
