"""How settings are declared: frozen, keyword-only dataclasses that allow no unknown key.

Plain dataclasses cost a job nothing to import. `resound.config.load` validates them with pydantic
when the workflow is parsed, and their attribute docstrings become descriptions in the JSON schema.
"""

from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from math import inf
from typing import (
    Annotated,
    Any,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    get_type_hints,
)

from annotated_types import Ge, Gt, Lt

Positive = Annotated[int, Gt(0)]
Natural = Annotated[int, Ge(0)]
Share = Annotated[float, Gt(0), Lt(1)]
PositiveNumber = Annotated[float, Gt(0), Lt(inf)]


VALIDATION: dict[str, Any] = {"extra": "forbid", "strict": True}
"""How pydantic validates all settings. Reading attribute docstrings takes 0.2 s, so only
`resound.config.editor_schema` adds that option."""

_C = TypeVar("_C")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def settings(cls: type[_C]) -> type[_C]:
    """Make `cls` a frozen, keyword-only dataclass whose validation is strict."""
    settings_class = dataclass(frozen=True, kw_only=True)(cls)
    setattr(settings_class, "__pydantic_config__", VALIDATION)  # noqa: B010
    return settings_class


def typed(kind: type[_C], values: Mapping[str, Any]) -> _C:
    """Return settings from the values of a stage's JSON, with nested settings and keys of maps."""
    hints = get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in values.items()})


def _typed(hint: Any, value: Any) -> Any:
    if isinstance(value, list):
        (item,) = get_args(hint) if get_origin(hint) is list else (None,)
        return [_typed(item, entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if get_origin(hint) is dict:
        keys, entries = get_args(hint)
        key_type = int if keys is int else str
        return {key_type(key): _typed(entries, entry) for key, entry in value.items()}
    for option in (hint, *get_args(hint)):
        if isinstance(option, type) and is_dataclass(option):
            return typed(option, value)
    return value
