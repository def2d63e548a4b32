"""Where k-means puts its centres in two regions of different density."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resound.studies.clustering.items import Labels, Vector
from resound.studies.clustering.sources import INFERRED_SOURCE
from resound.studies.common.findings import Cell, Claim, Table

BELOW, ABOVE = 1, (3, 4)
"""Numbers of centres, fewer and more than the two regions."""
DRAWS = 10
DISTANCE = 10.0
"""The distance between the middles of the regions."""
DENSITY = 4
"""How many times as dense the dense region is."""
POINTS = 200
"""Points of the sparse region."""
AREA, NUMBER = "equal areas", "equal numbers"
"""What the regions share: the dense one has more points, or the same number in a smaller area."""


@dataclass(frozen=True)
class Centres:
    """The centres of k-means in one draw of two regions."""

    case: str
    k: int
    dense_distance: float
    """The distance of the nearest centre from the middle of the dense region ..."""
    sparse_distance: float
    """... and from that of the sparse region."""
    in_dense: int
    """How many centres are nearer to the middle of the dense region than to that of the other."""


def draw_regions(case: str, random: np.random.Generator) -> tuple[Vector, Labels]:
    """Return points of two discs, shape (points, 2), and their region: 0 is dense, 1 sparse.

    Both are uniform. The sparse disc has the radius 1 and its middle at `DISTANCE` on the first
    axis, the dense one has its middle at 0.
    """
    counts = (DENSITY * POINTS if case == AREA else POINTS, POINTS)
    radii = (1.0 if case == AREA else DENSITY**-0.5, 1.0)
    discs = []
    for region, (count, radius) in enumerate(zip(counts, radii)):
        angles = random.uniform(0, 2 * np.pi, count)
        distances = radius * np.sqrt(random.random(count))
        discs.append(distances[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1))
        discs[-1][:, 0] += region * DISTANCE
    return np.concatenate(discs), np.repeat([0, 1], counts)


def place_centres(seed: int) -> list[Centres]:
    """Return the centres of every draw, case and k."""
    from sklearn.cluster import KMeans

    results = []
    for draw in range(DRAWS):
        for case in (AREA, NUMBER):
            x, _ = draw_regions(case, np.random.default_rng([seed, draw]))
            for k in (BELOW, *ABOVE):
                model = KMeans(k, n_init=4, random_state=draw).fit(x)
                results.append(_measure(case, k, model.cluster_centers_))
    return results


def _measure(case: str, k: int, centres: Vector) -> Centres:
    from_dense, from_sparse = (
        np.hypot(centres[:, 0] - middle, centres[:, 1]) for middle in (0.0, DISTANCE)
    )
    in_dense = int((from_dense < from_sparse).sum())
    return Centres(case, k, float(from_dense.min()), float(from_sparse.min()), in_dense)


def regions_claims(results: Sequence[Centres]) -> list[Claim]:
    """Claim where centres are if there are fewer, and if there are more, than regions.

    A statement holds in a case if it holds in all of its draws. The verdict is true where it holds
    in both cases, false where in neither, else open.
    """
    below = [result for result in results if result.k == BELOW]
    above = [result for result in results if result.k != BELOW]
    nearer = {
        case: [r.dense_distance < r.sparse_distance for r in below if r.case == case]
        for case in (AREA, NUMBER)
    }
    more = {
        case: [2 * r.in_dense > r.k for r in above if r.case == case] for case in (AREA, NUMBER)
    }
    share = {
        case: np.mean([r.dense_distance / DISTANCE for r in below if r.case == case])
        for case in (AREA, NUMBER)
    }
    counts = {
        case: ", ".join(
            f"{np.mean([r.in_dense for r in above if r.case == case and r.k == k]):.1f} of {k}"
            for k in ABOVE
        )
        for case in (AREA, NUMBER)
    }
    return [
        Claim(
            "With fewer centres than regions of different density, k-means puts a centre between"
            " them, nearer to the denser one.",
            INFERRED_SOURCE,
            _verdict(nearer),
            f"With one centre for two discs, one {DENSITY} times as dense, it is at"
            f" {share[AREA]:.2f} of the way from the middle of the dense one if their areas are"
            f" equal, and at {share[NUMBER]:.2f} if their numbers of points are; it is nearer to"
            f" the dense one in {_count(nearer)}. The centre is the mean of all points: their"
            " number decides, not their density.",
        ),
        Claim(
            "With more centres than regions of different density, k-means divides the denser one.",
            INFERRED_SOURCE,
            _verdict(more),
            f"The dense disc gets {counts[AREA]} centres on average if areas are equal, and"
            f" {counts[NUMBER]} if numbers of points are; it gets most of them in {_count(more)}."
            " A centre goes where the sum of squared distances is largest, which a wide sparse"
            " region can have.",
        ),
    ]


def _verdict(holds: dict[str, list[bool]]) -> bool | None:
    cases = [all(of_case) for of_case in holds.values()]
    return True if all(cases) else None if any(cases) else False


def _count(holds: dict[str, list[bool]]) -> str:
    return " and ".join(f"{sum(d)} of {len(d)} draws with {case}" for case, d in holds.items())


def regions_table(results: Sequence[Centres]) -> Table:
    """Return the mean position and number of centres by case and k."""
    rows: list[list[Cell]] = []
    for case in (AREA, NUMBER):
        for k in (BELOW, *ABOVE):
            group = [r for r in results if (r.case, r.k) == (case, k)]
            rows.append(
                [
                    case,
                    k,
                    f"{np.mean([r.dense_distance for r in group]):.2f}",
                    f"{np.mean([r.sparse_distance for r in group]):.2f}",
                    f"{np.mean([r.in_dense for r in group]):.1f}",
                    f"{np.mean([r.k - r.in_dense for r in group]):.1f}",
                ]
            )
    columns = "discs, k, from the dense middle, from the sparse middle, in dense, in sparse"
    return Table(
        "Centres of k-means in two regions",
        columns.split(", "),
        rows,
        f"Means over {DRAWS} draws; distances are those of the nearest centre. The middles of the"
        f" discs are {DISTANCE:g} radii of the sparse disc apart.",
    )
