"""Damaged tables: each row is read as it was, or rejected; none is read as another.

The oracle is what was written: a row whose bytes are untouched must be read exactly, unless the
whole table is rejected with a reason.
"""

from pathlib import Path

import numpy as np
import pandas
import pytest

from resound.errors import UserError
from resound.io.tables.read import read_rows
from tests.inputs.tables import HEADER, WRITERS, damage, make_rows, write

MUTATIONS = 250
TEXT = (".csv", ".tsv", ".jsonl")


def read(path: Path) -> list[tuple[str, ...]] | None:
    """Return the usable rows of a table, or None if the table is rejected."""
    try:
        rows = read_rows(path, HEADER)
    except UserError as error:
        assert len(str(error).replace(str(path), "").split()) > 1
        return None
    return [tuple(row.cells[name] for name in HEADER) for row in rows if not row.problem]


def untouched(
    rows: list[tuple[str, str, str]], data: bytes, start: int, end: int
) -> list[tuple[str, str, str]]:
    """Return the rows of a text table whose lines, line ends included, are outside of the range."""
    kept = []
    for row in rows:
        for encoding in ("utf-8", "utf-16-le"):
            position = data.find(row[0].encode(encoding))
            if position >= 0:
                unit = len("\n".encode(encoding))
                first = data.rfind("\n".encode(encoding), 0, position)
                last = data.find("\n".encode(encoding), position)
                if end <= first or start >= last + unit:
                    kept.append(row)
                break
    return kept


@pytest.mark.parametrize("kind", WRITERS)
def test_undamaged_tables_are_read_exactly(tmp_path: Path, kind: str) -> None:
    suffix, writer = WRITERS[kind]
    for seed in range(20):
        rows = make_rows(np.random.default_rng(seed))
        assert read(write(tmp_path, suffix, writer(rows))) == rows


@pytest.mark.parametrize("kind", [kind for kind, (suffix, _) in WRITERS.items() if suffix in TEXT])
def test_damage_to_text_changes_no_other_row(tmp_path: Path, kind: str) -> None:
    suffix, writer = WRITERS[kind]
    outcomes = []
    for seed in range(MUTATIONS):
        random = np.random.default_rng(seed)
        rows = make_rows(random)
        data = writer(rows)
        damaged, start, end = damage(data, random)
        found = read(write(tmp_path, suffix, damaged))
        outcomes.append(found is not None)
        if found is None:
            continue
        lost = [row for row in untouched(rows, data, start, end) if row not in found]
        assert not lost, (seed, start, damaged[max(0, start - 60) : start + 60])
    assert 0 < sum(outcomes) < MUTATIONS


@pytest.mark.parametrize("kind", ["Excel", "Parquet"])
def test_damaged_binary_tables_are_rejected_or_read_as_pandas_does(
    tmp_path: Path, kind: str
) -> None:
    suffix, writer = WRITERS[kind]
    outcomes = []
    for seed in range(MUTATIONS):
        random = np.random.default_rng(seed)
        rows = make_rows(random)
        damaged, *_ = damage(writer(rows), random)
        path = write(tmp_path, suffix, damaged)
        found = read(path)
        outcomes.append(found is not None)
        if found is not None:
            is_excel = kind == "Excel"
            frame = (
                pandas.read_excel(path, engine="openpyxl")
                if is_excel
                else pandas.read_parquet(path)
            )
            expected = frame.fillna("").astype(str)[list(HEADER)].to_numpy().tolist()
            assert [list(row) for row in found] == expected, seed
    assert sum(outcomes) < MUTATIONS
