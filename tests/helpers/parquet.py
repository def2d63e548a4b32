"""Datasets of recordings in Parquet files, as `datasets` writes them for the hub."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow
import soundfile
from pyarrow import parquet

LABELS = ["yes", "no"]
_FEATURES = {
    "audio": {"sampling_rate": 16000, "_type": "Audio"},
    "label": {"names": LABELS, "_type": "ClassLabel"},
    "sentence": {"dtype": "string", "_type": "Value"},
    "speaker_id": {"dtype": "int64", "_type": "Value"},
    "tags": {"feature": {"dtype": "string", "_type": "Value"}, "_type": "List"},
}
_SCHEMA = pyarrow.schema(
    [
        ("audio", pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])),
        ("label", pyarrow.int64()),
        ("sentence", pyarrow.string()),
        ("speaker_id", pyarrow.int64()),
        ("tags", pyarrow.list_(pyarrow.string())),
    ]
)


def encode(number: int, format: str = "WAV") -> bytes:
    """Return a recording of 0.2 s of noise."""
    file = io.BytesIO()
    samples = np.random.default_rng(number).uniform(-0.1, 0.1, 3200)
    soundfile.write(file, samples, 16000, format=format)
    return file.getvalue()


def make_row(number: int, path: str | None, content: bytes | None) -> dict[str, Any]:
    return {
        "audio": {"bytes": content, "path": path},
        "label": number % 2,
        "sentence": f"جمله {number}",
        "speaker_id": number // 2,
        "tags": ["a", "b"],
    }


def write_parquet(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows with the description of their features that the hub's datasets have."""
    path.parent.mkdir(parents=True, exist_ok=True)
    described = {"huggingface": json.dumps({"info": {"features": _FEATURES}})}
    table = pyarrow.Table.from_pylist(list(rows), schema=_SCHEMA)
    parquet.write_table(table.replace_schema_metadata(described), path)
