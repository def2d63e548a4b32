"""Clustering: equal to scikit-learn's and librosa's, with verdicts that follow from metrics."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import librosa
import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans
from sklearn.metrics import pairwise_distances_argmin_min

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.studies import clustering
from resound.studies.clustering import (
    Settings,
    dbscan,
    growth,
    invariance,
    items,
    kmeans,
    neighbours,
    regions,
    study,
    update_draws,
)
from resound.studies.clustering.items import Vector
from resound.studies.common.findings import Findings
from resound.studies.common.material import Data, Material
from resound.studies.common.verdicts import joint_verdict

SETTINGS = Settings(
    kind="clustering",
    data=[Data(corpus="c", features="f", split="s")] * 2,
    eps_values=12,
    max_clusters=5,
    clusters=[3],
    initialisations=20,
)


def material(clips: list[Vector], labels: list[str], unknown: int = 0) -> Material:
    """Return clips of which even ones are for training, odd ones for testing, the last unknown."""
    known = np.arange(len(clips) - unknown)
    offsets = np.cumsum([0, *map(len, clips)])
    return Material(
        Data(corpus="c", features="f", split="s"),
        Features(np.concatenate(clips).astype(np.float32), offsets),
        {"label": labels},
        sorted(set(labels[: len(known)])),
        {
            "all": {
                "train": known[::2],
                "test": known[1::2],
                "unknown": np.arange(len(known), len(clips)),
            }
        },
    )


def blobs(distance: float = 6.0, per_class: int = 30, unknown: int = 0) -> Material:
    """Return three classes of items with three features, and distant unknown items."""
    random = np.random.default_rng(0)
    labels = [name for name in "abc" for _ in range(per_class)]
    corners = {"a": [0, 0, 0], "b": [1, 0, 0], "c": [0, 1, 1]}
    clips = [distance * np.array([corners[n]]) + random.normal(0, 1, (1, 3)) for n in labels]
    clips += [np.full((1, 3), 1e3)] * unknown
    return material(clips, labels + ["?"] * unknown, unknown)


def sequences(max_pause: int = 12, per_class: int = 16) -> Material:
    """Return clips of three melodies between random pauses, which differ in the order of notes."""
    random = np.random.default_rng(0)
    labels, clips = [], []
    for name, melody in {"up": [1, 2, 3], "down": [3, 2, 1], "bend": [1, 3, 1]}.items():
        for _ in range(per_class):
            before, after = random.integers(0, max_pause + 1, 2)
            steps = np.repeat(melody, random.integers(3, 9, 3))
            heights = np.concatenate([np.zeros(before), steps, np.zeros(after)])
            labels.append(name)
            frames = np.stack([heights, np.cos(heights), np.sin(heights)], axis=1)
            clips.append(frames + random.normal(0, 0.1, frames.shape))
    return material(clips, labels)


def run(settings: Settings = SETTINGS) -> Findings:
    return clustering.run(settings, [blobs(), sequences()], Path(), print)


def test_final_cost_matches_scikit_learn() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 4))
    centres = x[:6]
    costs = kmeans.iteration_costs(x, centres)
    model = KMeans(6, init=centres, n_init=1, tol=0, algorithm="lloyd").fit(x)
    assert costs[-1] == pytest.approx(model.inertia_)
    assert abs(len(costs) - model.n_iter_) <= 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_cost_of_each_iteration_matches_scikit_learn() -> None:
    x = np.random.default_rng(0).normal(size=(200, 4))
    costs = kmeans.iteration_costs(x, x[:6])
    for iterations in range(1, 5):
        model = KMeans(6, init=x[:6], n_init=1, tol=0, max_iter=iterations).fit(x)
        assert costs[iterations] == pytest.approx(model.inertia_)


def test_centre_without_items_stays() -> None:
    x = np.array([[0.0], [1.0], [10.0], [11.0]])
    costs = kmeans.iteration_costs(x, np.array([[0.0], [10.0], [100.0]]))
    assert costs.tolist() == [2.0, 1.0]


def test_noise_and_clusters_of_blobs() -> None:
    x = np.concatenate([np.zeros((5, 2)), np.full((5, 2), 10.0), [[5.0, 0.0]]])
    labels = np.array([0] * 5 + [1] * 5 + [0])
    small = dbscan.cluster_by_density(x, labels, 1.0, 5)
    large = dbscan.cluster_by_density(x, labels, 20.0, 5)
    assert (small.clusters, small.noise) == (2, 1 / 11)
    assert (large.clusters, large.noise, large.rand_index) == (1, 0, 0)
    assert dbscan.count_split_clusters(small, large) == 0
    assert dbscan.count_split_clusters(large, small) == 1


def test_eps_ranges_from_the_first_core_to_a_single_cluster() -> None:
    x = np.random.default_rng(0).normal(size=(50, 3))
    eps = dbscan.eps_range(x, SETTINGS.min_samples, SETTINGS.eps_values)
    labels = np.zeros(50, np.int64)
    below, first = (dbscan.cluster_by_density(x, labels, e, 5) for e in (eps[0] * 0.99, eps[0]))
    assert (below.noise, below.clusters) == (1, 0)
    assert first.clusters >= 1
    assert dbscan.cluster_by_density(x, labels, eps[-1], 5).noise == 0


def test_known_items_are_clustered_without_repeats() -> None:
    random = np.random.default_rng(0)
    data = blobs(unknown=4)
    assert items.sample_known_items(data, 1000, random).tolist() == list(range(90))
    few = items.sample_known_items(data, 10, random)
    assert len(set(few.tolist())) == 10
    folds = {"train": np.array([0, 0, 1]), "test": np.array([2])}
    repeated = replace(data, folds={"all": folds})  # type: ignore[dict-item]
    assert items.sample_known_items(repeated, 10, random).tolist() == [0, 1, 2]


def test_labels_are_for_evaluation_alone() -> None:
    """Other labels change the Rand index, not the clusters."""
    data = blobs()
    shuffled = np.random.default_rng(1).permutation(data.table["label"]).tolist()
    relabelled = replace(data, table={"label": shuffled})
    first, second = (
        clustering.run(SETTINGS, [vectors, sequences()], Path(), print)
        for vectors in (data, relabelled)
    )
    assert first.claims == second.claims
    assert first.tables[1] == second.tables[1]
    assert first.tables[0] != second.tables[0]


def test_best_clusters_of_separated_blobs_are_the_classes() -> None:
    rows = {row[0]: row for row in run().tables[0].rows}
    assert rows["k-means, highest silhouette"][2] == 3
    assert float(str(rows["k-means, one cluster per class"][-1])) > 0.9


def test_stretching_interpolates_linearly() -> None:
    frames = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 5.0]])
    expected = [[0, 1], [1, 1], [2, 1], [3, 3], [4, 5]]
    np.testing.assert_allclose(neighbours.stretch(frames, 5), expected)
    np.testing.assert_allclose(neighbours.pad(frames, 4)[3], 0)


def test_warping_ignores_tempo() -> None:
    random = np.random.default_rng(0)
    melodies = [random.normal(size=(7, 3)), random.normal(size=(9, 3))]
    slow = [np.repeat(melody, 2, axis=0) for melody in melodies]
    distances = neighbours.sequence_distances(slow, melodies)
    np.testing.assert_allclose(np.diag(distances["time warping, euclidean"]), 0, atol=1e-12)
    cost = librosa.sequence.dtw(slow[0].T, melodies[1].T, metric="cosine", backtrack=False)[-1, -1]
    assert distances["time warping, cosine"][0, 1] == pytest.approx(cost / (14 + 9))


def test_true_claims_have_true_verdicts() -> None:
    noise, merge, _, descent, steps, *_, warping = run().claims
    assert [claim.verdict for claim in (noise, merge, descent, steps, warping)] == [True] * 5


def test_rise_of_the_cost_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    original = kmeans.iteration_costs
    monkeypatch.setattr(kmeans, "iteration_costs", lambda *args: np.append(original(*args), 1e6))
    assert run().claims[3].verdict is False


def test_equal_initialisations_leave_the_verdict_open(monkeypatch: pytest.MonkeyPatch) -> None:
    original = study.costs_by_initialisation
    monkeypatch.setattr(
        study, "costs_by_initialisation", lambda method, *args: original("random", *args)
    )
    assert [claim.verdict for claim in run().claims[5:7]] == [None, None]


def test_verdicts_on_initialisations(monkeypatch: pytest.MonkeyPatch) -> None:
    iterations = {"k-means++": 5, "random": 9}

    def costs(method: str, *_: object) -> list[Vector]:
        count = iterations[method]
        return [np.linspace(100, 50 + count, count + n % 2) for n in range(20)]

    monkeypatch.setattr(study, "costs_by_initialisation", costs)
    assert [claim.verdict for claim in run().claims[5:7]] == [True, True]
    iterations.update({"k-means++": 9, "random": 5})
    assert [claim.verdict for claim in run().claims[5:7]] == [False, False]


def test_several_comparisons_have_one_verdict() -> None:
    assert joint_verdict([True, True], [0.01, 0.001]) is True
    assert joint_verdict([True, True], [0.01, 0.2]) is None
    assert joint_verdict([True, False], [0.01, 0.2]) is None
    assert joint_verdict([True, False], [0.01, 0.001]) is False


def density(*counts: int) -> list[dbscan.DensityClusters]:
    """Return results with these numbers of clusters, at eps 1, 2 and so on."""
    nothing = np.array([], np.int64)
    return [
        dbscan.DensityClusters(float(eps), count, 0.0, 0.0, nothing, nothing)
        for eps, count in enumerate(counts, 1)
    ]


def test_number_of_clusters_falls_only_if_it_never_rises() -> None:
    assert dbscan.count_claim(density(5, 3, 3, 1)).verdict is True
    assert dbscan.count_claim(density(2, 5, 3, 1)).verdict is False
    assert dbscan.count_claim(density(1, 1)).verdict is False
    assert "5, at eps 2.00; after it there are 0 rises" in (
        dbscan.count_claim(density(2, 5, 3, 1)).evidence
    )


def test_cost_of_each_step_is_that_of_its_definition() -> None:
    """Costs after an assignment and after the update that follows it, by scikit-learn's centres."""
    x = np.random.default_rng(0).normal(size=(200, 4))
    costs, stable = kmeans.step_costs(x, x[:6])
    nearest = cdist(x, x[:6], "sqeuclidean")
    assert stable and len(costs) % 2 == 1
    assert costs[0] == pytest.approx(nearest.min(axis=1).sum())
    assignment = nearest.argmin(axis=1)
    spread = [x[assignment == n].var(axis=0).sum() * (assignment == n).sum() for n in range(6)]
    assert costs[1] == pytest.approx(sum(spread))
    assert costs[::2].tolist() == kmeans.iteration_costs(x, x[:6]).tolist()


def test_step_that_raises_the_cost_and_runs_without_end_are_detected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x = np.random.default_rng(0).normal(size=(60, 2))
    assert kmeans.step_claim(x, [3, 4], 1).verdict is True
    for result in ((np.array([9.0, 8.0, 8.5]), True), (np.array([9.0, 8.0, 7.0]), False)):
        monkeypatch.setattr(kmeans, "step_costs", lambda *_, result=result: result)
        assert kmeans.step_claim(x, [3, 4], 1).verdict is False


def test_discs_have_their_densities_and_one_centre_is_their_mean() -> None:
    """The dense disc has four times as many points per area, in both cases."""
    for case, share in ((regions.AREA, 0.2), (regions.NUMBER, 0.5)):
        x, region = regions.draw_regions(case, np.random.default_rng(0))
        radii = [float(np.hypot(*(x[region == n] - [[10 * n, 0]]).T).max()) for n in (0, 1)]
        densities = [(region == n).sum() / radii[n] ** 2 for n in (0, 1)]
        assert densities[0] / densities[1] == pytest.approx(4, rel=0.1)
        (centre,) = KMeans(1, n_init=1).fit(x).cluster_centers_
        np.testing.assert_allclose(centre, x.mean(axis=0))
        assert centre[0] / 10 == pytest.approx(share, abs=0.02)


def test_number_of_points_decides_where_centres_are() -> None:
    """Density does not: with equal numbers of points the wide, sparse disc is divided."""
    results = regions.place_centres(1)
    below, above = regions.regions_claims(results)
    assert below.verdict is None and above.verdict is None
    assert "10 of 10 draws with equal areas" in below.evidence
    assert "20 of 20 draws with equal areas and 0 of 20 draws with equal numbers" in above.evidence
    of_area = [result for result in results if result.case == regions.AREA]
    swapped = [replace(result, case=regions.NUMBER) for result in of_area]
    claims = regions.regions_claims([*of_area, *swapped])
    assert [claim.verdict for claim in claims] == [True, True]


def test_distances_notice_scale_and_order_as_tested() -> None:
    changes = invariance.measure_changes(sequences(), np.random.default_rng(0))
    ignored = {(c.change, c.distance) for c in changes if c.ignored}
    assert ignored == {
        (invariance.SCALED, invariance.COSINE),
        (invariance.SCALED, invariance.WARPING_COSINE),
        (invariance.SHUFFLED_ALIKE, invariance.COSINE),
        (invariance.SHUFFLED_ALIKE, invariance.EUCLIDEAN),
    }
    scale, order = invariance.invariance_claims(changes)
    assert (scale.verdict, order.verdict) == (True, False)
    assert len(changes) == 12 and all(len(c.values) == invariance.PAIRS for c in changes)


def test_distances_of_a_pair_are_those_of_librosa_and_numpy() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(size=(2, 8, 3))
    found = invariance.distances_of_pair(a, b)
    product = (a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum())
    assert found[invariance.COSINE] == pytest.approx(1 - product)
    assert found[invariance.EUCLIDEAN] == pytest.approx(np.linalg.norm(a - b))
    warped = librosa.sequence.dtw(a.T, b.T, metric="euclidean", backtrack=False)[-1, -1]
    assert found[invariance.WARPING] == pytest.approx(warped)


def test_centres_of_plus_plus_are_far_from_each_other() -> None:
    """On distant groups one centre is in each, which random rows hardly ever are."""
    random = np.random.default_rng(0)
    x = np.repeat(np.eye(6) * 1e4, 20, axis=0) + random.normal(size=(120, 6))
    for _ in range(20):
        centres = growth.plus_plus_centres(x, 6, random)
        assert sorted(centres.argmax(axis=1).tolist()) == list(range(6))


def test_fast_runs_match_the_costs_of_each_iteration() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 2))
    centres = np.concatenate([x[:7], [[1e3, 1e3]]])  # the last one stays empty
    costs = kmeans.iteration_costs(x, centres)
    assert growth.run_kmeans(x, centres) == (len(costs), pytest.approx(costs[-1]))


@pytest.mark.parametrize(
    ("slopes", "verdict"), [((0.05, 0.05), True), ((0.05, 0.0), None), ((0.05, -0.05), False)]
)
def test_growth_needs_both_savings_to_grow(
    slopes: tuple[float, float], verdict: bool | None
) -> None:
    random = np.random.default_rng(0)
    sizes = np.tile(np.array(growth.SIZES, np.float64), 30)
    savings = {
        name: slope * np.log2(sizes) + random.normal(0, 0.02, 90)
        for name, slope in zip(growth.QUANTITIES, slopes)
    }
    gains = growth.Gains(sizes, savings)
    assert growth.growth_claim(gains).verdict is verdict
    fitted = np.polyfit(np.log2(sizes), savings["iterations"], 1)[0]
    assert gains.trend("iterations")[0] == pytest.approx(fitted)


def test_costs_of_drawn_centres_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    x, centres = random.normal(size=(50, 2)), random.normal(size=(4, 2))
    expected = (pairwise_distances_argmin_min(x, centres)[1] ** 2).sum()
    assert update_draws.nearest_cost(x, centres) == pytest.approx(expected)


def test_centres_drawn_in_each_update_are_worse_than_means() -> None:
    costs = update_draws.measure_update_costs(0)
    assert len(costs.means) == update_draws.RUNS
    assert (costs.lowest <= costs.last).all()
    assert 0.2 < costs.rises < 0.8
    claim = update_draws.update_claim(costs)
    assert claim.verdict is False
    assert f"{costs.means.mean():,.0f} with means" in claim.evidence


@pytest.mark.parametrize(("shift", "verdict"), [(-5, True), (0, None), (5, False)])
def test_the_verdict_on_drawn_centres_follows_from_their_lowest_cost(
    shift: float, verdict: bool | None
) -> None:
    random = np.random.default_rng(0)
    means = random.normal(100, 1, 30)
    lowest = means + shift + random.normal(0, 1, 30)
    costs = update_draws.UpdateCosts(means, lowest + 1, lowest, 0.5)
    assert update_draws.update_claim(costs).verdict is verdict


def test_pooled_features_are_not_sequences() -> None:
    with pytest.raises(UserError, match="not pooled"):
        clustering.run(SETTINGS, [blobs(), blobs()], Path(), print)


def test_findings_are_reproducible() -> None:
    assert run() == run()


def test_findings_are_written_as_json() -> None:
    findings = asdict(run())
    assert json.loads(json.dumps(findings))["claims"] == findings["claims"]
