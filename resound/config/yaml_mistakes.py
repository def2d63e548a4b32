"""Mistakes that YAML itself accepts: repeated keys, and text that it reads as something else."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from resound.config.error_location import Key, compose, dotted, relative

_TAG = "tag:yaml.org,2002:"
_TEXT = {_TAG + "str", _TAG + "merge"}
_KINDS = {"bool": "true or false", "null": "null", "int": "a number", "float": "a number"}
_KINDS["timestamp"] = "a date"


def duplicate_keys(files: Iterable[str | Path]) -> list[str]:
    """Return a message for each key that one mapping has twice, where YAML keeps only the last."""
    found: list[str] = []
    for file in map(relative, files):
        for entry in _entries(compose(file)):
            if entry.again:
                found.append(
                    f"{entry.at(file)}: '{entry.key.value}' is here twice; keep one of them"
                )
    return list(dict.fromkeys(found))  # an alias leads to the same mapping again


def repeated_entries(files: Iterable[str | Path]) -> list[str]:
    """Return a message for each entry of a section that a second of these files has, too."""
    found, seen = list[str](), dict[tuple[str, str], str]()
    for file in map(relative, files):
        for entry in _entries(compose(file)):
            if len(entry.path) == 2:
                section, name = map(str, entry.path)
                if other := seen.get((section, name)):
                    what = f"'{name}' is in {other}, too; choose another name, or use an overlay"
                    found.append(f"{entry.at(file)}: {section}: {what}")
                seen.setdefault((section, name), entry.at(file))
    return found


def unquoted(files: Iterable[str | Path], sections: Iterable[str]) -> list[str]:
    """Return a message for each key and value that YAML reads as something else than written.

    Keys are text, or numbers in their usual form: `01` and `yes` need quotes, and so do values such
    as `012`, which YAML reads as 10, and dates. Only what is below `sections` is looked at.
    """
    found, known = list[str](), set(sections)
    for file in map(relative, files):
        for entry in _entries(compose(file)):
            if entry.path[0] not in known:
                continue
            if what := _misread_key(entry.key):
                found.append(f"{entry.at(file)}: {dotted(entry.path)}: {what}")
            for node in _scalars(entry.value):
                if what := _misread_value(node):
                    line = f"{file}:{node.start_mark.line + 1}"
                    found.append(f"{line}: {dotted(entry.path)}: {what}")
    return list(dict.fromkeys(found))


class _Entry(NamedTuple):
    """A key of a mapping and its value, as nodes."""

    path: Key
    key: yaml.Node
    value: yaml.Node
    again: bool
    """Whether the mapping has the key already."""

    def at(self, file: Path) -> str:
        return f"{file}:{self.key.start_mark.line + 1}"


def _entries(root: yaml.Node | None) -> Iterator[_Entry]:
    """Yield each key of each mapping of a document, at any depth."""
    waiting: list[tuple[Key, yaml.Node | None]] = [((), root)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                at = (*path, str(key.value))
                yield _Entry(at, key, value, key.value in seen)
                seen.add(key.value)
                waiting.append((at, value))
        elif isinstance(node, yaml.SequenceNode):
            waiting += [((*path, n), value) for n, value in enumerate(node.value)]


def _scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Yield the scalars of a value, without those of mappings in it."""
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for inner in node.value:
            yield from _scalars(inner)


def _misread_key(key: yaml.Node) -> str | None:
    usual = key.tag == _TAG + "int" and re.fullmatch(r"0|-?[1-9]\d*", key.value)
    if key.tag in _TEXT or usual or not isinstance(key, yaml.ScalarNode):
        return None
    kind = _KINDS.get(key.tag.removeprefix(_TAG), "something else")
    return f'YAML reads the key {key.value or "(none)"} as {kind}; write "{key.value}" with quotes'


def _misread_value(node: yaml.ScalarNode) -> str | None:
    if node.tag == _TAG + "timestamp":
        return f'YAML reads {node.value} as a date; write "{node.value}" with quotes'
    number = node.tag in (_TAG + "int", _TAG + "float")
    if number and re.fullmatch(r"[-+]?(0\d+|\d+(:\d+)+(\.\d*)?)", node.value):
        read = yaml.safe_load(node.value)
        plain = node.value.lstrip("+-0") or "0"
        what = f'YAML reads {node.value} as {read}; write "{node.value}" with quotes'
        return what if ":" in plain else f"{what}, or {plain} for the number"
    return None
