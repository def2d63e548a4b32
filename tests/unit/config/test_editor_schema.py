"""The schema for editors: it is that of the code, and accepts what the configuration says."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from resound.config.editor_schema import editor_schema
from resound.config.load import ROOT, shipped_files


def test_written_schema_is_that_of_the_code() -> None:
    written = json.loads((ROOT / "config" / "schema.json").read_text())
    assert written == editor_schema(), "config/schema.json is out of date: run `make schema`"


@pytest.mark.parametrize(
    "file", [*shipped_files(), ROOT / "config" / "real.yaml"], ids=lambda file: str(file.stem)
)
def test_schema_accepts_the_files(file: Any) -> None:
    text = file.read_text()
    jsonschema.validate(yaml.safe_load(text), editor_schema())
    schema = text.split("$schema=", 1)[1].split("\n", 1)[0]
    assert (file.parent / schema).resolve() == ROOT / "config" / "schema.json"


@pytest.mark.parametrize(
    "text",
    [
        "experiments: {a: {like: b, model: {layers: [3]}, corrected: {train: {epochs: 3}}}}",
        "experiments: {a: {like: b, corrected: null, grid: {train.epochs: [1, 2]}}}",
        "experiments: {a_corrected: {train: {epochs: 2}}}",
        "corpora: {digits: {size_mb: 3}}",
    ],
)
def test_schema_accepts_parts(text: str) -> None:
    jsonschema.validate(yaml.safe_load(text), editor_schema())


@pytest.mark.parametrize(
    "text",
    [
        "experiment: {}",
        "experiments: {a: {lik: b}}",
        "experiments: {a: {like: b, corrected: {trian: {}}}}",
        "experiments: {a: {like: b, corrected: {like: c}}}",
        "experiments: {a: {grid: {train.epochs: 3}}}",
        "features: {a: {kind: mfc}}",
        "data: fake",
    ],
)
def test_schema_refuses_mistakes(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), editor_schema())
