"""McNemar's test, compared with SciPy's binomial test."""

import pytest
from scipy.stats import binomtest

from resound.metrics.significance import mcnemar


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 0), (3, 9), (9, 3), (5, 5), (40, 61)])
def test_mcnemar_is_a_binomial_test(one: int, other: int) -> None:
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert mcnemar(one, other) == pytest.approx(expected, rel=1e-9)
