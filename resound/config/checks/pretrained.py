"""Checks of pretrained models and of their demo models."""

from collections.abc import Iterator

from resound.config.checks.in_use import InUse
from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config
from resound.errors import nearest


def mistakes(config: Config, used: InUse) -> Iterator[Mistake]:
    """Yield names that nothing has, or two entries have, among the models in use."""
    demo_models = {
        model.demo_model for name, model in config.pretrained.items() if name in used.pretrained
    }
    for name, demo_model in config.demo_models.items():
        if name not in demo_models:
            continue
        if demo_model.kind == "whisper":
            configuration = config.features.get(demo_model.features)
            if configuration is None or configuration.kind != "whisper":
                near = nearest(demo_model.features, config.features)
                what = f"'{demo_model.features}' is no features of kind `whisper`{near}"
                yield ("demo_models", name, "features"), what
        if name in config.pretrained:
            yield ("demo_models", name), "one of `pretrained` has this name: choose another"
    for name, model in config.pretrained.items():
        unknown = model.demo_model is not None and model.demo_model not in config.demo_models
        if name in used.pretrained and unknown:
            what = no_such("demo model", str(model.demo_model), config.demo_models)
            yield ("pretrained", name, "demo_model"), what
