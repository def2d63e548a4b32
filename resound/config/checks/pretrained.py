"""Checks of pretrained models and of those that stand in for them."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config
from resound.errors import nearest


def mistakes(config: Config) -> Iterator[Mistake]:
    """Whether what they name is there, and their own names differ."""
    for name, stand_in in config.stand_ins.items():
        if stand_in.kind == "whisper":
            recipe = config.features.get(stand_in.features)
            if recipe is None or recipe.kind != "whisper":
                near = nearest(stand_in.features, config.features)
                what = f"'{stand_in.features}' is no features of kind `whisper`{near}"
                yield ("stand_ins", name, "features"), what
        if name in config.pretrained:
            yield ("stand_ins", name), "one of `pretrained` has this name: choose another"
    for name, model in config.pretrained.items():
        if model.stand_in is not None and model.stand_in not in config.stand_ins:
            what = no_such("stand-in", model.stand_in, config.stand_ins)
            yield ("pretrained", name, "stand_in"), what
