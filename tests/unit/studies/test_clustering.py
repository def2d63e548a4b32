"""Clustering: equal to scikit-learn's and librosa's, verdicts that follow the figures."""

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
from resound.studies.clustering import Settings, density, means, neighbours, rows
from resound.studies.clustering.rows import Vector
from resound.studies.common.findings import Findings
from resound.studies.common.material import Data, Material

SETTINGS = Settings(
    kind="clustering",
    data=[Data(corpus="c", features="f", split="s")] * 2,
    radii=12,
    most_clusters=5,
    clusters=[3],
    starts=20,
)


def material(clips: list[Vector], labels: list[str], unknown: int = 0) -> Material:
    """Even clips train, odd ones test; the last ones are unknown."""
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


def blobs(apart: float = 6.0, each: int = 30, unknown: int = 0) -> Material:
    """Three classes of three features, and unknown far off."""
    random = np.random.default_rng(0)
    labels = [name for name in "abc" for _ in range(each)]
    corners = {"a": [0, 0, 0], "b": [1, 0, 0], "c": [0, 1, 1]}
    clips = [apart * np.array([corners[n]]) + random.normal(0, 1, (1, 3)) for n in labels]
    clips += [np.full((1, 3), 1e3)] * unknown
    return material(clips, labels + ["?"] * unknown, unknown)


def words(shift: int = 12, each: int = 16) -> Material:
    """Three tunes of one bump each way, begun at any time: only their order tells."""
    random = np.random.default_rng(0)
    labels, clips = [], []
    for name, tune in {"up": [1, 2, 3], "down": [3, 2, 1], "bend": [1, 3, 1]}.items():
        for _ in range(each):
            before, after = random.integers(0, shift + 1, 2)
            steps = np.repeat(tune, random.integers(3, 9, 3))
            heights = np.concatenate([np.zeros(before), steps, np.zeros(after)])
            labels.append(name)
            frames = np.stack([heights, np.cos(heights), np.sin(heights)], axis=1)
            clips.append(frames + random.normal(0, 0.1, frames.shape))
    return material(clips, labels)


def found(settings: Settings = SETTINGS) -> Findings:
    return clustering.run(settings, [blobs(), words()], Path(), print)


def test_descent_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 4))
    centres = x[:6]
    costs = means.descent(x, centres)
    model = KMeans(6, init=centres, n_init=1, tol=0, algorithm="lloyd").fit(x)
    assert costs[-1] == pytest.approx(model.inertia_)
    assert abs(len(costs) - model.n_iter_) <= 1


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_each_step_of_a_descent_is_that_of_scikit_learn() -> None:
    x = np.random.default_rng(0).normal(size=(200, 4))
    costs = means.descent(x, x[:6])
    for steps in range(1, 5):
        model = KMeans(6, init=x[:6], n_init=1, tol=0, max_iter=steps).fit(x)
        assert costs[steps] == pytest.approx(model.inertia_)


def test_a_centre_without_items_stays() -> None:
    x = np.array([[0.0], [1.0], [10.0], [11.0]])
    costs = means.descent(x, np.array([[0.0], [10.0], [100.0]]))
    assert costs.tolist() == [2.0, 1.0]


def test_noise_and_clusters_of_blobs() -> None:
    x = np.concatenate([np.zeros((5, 2)), np.full((5, 2), 10.0), [[5.0, 0.0]]])
    labels = np.array([0] * 5 + [1] * 5 + [0])
    small = density.by_density(x, labels, 1.0, 5)
    large = density.by_density(x, labels, 20.0, 5)
    assert (small.clusters, small.noise) == (2, 1 / 11)
    assert (large.clusters, large.noise, large.rand) == (1, 0, 0)
    assert density.torn(small, large) == 0
    assert density.torn(large, small) == 1


def test_eps_goes_from_the_first_core_to_everything() -> None:
    x = np.random.default_rng(0).normal(size=(50, 3))
    radii = density.radii(x, SETTINGS.neighbours, SETTINGS.radii)
    labels = np.zeros(50, np.int64)
    below, first = (density.by_density(x, labels, r, 5) for r in (radii[0] * 0.99, radii[0]))
    assert (below.noise, below.clusters) == (1, 0)
    assert first.clusters >= 1
    assert density.by_density(x, labels, radii[-1], 5).noise == 0


def test_only_known_items_are_clustered_and_each_once() -> None:
    random = np.random.default_rng(0)
    of = blobs(unknown=4)
    assert rows.known_items(of, 1000, random).tolist() == list(range(90))
    few = rows.known_items(of, 10, random)
    assert len(set(few.tolist())) == 10
    twice = {"train": np.array([0, 0, 1]), "test": np.array([2])}
    again = replace(of, folds={"all": twice})  # type: ignore[dict-item]
    assert rows.known_items(again, 10, random).tolist() == [0, 1, 2]


def test_labels_only_judge() -> None:
    """Other labels change the index, not the clusters."""
    of = blobs()
    shuffled = np.random.default_rng(1).permutation(of.table["label"]).tolist()
    other = replace(of, table={"label": shuffled})
    first, second = (
        clustering.run(SETTINGS, [some, words()], Path(), print) for some in (of, other)
    )
    assert first.claims == second.claims
    assert first.tables[1] == second.tables[1]
    assert first.tables[0] != second.tables[0]


def test_best_clusters_of_well_parted_blobs_are_the_classes() -> None:
    rows = {row[0]: row for row in found().tables[0].rows}
    assert rows["k-means, highest silhouette"][2] == 3
    assert float(str(rows["k-means, as many as classes"][-1])) > 0.9


def test_stretching_is_linear_between_frames() -> None:
    frames = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 5.0]])
    due = [[0, 1], [1, 1], [2, 1], [3, 3], [4, 5]]
    np.testing.assert_allclose(neighbours.stretched(frames, 5), due)
    np.testing.assert_allclose(neighbours.padded(frames, 4)[3], 0)


def test_warping_takes_away_another_pace() -> None:
    random = np.random.default_rng(0)
    tunes = [random.normal(size=(7, 3)), random.normal(size=(9, 3))]
    slow = [np.repeat(tune, 2, axis=0) for tune in tunes]
    distances = neighbours.sequence_distances(slow, tunes)
    np.testing.assert_allclose(np.diag(distances["time warping, euclidean"]), 0, atol=1e-12)
    whole = librosa.sequence.dtw(slow[0].T, tunes[1].T, metric="cosine", backtrack=False)[-1, -1]
    assert distances["time warping, cosine"][0, 1] == pytest.approx(whole / (14 + 9))


def test_verdicts_of_what_is_true() -> None:
    noise, merge, descent, *_, warping = found().claims
    assert (noise.holds, merge.holds, descent.holds, warping.holds) == (True,) * 4


def test_a_rise_of_the_cost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = means.descent
    monkeypatch.setattr(means, "descent", lambda *told: np.append(right(*told), 1e6))
    assert found().claims[2].holds is False


def test_starts_that_are_alike_leave_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    right = clustering.descents_from
    monkeypatch.setattr(clustering, "descents_from", lambda kind, *told: right("random", *told))
    assert [claim.holds for claim in found().claims[3:5]] == [None, None]


def test_verdicts_of_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = {"k-means++": 5, "random": 9}

    def descents(kind: str, *_: object) -> list[Vector]:
        return [np.linspace(100, 50 + steps[kind], steps[kind] + n % 2) for n in range(20)]

    monkeypatch.setattr(clustering, "descents_from", descents)
    assert [claim.holds for claim in found().claims[3:5]] == [True, True]
    steps.update({"k-means++": 9, "random": 5})
    assert [claim.holds for claim in found().claims[3:5]] == [False, False]


def test_comparisons_are_sure_together_or_open() -> None:
    assert rows.sure([True, True], [0.01, 0.001]) is True
    assert rows.sure([True, True], [0.01, 0.2]) is None
    assert rows.sure([True, False], [0.01, 0.2]) is None
    assert rows.sure([True, False], [0.01, 0.001]) is False


def test_pooled_features_are_no_sequences() -> None:
    with pytest.raises(UserError, match="not pooled"):
        clustering.run(SETTINGS, [blobs(), blobs()], Path(), print)


def test_a_seed_gives_the_same_findings() -> None:
    assert found() == found()


def test_findings_are_written_as_json() -> None:
    findings = asdict(found())
    assert json.loads(json.dumps(findings))["claims"] == findings["claims"]
