"""Configuration mistakes in words: file, line, key, what is wrong, and the nearest right one."""

import re
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from resound.errors import nearest

Key = tuple[str | int, ...]

# libyaml reads ten times faster than Python does, where PyYAML came with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_TOLD_BY_KEY = {
    "_source()": "one of `folder`, `archive`, `url`, `github`, `kaggle`, `drive`, `hub`, `parts`",
}
"""What is asked of a mapping that is told by another key than `kind`, by what tells."""


def duplicate_keys(files: Iterable[str | Path]) -> list[str]:
    """A message for each key that stands twice in one mapping, where YAML keeps only the last."""
    found: list[str] = []
    for file in map(_shown, files):
        waiting = [_compose(file)]
        while waiting:
            node = waiting.pop()
            if isinstance(node, yaml.MappingNode):
                seen: set[str] = set()
                for key, value in node.value:
                    if key.value in seen:
                        place = f"{file}:{key.start_mark.line + 1}"
                        found.append(f"{place}: '{key.value}' stands twice; keep one of them")
                    seen.add(key.value)
                    waiting.append(value)
            elif isinstance(node, yaml.SequenceNode):
                waiting += node.value
    return list(dict.fromkeys(found))  # an alias leads to the same mapping again


def place(key: Key, files: Sequence[str | Path]) -> str:
    """Where `key` stands, as `file:line: key`; the last file that holds most of it wins."""
    depth, where = 0, "configuration"
    for file in map(_shown, files):
        reached, line = _follow(_compose(file), key)
        if reached and reached >= depth:
            depth, where = reached, f"{file}:{line}"
    dotted = ".".join(str(step) for step in key)
    return f"{where}: {dotted}" if dotted else where


def in_words(error: Any, known: Sequence[str]) -> str:
    """What pydantic's error says, in words; `known` are the keys that its mapping may have."""
    kind, value = error["type"], error["input"]
    if kind == "unexpected_keyword_argument":
        return f"unknown key{nearest(str(error['loc'][-1]), known)}"
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return "is missing"
    if kind == "union_tag_not_found":
        return f"needs {_TOLD_BY_KEY.get(error['ctx']['discriminator'], 'a `kind`')}"
    if kind == "value_error":
        return str(error["ctx"]["error"])
    if kind == "union_tag_invalid":
        kinds = re.findall(r"'(\w+)'", error["ctx"]["expected_tags"])
        return f"unknown kind '{error['ctx']['tag']}'{nearest(error['ctx']['tag'], kinds)}"
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
    return f"{message}, not {reprlib.repr(value)}"


def follow_location(
    schema: Mapping[str, Any], location: Sequence[str | int]
) -> tuple[Key, list[str]]:
    """The key that pydantic's `location` stands for, and the keys known where it ends.

    pydantic names the branch it took through a union; the schema tells such a step from a key.
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
    """The branches of a union that code tells apart, by their names in pydantic's locations."""
    options = [option["$ref"] for option in node.get("oneOf", []) if "$ref" in option]
    return {option.rsplit("/", 1)[1].lower(): option for option in options}


def _resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> dict[str, Any]:
    """A schema node itself, behind references and `or null`."""
    for option in node.get("anyOf", []):
        if "$ref" in option or "items" in option:
            return _resolved(schema, option)
    if "$ref" in node:
        return _resolved(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return dict(node)


def _shown(file: str | Path) -> Path:
    """The file as seen from here."""
    path = Path(file)
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _compose(file: Path) -> yaml.Node | None:
    return _parsed(file.read_text(encoding="utf-8"))


# By its text: the places of many mistakes are sought in the same few files.
@lru_cache(maxsize=8)
def _parsed(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=_LOADER)


def _follow(node: yaml.Node | None, key: Key) -> tuple[int, int]:
    """How many steps of `key` lead into the document, and the line of the last of them."""
    depth, line = 0, 1
    for step in key:
        found: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                if name.value == str(step):
                    found, line = value, name.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            # The value may come from the command line and be longer than the file's.
            found = next(iter(node.value[step : step + 1]), None)
            line = found.start_mark.line + 1 if found else line
        if found is None:
            break
        node, depth = found, depth + 1
    return depth, line
