"""Compare two models on the same items: McNemar's test and the interval of their difference."""

from math import comb, sqrt


def mcnemar(only_one: int, only_other: int) -> float:
    """Return the exact two-sided p-value of McNemar's test (McNemar 1947).

    `only_one` and `only_other` count the items that only the one or only the other model classifies
    correctly. Under the null hypothesis, that neither is better, each count is binomial with
    probability 1/2.
    """
    trials = only_one + only_other
    fewer = min(only_one, only_other)
    tail = sum(comb(trials, n) for n in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**trials))


def difference_interval(only_one: int, only_other: int, items: int) -> tuple[float, float]:
    """Return the 95 % interval of the accuracy of one model minus that of the other.

    Wald's interval of a difference of paired proportions, with half an item added to each cell of
    the 2x2 table (Agresti and Min 2005), which keeps its coverage with few items.
    """
    one, other, n = only_one + 0.5, only_other + 0.5, items + 2
    half = 1.96 * sqrt((one + other) - (one - other) ** 2 / n) / n
    return (one - other) / n - half, (one - other) / n + half
