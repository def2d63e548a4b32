"""What the claims about clustering share: their source, tolerances and the rule of verdicts."""

from collections.abc import Sequence

from resound.studies.common.findings import Source

SOURCE = Source("report", "theory report, clustering")
INFERRED_SOURCE = Source("report", "theory report, clustering (its wording is inferred)")
ROUNDING = 1e-9
"""Relative rises of the cost below this are due to rounding."""
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
