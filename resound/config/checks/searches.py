"""Checks of architecture searches: of its baseline experiment, and of the search space."""

import json
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from resound.config import renamed
from resound.config.checks import experiments
from resound.config.checks.mistakes import Mistake, no_such, on_one_line
from resound.config.checks.splits import no_validation
from resound.config.error_messages import in_words
from resound.config.experiments import Classification
from resound.config.schema import Config
from resound.errors import nearest
from resound.studies import search
from resound.studies.search.space import FIXED, Range


def mistakes(config: Config, study: search.Settings) -> Iterator[Mistake]:
    """Yield why the experiment does not fit the data, or the search space the experiment."""
    known = config.classifications()
    if study.baseline not in known:
        yield ("baseline",), no_such("classification", study.baseline, known, "experiments")
        return
    (data,) = study.data
    baseline = replace(known[study.baseline], **asdict(data), variant_of=None, reported=None)
    if problem := no_validation(data.split, config.splits[data.split]):
        yield ("data", 0, "split"), problem
    if baseline.input.arrange in ("windows", "ragged"):
        what = f"a search is over models of whole clips, not of `{baseline.input.arrange}`"
        yield ("baseline",), what
    elif baseline.model.kind == "encoder":
        yield ("baseline",), "a search is over models trained from the start, not over encoders"
    wrong = [*experiments.contradictions(baseline), *experiments.misfits(config, baseline)]
    yield from ((("baseline",), on_one_line(mistake)) for mistake in wrong)
    known_paths = _paths(baseline)
    for path, entry in study.space.items():
        key = ("space", path)
        if path not in known_paths:
            near = renamed.key(("studies", "", *key)) or nearest(path, known_paths)
            yield key, f"a {baseline.model.kind} has no such setting{near}"
        elif isinstance(entry, Range) and (problem := entry.problem()):
            yield key, problem
        elif not entry:
            yield key, "names no choices"
        elif not wrong:
            values = [entry.low, entry.high] if isinstance(entry, Range) else entry
            for value in values:
                problems = _of_value(config, baseline, path, value)
                yield from ((key, f"{value}: {problem}") for problem in problems)


def _paths(baseline: Classification) -> list[str]:
    """Return the settings of an experiment that a search may vary."""
    return [
        f"{part}.{field.name}"
        for part in ("model", "train")
        for field in fields(getattr(baseline, part))
        if field.name not in FIXED[part]
    ]


def _of_value(config: Config, baseline: Classification, path: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with the experiment if it has `value` at `path`."""
    part, _, name = path.partition(".")
    settings = getattr(baseline, part)
    kind: Any = type(settings)
    changed = json.dumps({**asdict(settings), name: value})
    try:
        typed = _adapter(kind).validate_json(changed)
    except ValidationError as error:
        yield in_words(error.errors()[0], [])
        return
    changed_experiment = replace(baseline, **{part: typed})
    yield from map(on_one_line, experiments.contradictions(changed_experiment))
    yield from map(on_one_line, experiments.misfits(config, changed_experiment))


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)
