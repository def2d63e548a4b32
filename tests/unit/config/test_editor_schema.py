"""The schema for editors: it is that of the code, and accepts what the configuration says."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from resound.config.editor_schema import editor_schema
from resound.config.load import ROOT, shipped_files


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    schema = editor_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_written_schema_is_that_of_the_code() -> None:
    written = json.loads((ROOT / "config" / "schema.json").read_text())
    assert written == editor_schema(), "config/schema.json is out of date: run `make schema`"


@pytest.mark.parametrize(
    "file", [*shipped_files(), ROOT / "config" / "real.yaml"], ids=lambda file: str(file.stem)
)
def test_schema_accepts_the_files(file: Path, validator: jsonschema.Draft202012Validator) -> None:
    text = file.read_text()
    validator.validate(yaml.safe_load(text))
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
def test_schema_accepts_parts(text: str, validator: jsonschema.Draft202012Validator) -> None:
    validator.validate(yaml.safe_load(text))


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
def test_schema_refuses_mistakes(text: str, validator: jsonschema.Draft202012Validator) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(yaml.safe_load(text))
