"""The computations of the study of distances."""

from collections.abc import Sequence

from resound.runtime.progress import Progress
from resound.studies.common.findings import Findings, Heatmap, Plot
from resound.studies.common.material import Material
from resound.studies.distances.anomalies import (
    anomalies_table,
    anomaly_claim,
    detect_anomalies,
    first_of_each_corpus,
)
from resound.studies.distances.definitions import definition_claims, definitions_table
from resound.studies.distances.estimates import (
    PAIRS,
    RANDOM_PAIRS,
    convergence_claim,
    estimate_distances,
    estimates_plots,
    estimates_table,
    inequality_claims,
)
from resound.studies.distances.settings import Settings
from resound.studies.distances.shifts import (
    Shift,
    measure_shift,
    shifts_heatmap,
    shifts_table,
    splits_claim,
)


def compute_findings(
    settings: Settings, materials: Sequence[Material], progress: Progress
) -> Findings:
    """Compare estimates with closed forms, test inequalities, and compare the parts of splits."""
    estimates = [
        estimate
        for name in PAIRS
        for estimate in estimate_distances(
            name, settings.sample_sizes, settings.repeats, settings.seed
        )
    ]
    shifts, omitted, accepted = [], [], []
    for material in materials:
        data = material.data
        progress(f"{data.corpus} {data.features} {data.split}")
        shift = measure_shift(material, settings)
        accepted.append(isinstance(shift, Shift))
        if isinstance(shift, Shift):
            shifts.append(shift)
        else:
            omitted.append(f"{data.corpus} {data.features} ({shift})")
    detections = []
    for material in first_of_each_corpus(materials, accepted):
        progress(f"anomalies of {material.data.corpus}")
        if detection := detect_anomalies(material, settings):
            detections.append(detection)
    tables = [*(estimates_table(pair, estimates) for pair in PAIRS), definitions_table()]
    if detections:
        tables.append(anomalies_table(detections))
    plots: list[Plot | Heatmap] = estimates_plots(estimates)
    if shifts:
        tables.append(shifts_table(shifts, omitted, settings))
        plots.append(shifts_heatmap(shifts))
    return Findings(
        title="Distances between distributions",
        method=(
            f"Samples of {settings.sample_sizes[0]:,} to {settings.sample_sizes[-1]:,}"
            f" observations, {settings.repeats} of each size, are drawn from two pairs of normal"
            f" distributions whose distances have a closed form. Inequalities are tested on"
            f" {RANDOM_PAIRS:,} random pairs. Then the test part of each split is compared with its"
            " training part, by the mean rows of items, standardised by the training part, and"
            " batches of test items with the training items of each class, as normal data."
        ),
        claims=[
            convergence_claim(estimates),
            *inequality_claims(settings.seed),
            *definition_claims(settings.seed),
            anomaly_claim(detections, settings),
            splits_claim(shifts, settings),
        ],
        tables=tables,
        plots=plots,
        flags=[shift.flag() for shift in shifts if shift.shifted],
    )
