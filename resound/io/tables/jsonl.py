"""JSON Lines: one object per line, whose keys are the names of the columns."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from resound.io.tables.row import RawRow, RawTable, Unusable
from resound.io.tables.text_encoding import decode


class _RecordError(ValueError):
    """Why a line is no record."""


def read_jsonl(path: Path, required: Sequence[str]) -> RawTable:
    """Return the content of a file of JSON objects; numbers keep their spelling.

    A line that is not an object, or has a key twice, is marked as unusable. The columns are the
    keys of all lines, in the order of their first occurrence. Raises TableError if the text cannot
    be decoded.
    """
    # Only `\n` ends a line: JSON texts may contain other characters at which `splitlines` splits.
    lines = decode(path.read_bytes()).removesuffix("\n").split("\n")
    records = [_parse(line) for line in lines]
    columns = list(dict.fromkeys(key for r in records if isinstance(r, dict) for key in r))
    if not columns and any(isinstance(record, str) for record in records):
        columns = list(required)
    return RawTable(columns, list(_rows(records, columns)))


def _rows(records: Sequence[dict[str, Any] | str], columns: Sequence[str]) -> Iterator[RawRow]:
    for number, record in enumerate(records, 1):
        if isinstance(record, str):
            yield RawRow(number, [], record)
        else:
            yield RawRow(number, [_to_cell(record.get(column)) for column in columns])


def _parse(line: str) -> dict[str, Any] | str:
    """Return the object on a line, or why it has none."""
    if not line.strip():
        return {}
    try:
        record = json.loads(
            line,
            parse_int=str,
            parse_float=str,
            parse_constant=_reject_constant,
            object_pairs_hook=_to_object,
        )
    except _RecordError as error:
        return str(error)
    except (ValueError, RecursionError) as error:
        return f"is not valid JSON ({getattr(error, 'msg', error)})"
    return record if isinstance(record, dict) else "is not a JSON object"


def _reject_constant(name: str) -> None:
    raise _RecordError(f"is not valid JSON: {name} is no number")


def _to_object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        repeated = next(key for key in keys if keys.count(key) > 1)
        raise _RecordError(f"has the key '{repeated}' twice")
    return record


def _to_cell(value: Any) -> str | Unusable:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    return Unusable(f"is {'a list' if isinstance(value, list) else 'an object'}")
