"""Parts that are drawn alike are not flagged, shifted ones are; verdicts follow the figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from resound.data.feature_cache import Features
from resound.report.study_plots import draw
from resound.studies import distances
from resound.studies.common import divergences as measures
from resound.studies.common.material import Data, Material
from resound.studies.distances import Settings
from resound.studies.distances.estimated import PAIRS, Estimate, approach_claim
from resound.studies.distances.shifted import Shift, shift

QUICK = Settings(kind="distances", sizes=[20, 120], repeats=3, permutations=200)


def material(
    split: str = "random",
    by: float = 0.0,
    speakers: Sequence[str] = (),
    folds: int = 1,
    rows: np.ndarray | None = None,
) -> Material:
    """200 items of two rows each; the fifth that tests is moved by `by` deviations."""
    random = np.random.default_rng(7)
    parts = {}
    matrix = random.normal(size=(400, 6)).astype(np.float32) if rows is None else rows
    order = random.permutation(200)
    for fold in range(folds):
        test = np.sort(order[fold * 40 : (fold + 1) * 40])
        parts[str(fold)] = {"train": np.setdiff1d(order, test), "test": test}
    if rows is None:
        # Means of two rows have a deviation of 1 / sqrt 2.
        moved = order[: 40 * folds]
        signs = np.repeat((-1) ** np.arange(folds), 40)[:, None]
        matrix[2 * moved] += by * 0.7 * signs
        matrix[2 * moved + 1] += by * 0.7 * signs
    table: Mapping[str, Sequence[str]] = {
        "label": ["a"] * 200,
        "speaker": list(speakers) or [""] * 200,
        "group": [""] * 200,
    }
    offsets = np.arange(0, 401, 2)
    return Material(
        Data(corpus="c", features="f", split=split), Features(matrix, offsets), table, ["a"], parts
    )


def quick(materials: Sequence[Material]):
    return distances.run(QUICK, materials, Path(), lambda words: None)


def spoken(test_alone: bool) -> list[str]:
    """Speakers; those of the test part have no other items if `test_alone`."""
    test = set(material().parts["test"].tolist())
    return [f"s{n % 4 + 4 * (n in test and test_alone)}" for n in range(200)]


def test_alike_parts_are_not_far_and_shifted_ones_are():
    alike, moved = shift(material(), QUICK), shift(material(by=1.0), QUICK)
    assert isinstance(alike, Shift) and isinstance(moved, Shift)
    assert not alike.far and alike.p > 0.01
    assert moved.far and moved.p == pytest.approx(1 / 201)
    # A shift by one deviation, though the part itself takes some of it.
    assert moved.wasserstein == pytest.approx(1, abs=0.2)
    expected = measures.hellinger(measures.Normal(0, 1), measures.Normal(1, 1))
    assert moved.hellinger == pytest.approx(expected, abs=0.08)


def test_a_significant_shift_is_far_only_beyond_the_bound():
    settings = Settings(kind="distances", permutations=200, effect=0.9)
    found = shift(material(by=1.0), settings)
    assert isinstance(found, Shift)
    assert found.p < 0.01 and not found.far


@pytest.mark.parametrize("width", [1, 12, 60])
def test_the_bound_is_a_shift_of_a_fifth_of_a_deviation(width):
    """As the setting says: MMD 0.1 for 0.18 to 0.23 deviations, by the formula of normals."""
    random = np.random.default_rng(1)
    x = random.normal(size=(1200, width))
    bandwidth = measures.median_bandwidth(x[:600], x[600:])
    shrunk = (bandwidth**2 / (bandwidth**2 + 2)) ** (width / 2)
    by = np.sqrt(-2 * (bandwidth**2 + 2) / width * np.log1p(-0.01 / (2 * shrunk)))
    assert 0.17 < by < 0.24


def test_folds_give_means_and_a_cautious_p():
    found = shift(material(by=1.5, folds=3), QUICK)
    assert isinstance(found, Shift)
    assert found.p == pytest.approx(2 / 201)
    assert found.far and (found.train, found.test) == (160, 40)


def test_what_has_no_meaning_as_a_mean_is_left_out():
    tokens = material(rows=np.ones((400, 6), np.int32))
    samples = material(rows=np.ones((400, 1), np.float32))
    still = material(rows=np.ones((400, 6), np.float32))
    assert [shift(m, QUICK) for m in (tokens, samples, still)] == [
        "tokens",
        "samples",
        "means that are all the same",
    ]
    found = quick([tokens, material()])
    assert "c f (tokens)" in found.tables[-1].note
    assert len(found.tables[-1].rows) == 1


def test_flags_name_the_split_and_the_distance():
    (flag,) = quick([material(), material("speakers", by=1.0)]).flags
    assert (flag.corpus, flag.features, flag.split) == ("c", "f", "speakers")
    assert flag.text.startswith("The test part lies far from the training part: MMD 0.")
    assert flag.text.endswith("p 0.005")


@pytest.mark.parametrize(("by", "holds"), [(1.0, True), (0.0, False)])
def test_the_verdict_on_splits_compares_both_kinds(by, holds):
    mixed = material("random", speakers=spoken(test_alone=False))
    apart = material("speakers", by=by, speakers=spoken(test_alone=True))
    claim = quick([mixed, apart]).claims[-1]
    assert claim.holds is holds
    assert f"in {int(holds)} of 1 corpora and features" in claim.because
    assert quick([mixed]).claims[-1].holds is None
    assert quick([]).claims[-1].holds is None


def test_inequalities_hold_and_estimates_are_those_of_the_formulas():
    found = quick([])
    assert [claim.holds for claim in found.claims[1:4]] == [True, True, True]
    for table, pair in zip(found.tables, PAIRS, strict=True):
        assert table.title.startswith(pair) and len(table.rows) == 11
    formulas = {row[0]: row[2] for row in found.tables[0].rows}
    assert formulas["Kullback-Leibler"] == pytest.approx(0.5)


def test_an_estimate_that_does_not_come_nearer_makes_the_claim_false():
    values = np.array([[1.0, 1.1], [2.0, 2.1]])
    worse = Estimate("N(0, 1) to N(1, 1)", "Wasserstein-1", "sample", [20, 80], values)
    better = Estimate(worse.pair, worse.distance, "sample", [20, 80], values[::-1])
    assert approach_claim([better]).holds
    assert not approach_claim([better, worse]).holds


def test_it_says_the_same_again():
    assert quick([material(by=0.3)]) == quick([material(by=0.3)])


def test_figures_tell_their_numbers_plainly(tmp_path):
    """Not as powers in the notation that only mathematics is parsed from."""
    figures = [asdict(figure) for figure in quick([material()]).figures]
    draw(figures, tmp_path / "figures.svg")
    drawn = (tmp_path / "figures.svg").read_text()
    assert ">100</text>" in drawn and "mathdefault" not in drawn
    assert "c random" in drawn
