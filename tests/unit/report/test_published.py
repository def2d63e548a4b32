"""When a measured metric is comparable with a reported one."""

import pytest

from resound.report.published import is_comparable


@pytest.mark.parametrize(
    ("data", "items", "reported_items", "comparable"),
    [
        ("real", 9, 9, True),
        ("real", 8, 9, False),
        ("demo", 9, 9, False),
        ("real", 9, None, False),
        ("real", 6, [7, 9], False),
        ("real", 7, [7, 9], True),
        ("real", 9, [7, 9], True),
        ("real", 10, [7, 9], False),
        ("demo", 8, [7, 9], False),
    ],
)
def test_metrics_are_comparable_on_the_reported_corpus_only(
    data: str, items: int, reported_items: int | list[int] | None, comparable: bool
) -> None:
    assert is_comparable(data, items, reported_items) == comparable
