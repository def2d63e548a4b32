"""Anomalies, detected by the distance of their distribution from that of normal data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from resound.studies.common import divergences
from resound.studies.common.divergences import Normal, Vector
from resound.studies.common.findings import Cell, Claim, Table
from resound.studies.common.material import Data, Material
from resound.studies.distances.estimates import SOURCE
from resound.studies.distances.settings import MIN_ITEMS, Settings
from resound.studies.distances.shifts import CONSTANT

DISTANCES = ("Hellinger", "Wasserstein-1", "MMD²")
MIN_CLASSES = 3
"""Corpora with fewer classes, each with normal items and batches, are left out."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Detection:
    """How well each distance tells batches of other classes from those of a class."""

    data: Data
    batches: int
    """Batches over all classes, normal and anomalous."""
    areas: dict[str, Vector]
    """The area under the ROC curve (AUROC) for each class, by distance."""

    def interval(self, distance: str) -> tuple[float, float, float]:
        """Return the mean over classes and the ends of its t interval."""
        from scipy.stats import t

        areas = self.areas[distance]
        half = t.ppf(0.5 + CONFIDENCE / 2, len(areas) - 1) * areas.std(ddof=1) / sqrt(len(areas))
        mean = float(areas.mean())
        return mean, max(0.0, mean - half), min(1.0, mean + half)


def detect_anomalies(material: Material, settings: Settings) -> Detection | None:
    """Return how well distances detect other classes, None where there are too few batches.

    Normal data is the training items of each class in turn. The test items of each class form
    disjoint batches: those of this class are normal, those of all other classes anomalous.
    """
    random = np.random.default_rng(settings.seed)
    train, test = (
        np.unique(material.parts.get(part, [])).astype(int) for part in ("train", "test")
    )
    if min(len(train), len(test)) < MIN_ITEMS or len(material.classes) < MIN_CLASSES:
        return None
    train, test = random.permutation(train)[: settings.max_items], random.permutation(test)
    x, y = (material.means(items).astype(np.float64) for items in (train, test))
    of_train, of_test = material.labels(train), material.labels(test)
    areas: dict[str, list[float]] = {distance: [] for distance in DISTANCES}
    batches = 0
    for label in range(len(material.classes)):
        normal = x[of_train == label]
        batches_of = [
            list(_batches(y[of_test == n], settings.anomaly_items))
            for n in range(len(material.classes))
        ]
        of_label = batches_of.pop(label)
        groups = [[batch for of_class in batches_of for batch in of_class], of_label]
        if len(normal) < MIN_ITEMS or not all(groups):
            continue
        batches += sum(map(len, groups))
        anomalous, others = (distances_from(normal, group) for group in groups)
        for distance in DISTANCES:
            areas[distance].append(area_under_curve(anomalous[distance], others[distance]))
    if len(areas[DISTANCES[0]]) < MIN_CLASSES:
        return None
    by_distance = {distance: np.array(values) for distance, values in areas.items()}
    return Detection(material.data, batches, by_distance)


def _batches(rows: Vector, size: int) -> Iterator[Vector]:
    """Yield disjoint batches of `size` rows; a rest that is too short is left out."""
    for start in range(0, len(rows) - size + 1, size):
        yield rows[start : start + size]


def distances_from(normal: Vector, batches: Sequence[Vector]) -> dict[str, Vector]:
    """Return the distances of each batch from normal data, both of shape (items, width).

    Features are standardised by the normal data; Hellinger, between fitted normal distributions,
    and Wasserstein-1 are means over features. MMD^2 has a Gaussian kernel.
    """
    mean, std = normal.mean(axis=0), normal.std(axis=0)
    varying = std > CONSTANT
    reference, *standardised = (
        ((rows - mean) / np.where(varying, std, 1))[:, varying] for rows in (normal, *batches)
    )
    bandwidth = divergences.median_bandwidth(reference, reference[:0])
    fits = [Normal.fit(column) for column in reference.T]
    of_batches = [
        (
            np.mean([divergences.hellinger(Normal.fit(c), fit) for c, fit in zip(rows.T, fits)]),
            divergences.sample_wasserstein(rows, reference, 1).mean(),
            divergences.sample_mmd_squared(rows, reference, bandwidth),
        )
        for rows in standardised
    ]
    return {name: np.array(values) for name, values in zip(DISTANCES, zip(*of_batches))}


def area_under_curve(anomalous: Vector, normal: Vector) -> float:
    """Return the probability that an anomalous value is above a normal one; ties count half."""
    differences = anomalous[:, None] - normal
    return float((np.sign(differences) + 1).mean() / 2)


def anomaly_claim(detections: Sequence[Detection], settings: Settings) -> Claim:
    """Claim that distances detect anomalies.

    The verdict is true where for every corpus and distance the interval of the AUROC is above 1/2;
    false where it is below 1/2 for one of them; else open.
    """
    intervals = [d.interval(distance) for d in detections for distance in DISTANCES]
    above = [low > 0.5 for _, low, _ in intervals]
    below = [high < 0.5 for _, _, high in intervals]
    verdict = None
    if intervals:
        verdict = True if all(above) else False if any(below) else None
    return Claim(
        "Anomalies are detected by the distance of their distribution from that of normal data.",
        SOURCE,
        verdict,
        "The training items of one class at a time are the normal data. Batches of"
        f" {settings.anomaly_items} test items of other classes are to be farther from it than such"
        f" batches of this class. Mean AUROC over the classes: {_summary(detections)}. The"
        f" {CONFIDENCE:.0%} interval over classes is above 0.5 in {sum(above)} of {len(intervals)}"
        f" combinations of corpus and distance, below in {sum(below)}.",
    )


def _summary(detections: Sequence[Detection]) -> str:
    return (
        "; ".join(
            f"{d.data.corpus} "
            + ", ".join(f"{d.interval(distance)[0]:.2f} by {distance}" for distance in DISTANCES)
            for d in detections
        )
        or "no corpus here has three classes and batches of each"
    )


def anomalies_table(detections: Sequence[Detection]) -> Table:
    """Return the AUROC of each corpus by distance."""
    rows: list[list[Cell]] = [
        [
            detection.data.corpus,
            detection.data.features,
            detection.data.split,
            len(detection.areas[DISTANCES[0]]),
            detection.batches,
            *("{:.2f} ({:.2f} to {:.2f})".format(*detection.interval(name)) for name in DISTANCES),
        ]
        for detection in detections
    ]
    return Table(
        "Anomalies by distance from normal data (AUROC)",
        ["corpus", "features", "split", "classes", "batches", *DISTANCES],
        rows,
        f"Each class in turn is the normal data. Mean over classes with its {CONFIDENCE:.0%} t"
        " interval; classes share batches, so intervals are approximate.",
    )


def first_of_each_corpus(materials: Sequence[Material], accepted: Sequence[bool]) -> list[Material]:
    """Return the first accepted material of each corpus."""
    first: dict[str, Material] = {}
    for material, is_accepted in zip(materials, accepted, strict=True):
        if is_accepted:
            first.setdefault(material.data.corpus, material)
    return list(first.values())
