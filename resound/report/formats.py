"""Numbers and settings as short texts for the page; units follow a no-break space."""

import math
from collections.abc import Mapping
from typing import Any


def format_percent(fraction: float) -> str:
    """Format a fraction as a percentage: 0.8125 as `81.2 %`."""
    return f"{100 * fraction:.1f}\u00a0%"


def format_precise_percent(fraction: float) -> str:
    """Format a fraction with all digits that a report gives: 0.4038 as `40.38 %`."""
    digits = f"{100 * fraction:.4f}".rstrip("0")
    return f"{digits}0\u00a0%" if digits.endswith(".") else f"{digits}\u00a0%"


def format_loss(loss: float) -> str:
    """Format a loss with four decimals, or with more if there are: 0.9805, 0.387128."""
    return max(f"{loss:.4f}", f"{loss:.6f}".rstrip("0"), key=len)


def format_points(difference: float) -> str:
    """Format a difference of fractions in percentage points, with its sign: -0.031 as `−3.1`."""
    return f"{100 * difference:+.1f}".replace("-", "\u2212")


def format_p_value(p: float) -> str:
    """Format a p-value to three decimals: 0.0312 as `0.031`, below 0.001 as `< 0.001`."""
    return f"{p:.3f}" if p >= 0.001 else "<\u00a00.001"


def format_count(count: int) -> str:
    """Format a count to three digits: 590,592 as `591 k`, 118,000,000 as `118 M`.

    Counts below 10,000 are unabridged: `1,234`.
    """
    if count < 10_000:
        return f"{count:,}"
    # 999,500 and more round to 1000 k, which is 1 M.
    scale, unit = (1e3, "k") if count < 999_500 else (1e6, "M")
    decimals = max(0, 2 - int(math.log10(count / scale)))
    return f"{count / scale:.{decimals}f}\u00a0{unit}"


def format_parameters(trained: int, total: int | None) -> str:
    """Format numbers of parameters: `1,234 parameters`, `12 trained of 1,234 parameters`.

    Of a model that is used unchanged, the number is `1,234 parameters, none trained`. `total`
    counts all parameters, and is None where it is not recorded.
    """
    if not trained:
        return f"{total:,} parameters, none trained" if total else "no parameters trained"
    if total in (None, trained):
        return f"{trained:,} parameters"
    return f"{trained:,} trained of {total:,} parameters"


def format_duration(seconds: float) -> str:
    """Format a duration in seconds (up to 90), minutes (up to 90) or hours."""
    if seconds < 90:
        return f"{seconds:.1f}\u00a0s"
    if seconds < 5400:
        return f"{seconds / 60:.1f}\u00a0min"
    return f"{seconds / 3600:.1f}\u00a0h"


def format_settings(settings: Mapping[str, Any]) -> str:
    """Format settings in one line: `kind mfcc, mels 24`; settings without a value are omitted."""
    present = _present(settings)
    if "kind" in present:
        present = {"kind": present.pop("kind"), **present}
    return ", ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in present.items())


def _present(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that have a value other than None, False or empty."""
    empty: tuple[Any, ...] = (None, [], {}, "")
    return {key: v for key, v in settings.items() if v not in empty and v is not False}


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "\u2013".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_value(entry)}" for key, entry in _present(value).items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ") if isinstance(value, str) else f"{value:g}"
