"""The page itself: Jinja fills `page.html`, which carries its own style and needs no network.

`page.html` includes `texts.html`, the section of recognised and translated texts.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from scripts.lib.report.clips import Example
from scripts.lib.report.results import Result, Row, Timing
from scripts.lib.report.texts import Texts


def render(
    settings: Mapping[str, Any],
    corpora: Mapping[str, dict[str, Any]],
    results: Mapping[str, Result],
    rows: Sequence[Row],
    timings: Sequence[Timing],
    clips: Mapping[str, Sequence[Example]],
    texts: Texts,
) -> str:
    """The whole page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "points": points,
        "settings": in_words,
        "duration": duration,
    }
    made = [result.runs[0].provenance for result in results.values()]
    made += [result.runs[0].provenance for result in texts.results.values()]
    made += [timing.figures["provenance"] for timing in timings]
    return environment.get_template("page.html").render(
        data=settings["data"],
        seeds=settings["seeds"],
        corpora=corpora,
        results=results,
        rows=rows,
        clips=clips,
        texts=texts,
        strange=[result for result in results.values() if result.runs[0].open_set],
        timings=timings,
        provenance=made[0],
        compared=any(row.reported for row in rows),
        texts_compared=any(row.reported for row in texts.rows),
    )


def percent(share: float) -> str:
    """0.8125 as `81.2 %`."""
    return f"{100 * share:.1f}\u00a0%"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign: -0.031 as `−3.1`."""
    return f"{100 * difference:+.1f}".replace("-", "\u2212")


def duration(seconds: float) -> str:
    """Seconds in the unit that a reader would choose."""
    if seconds < 90:
        return f"{seconds:.1f}\u00a0s"
    if seconds < 5400:
        return f"{seconds / 60:.1f}\u00a0min"
    return f"{seconds / 3600:.1f}\u00a0h"


def in_words(settings: Mapping[str, Any]) -> str:
    """Settings as a line: `kind mfcc, mels 24`; what is unset is left out."""
    unset: tuple[Any, ...] = (None, [], "")
    told = {key: v for key, v in settings.items() if v not in unset and v is not False}
    told = {"kind": told.pop("kind"), **told} if "kind" in told else told
    return ", ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in told.items())


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "\u2013".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_value(entry)}" for key, entry in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ") if isinstance(value, str) else f"{value:g}"
