"""From Snakemake's merged configuration to a `Config`, or to an error that lists every mistake."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from resound.config import error_location
from resound.config.checks import check
from resound.config.schema import Config
from resound.errors import UserError


def load(merged: Mapping[str, Any], files: Sequence[str | Path]) -> Config:
    """Validate Snakemake's merged configuration, read from `files`.

    Raises UserError with a line for each mistake: unknown keys, wrong types, names that nothing
    has, and combinations that cannot work.
    """
    found = error_location.duplicate_keys(files)
    try:
        # As JSON: there, strict validation takes a mapping for a dataclass.
        config = _adapter().validate_json(json.dumps(merged, default=str))
    except ValidationError as error:
        found += [_in_words(mistake, files) for mistake in error.errors()]
        raise UserError("\n".join(found)) from None
    found += [f"{error_location.place(key, files)}: {what}" for key, what in check(config)]
    if found:
        raise UserError("\n".join(found))
    return config


def schema() -> dict[str, Any]:
    """The JSON schema of the configuration, for editors."""
    return _adapter().json_schema()


@cache
def _adapter() -> TypeAdapter[Config]:
    return TypeAdapter(Config)


def _in_words(mistake: Any, files: Sequence[str | Path]) -> str:
    key, known = error_location.follow_location(schema(), mistake["loc"])
    return f"{error_location.place(key, files)}: {error_location.in_words(mistake, known)}"


if __name__ == "__main__":
    print(json.dumps(schema(), indent=1))
