"""Clustering: equal to scikit-learn's and librosa's, with verdicts that follow from metrics."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import librosa
import numpy as np
import pytest
from sklearn.cluster import KMeans

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.studies import clustering
from resound.studies.clustering import (
    Settings,
    dbscan,
    items,
    kmeans,
    neighbours,
    study,
    verdicts,
)
from resound.studies.clustering.items import Vector
from resound.studies.common.findings import Findings
from resound.studies.common.material import Data, Material

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
    noise, merge, descent, *_, warping = run().claims
    assert [claim.verdict for claim in (noise, merge, descent, warping)] == [True] * 4


def test_rise_of_the_cost_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    original = kmeans.iteration_costs
    monkeypatch.setattr(kmeans, "iteration_costs", lambda *args: np.append(original(*args), 1e6))
    assert run().claims[2].verdict is False


def test_equal_initialisations_leave_the_verdict_open(monkeypatch: pytest.MonkeyPatch) -> None:
    original = study.costs_by_initialisation
    monkeypatch.setattr(
        study, "costs_by_initialisation", lambda method, *args: original("random", *args)
    )
    assert [claim.verdict for claim in run().claims[3:5]] == [None, None]


def test_verdicts_on_initialisations(monkeypatch: pytest.MonkeyPatch) -> None:
    iterations = {"k-means++": 5, "random": 9}

    def costs(method: str, *_: object) -> list[Vector]:
        count = iterations[method]
        return [np.linspace(100, 50 + count, count + n % 2) for n in range(20)]

    monkeypatch.setattr(study, "costs_by_initialisation", costs)
    assert [claim.verdict for claim in run().claims[3:5]] == [True, True]
    iterations.update({"k-means++": 9, "random": 5})
    assert [claim.verdict for claim in run().claims[3:5]] == [False, False]


def test_several_comparisons_have_one_verdict() -> None:
    assert verdicts.joint_verdict([True, True], [0.01, 0.001]) is True
    assert verdicts.joint_verdict([True, True], [0.01, 0.2]) is None
    assert verdicts.joint_verdict([True, False], [0.01, 0.2]) is None
    assert verdicts.joint_verdict([True, False], [0.01, 0.001]) is False


def test_pooled_features_are_not_sequences() -> None:
    with pytest.raises(UserError, match="not pooled"):
        clustering.run(SETTINGS, [blobs(), blobs()], Path(), print)


def test_findings_are_reproducible() -> None:
    assert run() == run()


def test_findings_are_written_as_json() -> None:
    findings = asdict(run())
    assert json.loads(json.dumps(findings))["claims"] == findings["claims"]
