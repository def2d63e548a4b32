"""Checks of pretrained models and of those that stand in for them."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config
from resound.errors import nearest


def mistakes(config: Config) -> Iterator[Mistake]:
    """Whether what they name is there, and their own names differ."""
    for name, demo_model in config.demo_models.items():
        if demo_model.kind == "whisper":
            configuration = config.features.get(demo_model.features)
            if configuration is None or configuration.kind != "whisper":
                near = nearest(demo_model.features, config.features)
                what = f"'{demo_model.features}' is no features of kind `whisper`{near}"
                yield ("demo_models", name, "features"), what
        if name in config.pretrained:
            yield ("demo_models", name), "one of `pretrained` has this name: choose another"
    for name, model in config.pretrained.items():
        if model.demo_model is not None and model.demo_model not in config.demo_models:
            what = no_such("demo model", model.demo_model, config.demo_models)
            yield ("pretrained", name, "demo_model"), what
