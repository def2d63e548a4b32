"""How settings are declared: frozen keyword-only dataclasses that allow no unknown key.

Plain dataclasses cost a job nothing to import; `scripts.lib.config.load` validates them with
pydantic when the workflow is parsed, and their attribute docstrings become the JSON schema's
descriptions.
"""

from dataclasses import dataclass
from math import inf
from typing import Annotated, TypeVar, dataclass_transform

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
