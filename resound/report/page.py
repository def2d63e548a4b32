"""The page itself: Jinja fills `page.html`, which carries its own style and needs no network.

`page.html` includes a template for each larger section: `protocols.html`, `variants.html`,
`texts.html`, `studies.html`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from resound.report.audio_examples import Example
from resound.report.protocols import Division
from resound.report.recognition import Texts
from resound.report.results import Result, Row, Timing, reported
from resound.report.studies import Study, cell, flags
from resound.report.text_examples import Pair
from resound.report.variants import Family


@dataclass(frozen=True)
class Content:
    """What the page shows, beside its settings."""

    corpora: Mapping[str, dict[str, Any]]
    divisions: Sequence[Division] = ()
    results: Mapping[str, Result] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    families: Sequence[Family] = ()
    timings: Sequence[Timing] = ()
    studies: Sequence[Study] = ()
    clips: Mapping[str, Sequence[Example]] = field(default_factory=dict)
    """Of each experiment on recordings, some of its test items."""
    pairs: Mapping[str, Sequence[Pair]] = field(default_factory=dict)
    """Of each experiment on pairs of texts, some of its test items."""
    texts: Texts = field(default_factory=Texts)


def render(settings: Mapping[str, Any], content: Content) -> str:
    """The whole page as HTML; `settings` tells the `data` and the `seeds`."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": percent,
        "points": points,
        "p_value": p_value,
        "short": short,
        "settings": in_words,
        "duration": duration,
        "cell": cell,
        "reported_figures": reported_figures,
    }
    results, data = content.results, settings["data"]
    made = [result.runs[0].provenance for result in results.values()]
    made += [result.runs[0].provenance for result in content.texts.results.values()]
    made += [timing.figures["provenance"] for timing in content.timings]
    made += [study.findings["provenance"] for study in content.studies]
    return environment.get_template("page.html").render(
        **vars(content),
        data=data,
        seeds=settings["seeds"],
        reported={name: reported(r.settings, content.corpora, data) for name, r in results.items()},
        strange=[result for result in results.values() if result.runs[0].open_set],
        flags=flags(content.studies, {name: r.settings for name, r in results.items()}),
        provenance=made[0],
        compared=any(row.reported for row in content.rows),
        texts_compared=any(row.reported for row in content.texts.rows),
    )


def percent(share: float) -> str:
    """0.8125 as `81.2 %`."""
    return f"{100 * share:.1f}\u00a0%"


def points(difference: float) -> str:
    """A difference of shares in percentage points, with its sign: -0.031 as `−3.1`."""
    return f"{100 * difference:+.1f}".replace("-", "\u2212")


def p_value(p: float) -> str:
    """A p-value to three places: 0.0312 as `0.031`, less than a thousandth as `< 0.001`."""
    return f"{p:.3f}" if p >= 0.001 else "<\u00a00.001"


def short(count: int) -> str:
    """A count to three digits: 1,234 as it is, 590,592 as `591 k`, 118,000,000 as `118 M`."""
    if count < 10_000:
        return f"{count:,}"
    # What rounds to a thousand thousands is a million.
    scale, unit = (1e3, "k") if count < 999_500 else (1e6, "M")
    return f"{count / scale:.{max(0, 2 - int(math.log10(count / scale)))}f}\u00a0{unit}"


def duration(seconds: float) -> str:
    """Seconds in the unit that a reader would choose."""
    if seconds < 90:
        return f"{seconds:.1f}\u00a0s"
    if seconds < 5400:
        return f"{seconds / 60:.1f}\u00a0min"
    return f"{seconds / 3600:.1f}\u00a0h"


def reported_figures(told: Mapping[str, Any]) -> str:
    """What a source report gives, as a line: `test accuracy 42.0 %, macro F1 40.1 %`."""
    words = {"train_accuracy": "training accuracy", "uar": "UAR"}
    names = ("test_accuracy", "train_accuracy", "macro_f1", "weighted_f1", "uar", "f1")
    return ", ".join(
        f"{words.get(name) or name.replace('_', ' ').replace('f1', 'F1')} {percent(told[name])}"
        for name in names
        if told.get(name) is not None
    )


def in_words(settings: Mapping[str, Any]) -> str:
    """Settings as a line: `kind mfcc, mels 24`; what is unset is left out."""
    told = _set(settings)
    told = {"kind": told.pop("kind"), **told} if "kind" in told else told
    return ", ".join(f"{key.replace('_', ' ')} {_value(value)}" for key, value in told.items())


def _set(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is set of settings."""
    unset: tuple[Any, ...] = (None, [], {}, "")
    return {key: v for key, v in settings.items() if v not in unset and v is not False}


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "\u2013".join(map(str, value))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_value(entry)}" for key, entry in _set(value).items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ") if isinstance(value, str) else f"{value:g}"
