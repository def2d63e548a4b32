"""What the claims about clustering share: their source and the tolerance of rounding."""

from resound.studies.common.findings import Source

SOURCE = Source("report", "theory report, clustering")
INFERRED_SOURCE = Source("report", "theory report, clustering (its wording is inferred)")
ROUNDING = 1e-9
"""Relative rises of the cost below this are due to rounding."""
