"""The settings that a stage uses, as one string that changes when one of them does."""

import json
from dataclasses import fields, is_dataclass
from typing import Any


def settings_string(**settings: Any) -> str:
    """Return settings (dataclasses or plain values) as canonical JSON.

    Keys are sorted, so their order in the configuration does not matter. Raises TypeError for a
    value that is no setting.
    """
    return json.dumps(settings, default=_plain, sort_keys=True, ensure_ascii=False)


def no_settings(wildcards: Any) -> str:
    """Return the settings of a stage without any: a rule's parameter."""
    return settings_string()


def _plain(value: Any) -> Any:
    # One level: `json` asks again for what is inside, without the copies that `asdict` makes.
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{value!r} is not a setting")
