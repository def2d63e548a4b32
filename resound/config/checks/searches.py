"""Checks of architecture searches: the experiment beside one, and the space."""

import json
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from resound.config.checks import experiments
from resound.config.checks.mistakes import Mistake, no_such
from resound.config.checks.splits import no_validation
from resound.config.error_location import in_words
from resound.config.experiments import Classification
from resound.config.schema import Config
from resound.errors import nearest
from resound.studies import search
from resound.studies.search.space import FIXED, Range


def mistakes(config: Config, study: search.Settings) -> Iterator[Mistake]:
    """Whether the experiment beside a search fits its data, and its space the experiment."""
    known = config.classifications()
    if study.beside not in known:
        yield ("beside",), no_such("classification", study.beside, known)
        return
    (data,) = study.data
    beside = replace(known[study.beside], **asdict(data), variant_of=None)
    if problem := no_validation(data.split, config.splits[data.split]):
        yield ("data", 0, "split"), problem
    if beside.input.arrange in ("windows", "ragged"):
        what = f"a search is over models of whole clips, not of `{beside.input.arrange}`"
        yield ("beside",), what
    elif beside.model.kind == "encoder":
        yield ("beside",), "a search is over models that begin anew, not over encoders"
    wrong = list(experiments.misfits(config, beside))
    yield from ((("beside",), _told(mistake)) for mistake in wrong)
    known_paths = _paths(beside)
    for path, entry in study.space.items():
        key = ("space", path)
        if path not in known_paths:
            near = nearest(path, known_paths)
            yield key, f"a {beside.model.kind} has no such setting{near}"
        elif isinstance(entry, Range) and (problem := entry.problem()):
            yield key, problem
        elif not entry:
            yield key, "names no choices"
        elif not wrong:
            values = [entry.low, entry.high] if isinstance(entry, Range) else entry
            for value in values:
                problems = _of_value(config, beside, path, value)
                yield from ((key, f"{value}: {problem}") for problem in problems)


def _paths(beside: Classification) -> list[str]:
    """The settings of an experiment that a search may choose."""
    return [
        f"{part}.{field.name}"
        for part in ("model", "train")
        for field in fields(getattr(beside, part))
        if field.name not in FIXED[part]
    ]


def _of_value(config: Config, beside: Classification, path: str, value: Any) -> Iterator[str]:
    """What is wrong with an experiment that has `value` at `path`."""
    part, _, name = path.partition(".")
    settings = getattr(beside, part)
    told = json.dumps({**asdict(settings), name: value})
    try:
        made = TypeAdapter(type(settings)).validate_json(told)
    except ValidationError as error:
        yield in_words(error.errors()[0], [])
        return
    yield from map(_told, experiments.misfits(config, replace(beside, **{part: made})))


def _told(mistake: Mistake) -> str:
    key, what = mistake
    return f"{'.'.join(map(str, key))}: {what}"
