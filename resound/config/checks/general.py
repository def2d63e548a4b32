"""Checks of what concerns the whole run."""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from resound.config.checks.mistakes import Mistake
from resound.config.schema import Config
from resound.errors import nearest


def mistakes(config: Config) -> Iterator[Mistake]:
    """Whether what is selected and what transcribes is there, and seeds differ."""
    known = [*config.experiments, *config.timings, *config.studies]
    for pattern in config.select:
        if not any(fnmatchcase(name, pattern) for name in known):
            yield ("select",), f"'{pattern}' is no experiment{nearest(pattern, known)}"
    if len(set(config.seeds)) < len(config.seeds):
        yield ("seeds",), "a seed stands twice: keep one of them"
    hearing = [*config.recognitions(), *config.pretrained]
    if config.transcriber and config.transcriber not in hearing:
        near = nearest(config.transcriber, hearing)
        yield ("transcriber",), f"'{config.transcriber}' recognises nothing{near}"
    if config.audio and not config.transcriber:
        yield ("transcriber",), f"say what transcribes `audio`{nearest('', hearing)}"
