"""The rule of verdicts on several comparisons."""

from collections.abc import Sequence

SIGNIFICANCE = 0.05
"""Differences with a smaller p-value are significant."""


def joint_verdict(better: Sequence[bool], p_values: Sequence[float]) -> bool | None:
    """Return one verdict on several comparisons.

    It is True where all are significantly better, False where one is significantly worse, else
    None: open.
    """
    significant = [p < SIGNIFICANCE for p in p_values]
    if any(certain and not is_better for certain, is_better in zip(significant, better)):
        return False
    return True if all(significant) else None
