"""Read the configuration: shipped files, overlays and command line become one typed `Config`."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from resound.config.checks import check
from resound.config.corpus_titles import describe_sources, not_in
from resound.config.error_location import LOADER, Key, Places
from resound.config.error_messages import follow_location, in_words
from resound.config.expansion import Expanded, expand
from resound.config.merging import merge, merge_changes
from resound.config.schema import Config
from resound.config.yaml_mistakes import duplicate_keys, repeated_entries, unquoted
from resound.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
"""The checkout that this package is in."""

_SECTIONS = "corpora features splits pretrained studies extraction_benchmarks conclusions".split()
# The report shows experiments in this order; files that are not named here come after these.
_EXPERIMENTS = "digits genres speakers phonemes persian mandarin emotions nli languages".split()


def shipped_files(root: Path = ROOT) -> list[Path]:
    """Return the configuration files of a checkout; each may override what those before it say.

    These are the sections in `config/`, all files of `config/experiments/`, and `config.yaml`.
    """
    folder = root / "config"
    named = [folder / "experiments" / f"{name}.yaml" for name in _EXPERIMENTS]
    others = sorted(set((folder / "experiments").glob("*.yaml")) - set(named))
    sections = [folder / f"{name}.yaml" for name in _SECTIONS]
    return [file for file in [*sections, *named, *others, root / "config.yaml"] if file.is_file()]


def read(files: Sequence[str | Path]) -> dict[str, Any]:
    """Return what YAML files say together, as it is written; later files take precedence."""
    merged: dict[str, Any] = {}
    for file in files:
        with Path(file).open(encoding="utf-8") as stream:
            content = yaml.load(stream, Loader=LOADER) or {}
        if not isinstance(content, dict):
            raise UserError(f"{file}: needs keys and values, such as `data: demo`")
        merged = combine(merged, content)
    return merged


def combine(base: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with an overlay applied: None removes a key.

    In experiments None stays, because these may be changes of others themselves.
    """
    combined = merge(base, {key: value for key, value in overlay.items() if key != "experiments"})
    if "experiments" in overlay:
        old, new = base.get("experiments"), overlay["experiments"]
        both = isinstance(old, Mapping) and isinstance(new, Mapping)
        combined["experiments"] = merge_changes(old or {}, new) if both else new
    return combined


def load(
    config: Mapping[str, Any],
    files: Sequence[str | Path],
    defaults: Sequence[str | Path] = (),
    command_line: Mapping[str, Any] | None = None,
) -> Config:
    """Return the typed configuration of `config`, as Snakemake merged it, over the `defaults`.

    `files` are those that `config` was read from, and `command_line` is what `--config` added:
    errors name file and line, or `--config`. Raises UserError with
    one line for each mistake: unknown keys, wrong types, names that nothing has, and combinations
    that cannot work.
    """
    every = list(dict.fromkeys(Path(file).absolute() for file in [*defaults, *files]))
    shipped = read(defaults)
    merged = combine(shipped, config)
    if merged.get("data") == "real" and isinstance(config.get("corpora"), Mapping):
        overlays = [_corpora(read([file])) for file in files if file not in defaults]
        added = not_in(config["corpora"], overlays)
        layers = [_corpora(shipped), *overlays, added]
        merged["corpora"] = describe_sources(merged["corpora"], layers)
    expanded = Expanded()
    if isinstance(merged.get("experiments"), Mapping):
        expanded = expand({str(name): entry for name, entry in merged["experiments"].items()})
        merged["experiments"] = expanded.experiments
    places = Places(every, expanded.written, command_line)
    sections = [Path(file) for file in defaults if Path(file).name != "config.yaml"]
    found = repeated_entries(sections) + unquoted(every, merged)
    found += places.messages(expanded.mistakes)
    if found:
        raise UserError("\n".join(duplicate_keys(every) + found))
    found = duplicate_keys(every)
    try:
        # As JSON: there, strict validation takes a mapping for a dataclass.
        loaded = _adapter().validate_json(json.dumps(merged, default=str))
    except ValidationError as error:
        found += places.messages(_in_words(mistake, places) for mistake in error.errors())
        raise UserError("\n".join(found)) from None
    found += places.messages(check(loaded))
    if found:
        raise UserError("\n".join(found))
    return loaded


def _corpora(config: Mapping[str, Any]) -> Mapping[str, Any]:
    corpora = config.get("corpora")
    return corpora if isinstance(corpora, Mapping) else {}


@cache
def schema() -> dict[str, Any]:
    """Return the JSON schema of the expanded configuration."""
    return _adapter().json_schema()


@cache
def _adapter() -> TypeAdapter[Config]:
    return TypeAdapter(Config)


def _in_words(mistake: Any, places: Places) -> tuple[Key, str]:
    key, known = follow_location(schema(), mistake["loc"])
    return key, in_words(mistake, known, key, places.text(key))
