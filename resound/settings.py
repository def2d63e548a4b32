"""How settings are declared: frozen keyword-only dataclasses that allow no unknown key.

Plain dataclasses cost a job nothing to import; `resound.config.load` validates them with
pydantic when the workflow is parsed, and their attribute docstrings become the JSON schema's
descriptions.
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


_C = TypeVar("_C")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def settings(cls: type[_C]) -> type[_C]:
    """Make `cls` a frozen, keyword-only dataclass whose validation is strict."""
    made = dataclass(frozen=True, kw_only=True)(cls)
    strict = {
        "extra": "forbid",
        "strict": True,
        "use_attribute_docstrings": True,
    }
    setattr(made, "__pydantic_config__", strict)  # noqa: B010
    return made


def typed(kind: type[_C], told: Mapping[str, Any]) -> _C:
    """The settings that a stage's JSON tells, with their parts and the keys of their maps."""
    hints = get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in told.items()})


def _typed(hint: Any, value: Any) -> Any:
    if isinstance(value, list):
        (of,) = get_args(hint) if get_origin(hint) is list else (None,)
        return [_typed(of, entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if get_origin(hint) is dict:
        keys, entries = get_args(hint)
        read = int if keys is int else str
        return {read(key): _typed(entries, entry) for key, entry in value.items()}
    for part in (hint, *get_args(hint)):
        if isinstance(part, type) and is_dataclass(part):
            return typed(part, value)
    return value
