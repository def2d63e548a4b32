"""Paired comparisons, held to SciPy and to enumeration."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest, norm

from resound.metrics.classification import confusion_matrix, macro_f1
from resound.metrics.intervals import ratio
from resound.metrics.paired import Metric, Outcomes, compare, holm, sign_flip_test, swap_test
from resound.metrics.significance import mcnemar

ACCURACY = Metric(ratio, ratio=True)


def outcomes(correct: object, ids: object = None, groups: object = None) -> Outcomes:
    """Return the outcomes of predictions that are correct or not, shape (seeds, items)."""
    hits = np.asarray(correct, dtype=np.int64)
    counts = np.stack([hits, np.ones_like(hits)], axis=2)
    names = np.arange(hits.shape[1]).astype(str) if ids is None else np.asarray(ids)
    return Outcomes(names, None if groups is None else np.asarray(groups), counts)


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 0), (3, 9), (9, 3), (40, 61), (900, 1000)])
def test_flips_of_single_items_are_mcnemars_test(one: int, other: int) -> None:
    differences = np.repeat([1, -1, 0], [one, other, 20])
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert sign_flip_test(differences) == pytest.approx(expected, rel=1e-6)
    assert sign_flip_test(differences) == pytest.approx(mcnemar(one, other), rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_flips_are_those_of_all_signs(seed: int) -> None:
    differences = np.random.default_rng(seed).integers(-4, 6, size=11)
    sums = [abs(np.dot(signs, differences)) for signs in product((-1, 1), repeat=11)]
    expected = np.mean(np.array(sums) >= abs(differences.sum()))
    assert sign_flip_test(differences) == pytest.approx(expected, abs=1e-12)


def test_five_groups_cannot_be_significant() -> None:
    assert sign_flip_test(np.array([3, 5, 1, 8, 2])) == pytest.approx(2 / 32)


def test_swaps_estimate_the_exact_p_of_an_accuracy() -> None:
    generator = np.random.default_rng(0)
    one, other = generator.random((2, 80)) < [[0.7], [0.55]]
    first, second = (np.stack([hits, np.ones(80)], axis=1).astype(int) for hits in (one, other))
    exact = sign_flip_test(one.astype(int) - other.astype(int))
    assert swap_test(first, second, ratio) == pytest.approx(exact, abs=0.03)


def test_swaps_of_equal_predictions_are_not_significant() -> None:
    true, predicted = np.arange(30) % 3, np.arange(30) % 2
    cells = np.eye(9, dtype=int)[true * 3 + predicted]

    def metric(sums: np.ndarray) -> float:
        return macro_f1(sums.reshape(3, 3))

    assert metric(cells.sum(axis=0)) == macro_f1(confusion_matrix(true, predicted, 3))
    assert swap_test(cells, cells, metric) == 1


def test_seeds_are_pooled_item_by_item() -> None:
    one, other = outcomes([[1, 1, 1, 0], [1, 1, 0, 0]]), outcomes([[0, 1, 0, 0], [0, 1, 0, 1]])
    difference = compare(one, other, ACCURACY)
    assert difference.value == pytest.approx(2 / 8)
    assert difference.by_seed == pytest.approx([2 / 4, 0])
    assert difference.p_value == pytest.approx(sign_flip_test(np.array([2, 0, 1, -1])))
    assert (difference.paired, difference.items, difference.groups) == (True, 4, None)


def test_more_seeds_of_the_same_predictions_add_no_evidence() -> None:
    generator = np.random.default_rng(1)
    one, other = generator.random((2, 60)) < [[0.8], [0.6]]
    first = compare(outcomes([one]), outcomes([other]), ACCURACY)
    many = compare(outcomes([one] * 5), outcomes([other] * 5), ACCURACY)
    assert many.p_value == pytest.approx(first.p_value)
    assert (many.low, many.high) == pytest.approx((first.low, first.high))


def test_items_are_matched_by_id() -> None:
    one = outcomes([[1, 0, 1]], ids=["a", "b", "c"])
    other = outcomes([[1, 1, 0]], ids=["c", "a", "b"])
    difference = compare(one, other, ACCURACY)
    assert (difference.value, difference.p_value) == (0, 1)


def test_groups_are_flipped_as_a_whole() -> None:
    groups = np.repeat(list("abcdefgh"), 10)
    one, other = outcomes([[1] * 80], groups=groups), outcomes([[0] * 80], groups=groups)
    difference = compare(one, other, ACCURACY)
    assert difference.p_value == pytest.approx(2 / 2**8)
    assert difference.groups == 8


def test_interval_covers_the_difference_of_simulated_methods() -> None:
    generator, covered = np.random.default_rng(2), 0
    for _ in range(200):
        one, other = generator.random((2, 100)) < [[0.7], [0.6]]
        difference = compare(outcomes([one]), outcomes([other]), ACCURACY)
        covered += difference.low <= 0.1 <= difference.high
    assert covered / 200 > 0.9


def test_other_items_are_compared_as_independent_parts() -> None:
    one = outcomes([np.arange(400) < 320])
    other = outcomes([np.arange(300) < 180], ids=[f"other {n}" for n in range(300)])
    difference = compare(one, other, ACCURACY)
    assert not difference.paired
    assert difference.value == pytest.approx(0.2)
    assert difference.items == 300
    deviation = np.sqrt(0.8 * 0.2 / 400 + 0.6 * 0.4 / 300)
    assert difference.low == pytest.approx(0.2 - 1.96 * deviation, abs=0.01)
    assert difference.high == pytest.approx(0.2 + 1.96 * deviation, abs=0.01)
    assert norm.isf(difference.p_value / 2) == pytest.approx(0.2 / deviation, rel=0.1)


def test_other_numbers_of_seeds_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 seeds against 1"):
        compare(outcomes([[1], [1]]), outcomes([[1]]), ACCURACY)


def test_holm_on_a_worked_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
