"""The JSON schema of the configuration as it is written: editors complete and explain it.

    python -m resound.config.editor_schema > config/schema.json

A file may say a part of everything, and an experiment may be like another, so nothing is required;
null removes what another file says, so it is allowed everywhere.
"""

import copy
import json
from typing import Any

from pydantic import TypeAdapter

from resound.config.schema import Config
from resound.settings import VALIDATION

_LIKE = {
    "type": "string",
    "description": "The experiment that this one copies, its `corrected` too, but not `reported`"
    " and `note`; what is written here changes the copy.",
}
_GRID = {
    "type": "object",
    "additionalProperties": {"type": "array", "minItems": 1},
    "description": "Settings and their values, `train.epochs: [5, 10]`: makes one experiment for"
    " each combination, whose name says its values.",
}
_CORRECTED = (
    "What the corrected experiment, of the name `<name>_corrected`, changes: a mapping of any keys"
    " of an experiment; null removes one. The report shows it beside this one."
)


def editor_schema() -> dict[str, Any]:
    """Return the JSON schema of what files may say."""
    written: dict[str, Any] = _lenient(_described_schema())
    definitions = written["$defs"]
    for form in ("Classification", "Recognition"):
        experiment = definitions[form]
        difference = copy.deepcopy(experiment)
        del difference["properties"]["corrected"]
        definitions[f"{form}Difference"] = difference | {"title": f"{form}Difference"}
        reference = {"$ref": f"#/$defs/{form}Difference"}
        nullable = {"anyOf": [reference, {"type": "null"}], "description": _CORRECTED}
        experiment["properties"] |= {"corrected": nullable, "like": _LIKE, "grid": _GRID}
    return written


def _described_schema() -> dict[str, Any]:
    """Return the JSON schema of the expanded configuration, with descriptions of all settings."""
    VALIDATION["use_attribute_docstrings"] = True
    try:
        return TypeAdapter(Config).json_schema()
    finally:
        del VALIDATION["use_attribute_docstrings"]


def _lenient(node: Any) -> Any:
    """Return a schema that requires nothing and allows null; several alternatives may match."""
    if isinstance(node, list):
        return [_lenient(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    lenient: dict[str, Any] = {}
    for key, value in node.items():
        if key == "properties":
            lenient[key] = {name: _nullable(_lenient(inner)) for name, inner in value.items()}
        elif key == "$defs":
            lenient[key] = {name: _lenient(inner) for name, inner in value.items()}
        elif key not in ("required", "discriminator"):
            lenient["anyOf" if key == "oneOf" else key] = _lenient(value)
    return lenient


def _nullable(node: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a property that allows null, unless it is a `kind`."""
    null = {"type": "null"}
    if "const" in node:
        return node
    if "$ref" in node:
        rest = {key: value for key, value in node.items() if key != "$ref"}
        return {"anyOf": [{"$ref": node["$ref"]}, null], **rest}
    if "anyOf" in node:
        return node if null in node["anyOf"] else {**node, "anyOf": [*node["anyOf"], null]}
    changes: dict[str, Any] = {}
    if isinstance(node.get("type"), str):
        changes["type"] = [node["type"], "null"]
    if "enum" in node:
        changes["enum"] = [*node["enum"], None]
    return {**node, **changes}


if __name__ == "__main__":
    print(json.dumps(editor_schema(), indent=1))
