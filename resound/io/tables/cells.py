"""Values of typed cells as text."""

import datetime
import math
from typing import Any

from resound.io.tables.row import Unusable


def to_text(value: Any) -> str | Unusable:
    """Return a cell's value as a spreadsheet program shows it.

    Whole numbers have no decimal point, missing values are empty. A date is unusable: programs turn
    texts such as `1-2` into dates, and what was written is lost.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return Unusable(f"is a date or time ({value}): format the column as text and correct it")
    return Unusable(f"is of the type {type(value).__name__}")
