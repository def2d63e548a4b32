"""Limits on rejected items, and which items are duplicates."""

import pytest

from resound.data.index import Rejected, content_of, count_duplicates, too_many_rejected
from resound.errors import UserError


def reject(*reasons: str) -> list[Rejected]:
    return [Rejected(f"{n}.wav", reason) for n, reason in enumerate(reasons)]


@pytest.mark.parametrize(
    ("items", "rejected", "max_rejected", "fails"),
    [(99, 1, 0.01, False), (98, 2, 0.01, True), (5, 0, 0.0, False), (5, 1, 0.0, True)]
    + [(0, 3, 1.0, True), (1, 3, 1.0, False)],
)
def test_more_rejected_items_than_allowed_are_an_error(
    items: int, rejected: int, max_rejected: float, fails: bool
) -> None:
    error = too_many_rejected(items, reject(*["short"] * rejected), max_rejected)
    assert isinstance(error, UserError) == fails


def test_the_error_summarises_the_reasons() -> None:
    rejected = reject("short", *["empty"] * 3, *["garbled"] * 2, "rare")
    message = str(too_many_rejected(13, rejected, 0.1))
    assert "7 of 20 items are rejected (35.0%)" in message
    assert "`max_rejected: 0.1`" in message
    assert "3 x empty; 2 x garbled; 1 x short; the first is 0.wav" in message
    assert "rare" not in message


def test_reasons_that_differ_in_numbers_are_one_kind() -> None:
    rejected = reject(*(f"row {n} of t.csv has no 'text'" for n in range(2, 7)), "empty")
    message = str(too_many_rejected(1, rejected, 0.1))
    assert "5 x row 2 of t.csv has no 'text'; 1 x empty" in message


def test_recordings_with_the_same_bytes_are_duplicates() -> None:
    files = ["1", "2", "1", "1"]
    assert count_duplicates({"sha256": f, "start": None, "samples": 9} for f in files) == 2
    chunks = [{"sha256": "1", "start": start, "samples": 9} for start in (0, 9, 18)]
    assert count_duplicates(chunks) == 0
    assert content_of({"sha256": "1", "start": None, "samples": 9}) == content_of(
        {"sha256": "1", "start": "", "samples": "9"}
    )


def test_pairs_that_say_the_same_are_duplicates() -> None:
    rows = [("a b", "c", "1"), ("a  b ", "c", "2"), ("a", "b c", "3"), ("a b", "d", "4")]
    pairs = [{"premise": p, "hypothesis": h, "sha256": digest} for p, h, digest in rows]
    assert count_duplicates(pairs) == 1
