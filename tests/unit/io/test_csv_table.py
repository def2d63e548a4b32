"""CSV tables."""

from pathlib import Path

import pytest

from resound.io.csv_table import read_table, rows_of, write_table

ROWS = [
    ("1", "plain"),
    ("2", "comma, quote \" and 'other'"),
    ("3", "two\nlines"),
    ("4", ""),
    ("5", "سلام"),
    ("6", "  spaces  "),
]


def test_tables_are_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write_table(path, ("n", "text"), ((int(n), text) for n, text in ROWS))
    table = read_table(path)
    assert list(table) == ["n", "text"]
    assert list(zip(table["n"], table["text"], strict=True)) == ROWS
    assert b"\r" not in path.read_bytes()


def test_a_table_without_rows_has_columns(tmp_path: Path) -> None:
    write_table(tmp_path / "a.csv", ("path", "reason"), [])
    assert read_table(tmp_path / "a.csv") == {"path": [], "reason": []}
    assert rows_of(read_table(tmp_path / "a.csv")) == []


def test_numbers_are_written_exactly(tmp_path: Path) -> None:
    numbers = [0.1, 1 / 3, 1e-300, float("nan"), float("inf")]
    write_table(tmp_path / "a.csv", ("x",), [(number,) for number in numbers])
    read = [float(text) for text in read_table(tmp_path / "a.csv")["x"]]
    assert read == pytest.approx(numbers, rel=0, abs=0, nan_ok=True)


def test_rows_are_mappings_by_column() -> None:
    table = {"a": ["1", "2"], "b": ["x", "y"]}
    assert rows_of(table) == [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}]


def test_any_text_survives(tmp_path: Path) -> None:
    """Every control character and line separator, and fields longer than the default limit."""
    separators = "\u0085\u2028\u2029\ufeff"
    texts = [f"a{chr(n)}b" for n in range(1, 32)] + [f"a{c}b" for c in separators]
    texts += ["\r", "a\r\nb", '"\r"', "x" * 200_000]
    write_table(tmp_path / "a.csv", ("text", "n"), [(text, 1) for text in texts])
    assert read_table(tmp_path / "a.csv") == {"text": texts, "n": ["1"] * len(texts)}
