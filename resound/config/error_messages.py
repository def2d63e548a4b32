"""Errors of pydantic in words: what is wrong with a key, and the nearest name."""

import re
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from resound.config import renamed
from resound.config.error_location import Key
from resound.errors import nearest

_KEY_OF_UNION = {
    "_source()": "one of `folder`, `archive`, `url`, `github`, `kaggle`, `drive`, `hub`, `parts`",
}
"""What a mapping needs if other keys than `kind` say its kind, by pydantic's discriminator."""


def in_words(error: Any, known: Sequence[str], key: Key = (), text: str | None = None) -> str:
    """Return pydantic's error at `key` in words.

    `known` are the keys that its mapping may have, and `text` is the value as it is written.
    """
    kind, value = error["type"], error["input"]
    if kind == "unexpected_keyword_argument":
        return f"unknown key{renamed.key(key) or nearest(str(error['loc'][-1]), known)}"
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return f"is missing{renamed.entry(key)}"
    if kind == "union_tag_not_found":
        return f"needs {_KEY_OF_UNION.get(error['ctx']['discriminator'], 'a `kind`')}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "union_tag_invalid":
        tag, kinds = error["ctx"]["tag"], re.findall(r"'(\w+)'", error["ctx"]["expected_tags"])
        return f"unknown kind '{tag}'{renamed.kind(key, tag, kinds) or nearest(tag, kinds)}"
    if kind == "literal_error" and isinstance(value, str):
        choices = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        return f"'{value}' is not a choice{nearest(value, choices)}"
    if (
        kind == "float_type"
        and isinstance(value, str)
        and re.fullmatch(r"[-+\d.]+e[-+]?\d+", value)
    ):
        return f"YAML reads {value} as text; write {float(value):.1e} with its point"
    message = error["msg"][0].lower() + error["msg"][1:]
    quote = f'; for the text, write "{text}" with quotes' if kind == "string_type" and text else ""
    return f"{message}, not {reprlib.repr(value)}{quote}"


def follow_location(
    schema: Mapping[str, Any], location: Sequence[str | int]
) -> tuple[Key, list[str]]:
    """Return the key that pydantic's `location` means, and the keys known where it ends.

    pydantic names the branch that it took through a union; the schema tells such a step from a key.
    """
    node, key = _resolved(schema, schema), list[str | int]()
    known = list(node["properties"])
    for step in location:
        if step == "[key]":  # pydantic's word for the name of an entry itself
            continue
        mapping = node.get("discriminator", {}).get("mapping", {}) or _branches(node)
        if str(step) in mapping:
            node = _resolved(schema, {"$ref": mapping[str(step)]})
        elif "properties" in node:
            node = _resolved(schema, node["properties"].get(step, {}))
            key.append(step)
        elif "additionalProperties" in node or "patternProperties" in node:
            inner = node.get("additionalProperties") or next(
                iter(node["patternProperties"].values())
            )
            node = _resolved(schema, inner)
            key.append(step)
        elif "items" in node:
            node = _resolved(schema, node["items"])
            key.append(step)
        if "properties" in node:
            known = list(node["properties"])
    return tuple(key), known


def _branches(node: Mapping[str, Any]) -> dict[str, str]:
    """Return the branches of a union that code tells apart, by their names in locations."""
    options = [option["$ref"] for option in node.get("oneOf", []) if "$ref" in option]
    return {option.rsplit("/", 1)[1].lower(): option for option in options}


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """Return a node of the schema itself, behind references and `or null`."""
    for option in node.get("anyOf", []):
        if "$ref" in option or "items" in option:
            return _resolved(schema, option)
    if "$ref" in node:
        return _resolved(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return dict(node)
