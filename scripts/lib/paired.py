"""Two models on the same items: McNemar's test."""

from math import comb


def mcnemar(only_one: int, only_other: int) -> float:
    """The exact two-sided p-value of two models that are right on unlike items (McNemar 1947).

    `only_one` and `only_other` count the items that one of them alone has right. If neither were
    better, each such item would be either's by the toss of a coin.
    """
    tosses = only_one + only_other
    fewer = min(only_one, only_other)
    tail = sum(comb(tosses, n) for n in range(fewer + 1))
    return min(1.0, float(2 * tail / 2**tosses))
