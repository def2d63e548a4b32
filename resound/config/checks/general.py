"""Checks of settings of the whole run."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from resound.config import renamed
from resound.config.checks.mistakes import Mistake
from resound.config.schema import Config
from resound.errors import nearest


def mistakes(config: Config) -> Iterator[Mistake]:
    """Yield selected names and transcribers that do not exist, and repeated seeds."""
    known = [*config.experiments, *config.extraction_benchmarks, *config.studies]
    for pattern in config.select:
        if not _matches(pattern, known):
            new = renamed.name("experiments", pattern)
            now = f"; it is now '{new}'" if new and _matches(new, known) else ""
            what = f"'{pattern}' is no experiment{now or nearest(pattern, known)}"
            yield ("select",), what
    if len(set(config.seeds)) < len(config.seeds):
        yield ("seeds",), "a seed is here twice: keep one of them"
    transcribers = [*config.recognitions(), *config.pretrained]
    if config.transcriber and config.transcriber not in transcribers:
        new = renamed.name("experiments", config.transcriber)
        now = f"; it is now '{new}'" if new in transcribers else ""
        near = now or nearest(config.transcriber, transcribers)
        yield (
            ("transcriber",),
            f"'{config.transcriber}' is no recognition or pretrained model{near}",
        )
    if config.audio and not config.transcriber and not config.model:
        yield ("transcriber",), f"name what transcribes `audio`{nearest('', transcribers)}"


def _matches(pattern: str, known: list[str]) -> bool:
    return any(fnmatchcase(name, pattern) for name in known)
