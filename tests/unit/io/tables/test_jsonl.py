"""JSON Lines: spelling of values, lines that are no records, separators within texts."""

import json
from pathlib import Path

import pandas
import pytest

from resound.errors import UserError
from resound.io.tables.read import read_rows


def test_values_keep_their_spelling(tmp_path: Path) -> None:
    lines = [
        '{"path": "a", "text": 1.0, "n": 12345678901234567890}',
        "",
        '{"path": "b", "text": true}\r',
        '{"path": "c", "text": null, "n": 1e3}',
        '{"path": "d", "text": "x\u2028y\u0085z", "other": [1]}',
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8", newline="")
    rows = read_rows(tmp_path / "t.jsonl", ["path", "text"])
    assert [(row.number, row.cells["text"], row.cells["n"]) for row in rows] == [
        (1, "1.0", "12345678901234567890"),
        (3, "true", ""),
        (4, "", "1e3"),
        (5, "x y z", ""),
    ]


def test_texts_that_pandas_writes_are_read(tmp_path: Path) -> None:
    texts = ['"', "a\tb", "a\\b", "سلام", "\U0001f600", "a/b"]
    frame = pandas.DataFrame({"path": [str(n) for n in range(6)], "text": texts})
    for ascii_only in (True, False):
        frame.to_json(tmp_path / "t.jsonl", orient="records", lines=True, force_ascii=ascii_only)
        rows = read_rows(tmp_path / "t.jsonl", ["path", "text"])
        assert [row.cells["text"] for row in rows] == texts


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"path": "b", "text"', "is not valid JSON (Expecting ':' delimiter)"),
        ('["b", "c"]', "is not a JSON object"),
        ('{"path": "b", "text": "x", "path": "c"}', "has the key 'path' twice"),
        ('{"path": "b", "text": NaN}', "is not valid JSON: NaN is no number"),
        ('{"path": "b", "text": {"en": "x"}}', "'text' is an object"),
        ('{"path": "b", "text": "\\ud800"}', "'text' contains half of a surrogate pair"),
        ("[" * 100_000, "is not valid JSON"),
    ],
)
def test_a_line_without_a_record_is_unusable(tmp_path: Path, line: str, problem: str) -> None:
    record = json.dumps({"path": "a", "text": "b"})
    (tmp_path / "t.jsonl").write_text(f"{record}\n{line}\n{record}\n")
    rows = read_rows(tmp_path / "t.jsonl", ["path", "text"])
    assert [row.number for row in rows] == [1, 2, 3]
    assert rows[1].problem.startswith(problem) and not rows[0].problem and not rows[2].problem


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("\n\n")
    with pytest.raises(UserError, match="is empty"):
        read_rows(tmp_path / "t.jsonl", ["path"])
