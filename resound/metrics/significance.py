"""Two models on the same items: McNemar's test."""

from math import comb, sqrt


def mcnemar(only_one: int, only_other: int) -> float:
    """The exact two-sided p-value of two models that are right on unlike items (McNemar 1947).

    `only_one` and `only_other` count the items that one of them alone has right. If neither were
    better, each such item would be either's by the toss of a coin.
    """
    tosses = only_one + only_other
    fewer = min(only_one, only_other)
    tail = sum(comb(tosses, n) for n in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**tosses))


def difference_interval(only_one: int, only_other: int, items: int) -> tuple[float, float]:
    """The 95 % interval of how much more accurate the one model is than the other.

    Wald's interval of a difference of paired proportions after half an item is added to each cell
    of their table (Agresti and Min 2005), which keeps its level with few items too.
    """
    one, other, n = only_one + 0.5, only_other + 0.5, items + 2
    half = 1.96 * sqrt((one + other) - (one - other) ** 2 / n) / n
    return (one - other) / n - half, (one - other) / n + half
