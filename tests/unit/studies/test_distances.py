"""Shifted parts are flagged, others are not; verdicts follow from metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.metrics import roc_auc_score

from resound.data.feature_cache import Features
from resound.report.study_plots import draw_plots
from resound.studies import distances
from resound.studies.common import divergences
from resound.studies.common.material import Data, Material
from resound.studies.distances import Settings, anomalies, definitions
from resound.studies.distances.estimates import PAIRS, Estimate, convergence_claim
from resound.studies.distances.shifts import Shift, measure_shift

QUICK = Settings(kind="distances", sample_sizes=[20, 120], repeats=3, permutations=200)


def material(
    split: str = "random",
    offset: float = 0.0,
    speakers: Sequence[str] = (),
    folds: int = 1,
    rows: np.ndarray | None = None,
) -> Material:
    """Return 200 items of two rows each.

    A fifth of them is the test part, shifted by `offset` standard deviations.
    """
    random = np.random.default_rng(7)
    parts = {}
    matrix = random.normal(size=(400, 6)).astype(np.float32) if rows is None else rows
    order = random.permutation(200)
    for fold in range(folds):
        test = np.sort(order[fold * 40 : (fold + 1) * 40])
        parts[str(fold)] = {"train": np.setdiff1d(order, test), "test": test}
    if rows is None:
        # Means of two rows have a standard deviation of 1 / sqrt 2.
        shifted = order[: 40 * folds]
        signs = np.repeat((-1) ** np.arange(folds), 40)[:, None]
        matrix[2 * shifted] += offset * 0.7 * signs
        matrix[2 * shifted + 1] += offset * 0.7 * signs
    table: Mapping[str, Sequence[str]] = {
        "label": ["a"] * 200,
        "speaker": list(speakers) or [""] * 200,
        "group": [""] * 200,
    }
    offsets = np.arange(0, 401, 2)
    return Material(
        Data(corpus="c", features="f", split=split), Features(matrix, offsets), table, ["a"], parts
    )


def run(materials: Sequence[Material]):
    return distances.run(QUICK, materials, Path(), lambda line: None)


def speakers(apart: bool) -> list[str]:
    """Return the speaker of each item; with `apart`, no speaker is in both parts."""
    test = set(material().parts["test"].tolist())
    return [f"s{n % 4 + 4 * (n in test and apart)}" for n in range(200)]


def test_only_shifted_parts_are_detected():
    same = measure_shift(material(), QUICK)
    moved = measure_shift(material(offset=1.0), QUICK)
    assert isinstance(same, Shift) and isinstance(moved, Shift)
    assert not same.shifted and same.p > 0.01
    assert moved.shifted and moved.p == pytest.approx(1 / 201)
    # A shift by one standard deviation, of which the training part has some too.
    assert moved.wasserstein == pytest.approx(1, abs=0.2)
    expected = divergences.hellinger(divergences.Normal(0, 1), divergences.Normal(1, 1))
    assert moved.hellinger == pytest.approx(expected, abs=0.08)


def test_significant_shift_counts_only_above_the_bound():
    settings = Settings(kind="distances", permutations=200, min_mmd=0.9)
    shift = measure_shift(material(offset=1.0), settings)
    assert isinstance(shift, Shift)
    assert shift.p < 0.01 and not shift.shifted


@pytest.mark.parametrize("width", [1, 12, 60])
def test_bound_is_a_shift_by_a_fifth_of_the_standard_deviation(width):
    """MMD is 0.1 at 0.18 to 0.23 standard deviations, by the formula for normal distributions."""
    random = np.random.default_rng(1)
    x = random.normal(size=(1200, width))
    bandwidth = divergences.median_bandwidth(x[:600], x[600:])
    factor = (bandwidth**2 / (bandwidth**2 + 2)) ** (width / 2)
    offset = np.sqrt(-2 * (bandwidth**2 + 2) / width * np.log1p(-0.01 / (2 * factor)))
    assert 0.17 < offset < 0.24


def test_folds_give_means_and_a_conservative_p():
    shift = measure_shift(material(offset=1.5, folds=3), QUICK)
    assert isinstance(shift, Shift)
    assert shift.p == pytest.approx(2 / 201)
    assert shift.shifted and (shift.train, shift.test) == (160, 40)


def test_features_without_meaningful_means_are_left_out():
    tokens = material(rows=np.ones((400, 6), np.int32))
    samples = material(rows=np.ones((400, 1), np.float32))
    constant = material(rows=np.ones((400, 6), np.float32))
    assert [measure_shift(m, QUICK) for m in (tokens, samples, constant)] == [
        "tokens",
        "samples",
        "means that are all the same",
    ]
    table = run([tokens, material()]).tables[-1]
    assert "c f (tokens)" in table.note
    assert len(table.rows) == 1


def test_flags_name_the_split_and_the_distance():
    (flag,) = run([material(), material("speakers", offset=1.0)]).flags
    assert (flag.corpus, flag.features, flag.split) == ("c", "f", "speakers")
    assert flag.text.startswith("The test part is far from the training part: MMD 0.")
    assert flag.text.endswith("p 0.005")


@pytest.mark.parametrize(("offset", "verdict"), [(1.0, True), (0.0, False)])
def test_verdict_on_splits_compares_both_kinds(offset, verdict):
    mixed = material("random", speakers=speakers(apart=False))
    apart = material("speakers", offset=offset, speakers=speakers(apart=True))
    claim = run([mixed, apart]).claims[-1]
    assert claim.verdict is verdict
    assert f"in {int(verdict)} of 1 combinations" in claim.evidence
    assert run([mixed]).claims[-1].verdict is None
    assert run([]).claims[-1].verdict is None


def test_inequalities_hold_and_tables_have_the_formulas():
    findings = run([])
    assert [claim.verdict for claim in findings.claims[1:4]] == [True, True, True]
    for table, pair in zip(findings.tables[: len(PAIRS)], PAIRS, strict=True):
        assert table.title.startswith(pair) and len(table.rows) == 11
    formulas = {row[0]: row[2] for row in findings.tables[0].rows}
    assert formulas["Kullback-Leibler"] == pytest.approx(0.5)


@pytest.mark.parametrize(("p", "q"), PAIRS.values())
def test_definitions_agree_with_closed_forms(p, q):
    formula = divergences.total_variation(p, q)
    assert definitions.largest_difference(p, q) == pytest.approx(formula, abs=1e-6)
    assert definitions.half_l1(p, q) == pytest.approx(formula, abs=1e-6)
    squared, _ = integrate.quad(
        lambda x: (np.sqrt(stats.norm.pdf(x, *p)) - np.sqrt(stats.norm.pdf(x, *q))) ** 2, -20, 20
    )
    reported = definitions.hellinger_without_factor(p, q)
    assert reported == pytest.approx(np.sqrt(squared), abs=1e-6)
    assert reported / np.sqrt(2) == pytest.approx(divergences.hellinger(p, q), abs=1e-6)


def test_every_event_is_tried():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
    assert definitions.largest_difference_of_events(p, q) == pytest.approx(0.3)


def test_definitions_are_tested(monkeypatch):
    assert [claim.verdict for claim in definitions.definition_claims(1)] == [True, True]
    monkeypatch.setattr(definitions, "half_l1", lambda p, q: 1.001 * divergences.hellinger(p, q))
    monkeypatch.setattr(definitions, "hellinger_without_factor", divergences.hellinger)
    assert [claim.verdict for claim in definitions.definition_claims(1)] == [False, False]


def test_only_bounds_factor_and_splits_are_our_own():
    assert [c.source.origin for c in run([]).claims] == (
        ["report", "report", "ours", "ours", "report", "ours", "report", "ours"]
    )


def classes(separation: float) -> Material:
    """Return four classes of 50 items, whose distances are multiples of `separation`."""
    random = np.random.default_rng(3)
    labels = np.arange(200) % 4
    rows = (random.normal(size=(200, 6)) + separation * labels[:, None]).astype(np.float32)
    items = np.arange(200)
    table = {"label": [f"{n}" for n in labels]}
    parts = {"all": {"train": items[:100], "test": items[100:]}}
    data = Data(corpus="c", features="f", split="s")
    return Material(data, Features(rows, np.arange(201)), table, list("0123"), parts)


@pytest.mark.parametrize(("separation", "verdict"), [(3.0, True), (0.0, None)])
def test_anomalies_are_classes_far_from_normal_data(separation, verdict):
    detection = anomalies.detect_anomalies(classes(separation), QUICK)
    assert detection is not None and detection.batches == 4 * 20
    assert detection.areas.keys() == {"Hellinger", "Wasserstein-1", "MMD²"}
    for areas in detection.areas.values():
        if verdict:
            assert areas.tolist() == [1.0] * 4
        else:
            assert 0.2 < areas.mean() < 0.8
    assert anomalies.anomaly_claim([detection], QUICK).verdict is verdict


def test_detection_that_is_worse_than_chance_is_false():
    areas = {name: np.array([0.2, 0.3, 0.25]) for name in anomalies.DISTANCES}
    detection = anomalies.Detection(Data(corpus="c", features="f", split="s"), 9, areas)
    assert anomalies.anomaly_claim([detection], QUICK).verdict is False
    assert anomalies.anomaly_claim([], QUICK).verdict is None


def test_area_under_curve_matches_scikit_learn():
    random = np.random.default_rng(0)
    scores, truth = random.integers(0, 9, 40), random.integers(0, 2, 40)
    area = anomalies.area_under_curve(scores[truth == 1], scores[truth == 0])
    assert area == pytest.approx(roc_auc_score(truth, scores))


def test_distances_of_a_batch_match_scipy():
    random = np.random.default_rng(0)
    normal, batch = random.normal(2, 3, (60, 2)), random.normal(4, 3, (7, 2))
    found = anomalies.distances_from(normal, [batch])
    x, y = ((rows - normal.mean(axis=0)) / normal.std(axis=0) for rows in (normal, batch))
    expected = np.mean([stats.wasserstein_distance(a, b) for a, b in zip(x.T, y.T)])
    assert found["Wasserstein-1"][0] == pytest.approx(expected)


def test_anomalies_are_in_the_findings_once_per_corpus():
    findings = run([classes(3.0), classes(3.0), material()])
    (table,) = [t for t in findings.tables if t.title.startswith("Anomalies")]
    assert [row[:5] for row in table.rows] == [["c", "f", "s", 4, 80]]


def test_estimate_that_does_not_improve_makes_the_claim_false():
    values = np.array([[1.0, 1.1], [2.0, 2.1]])
    worse = Estimate("N(0, 1) to N(1, 1)", "Wasserstein-1", "sample", [20, 80], values)
    better = Estimate(worse.pair, worse.distance, "sample", [20, 80], values[::-1])
    assert convergence_claim([better]).verdict
    assert not convergence_claim([better, worse]).verdict


def test_it_says_the_same_again():
    assert run([material(offset=0.3)]) == run([material(offset=0.3)])


def test_plots_have_plain_numbers(tmp_path):
    """Axes have no powers in mathematical notation."""
    plots = [asdict(plot) for plot in run([material()]).plots]
    draw_plots(plots, tmp_path / "plots.svg")
    svg = (tmp_path / "plots.svg").read_text()
    assert ">100</text>" in svg and "mathdefault" not in svg
    assert "c random" in svg
