"""Checks of feature recipes, and what others may ask of them."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config
from resound.features import hidden_states

OF_TEXTS = ("tokens", "characters")
"""Kinds of features that are of texts."""
OF_ENCODERS = ("waveform", "tokens")
"""Kinds of features that encoders are given."""


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Whether the settings of a recipe fit together, and what it names is there and fits."""
    recipe = config.features[name]
    if problem := recipe.problem():
        yield (), problem
    pretrained = config.pretrained_of(name)
    if pretrained and pretrained not in config.pretrained:
        yield ("pretrained",), no_such("pretrained", pretrained, config.pretrained)
    if isinstance(recipe, hidden_states.Settings):
        if recipe.of not in config.features:
            yield ("of",), no_such("features", recipe.of, config.features)
        elif problem := not_for_encoder(config, recipe.pretrained, recipe.of):
            yield ("of",), problem


def not_for_encoder(config: Config, pretrained: str, features: str) -> str | None:
    """What is wrong with features as what a pretrained encoder is given, if anything."""
    recipe = config.features[features]
    if recipe.kind not in OF_ENCODERS:
        return f"an encoder takes features of kind `waveform` or `tokens`, not `{recipe.kind}`"
    if recipe.kind == "tokens" and recipe.pretrained != pretrained:
        return f"'{features}' are the tokens of '{recipe.pretrained}', not of '{pretrained}'"
    return None


def of_texts(config: Config, features: str) -> bool:
    """Whether features are of texts, or those are that an encoder makes them of."""
    recipe = config.features[features]
    if recipe.kind == "hidden_states" and recipe.of in config.features:
        recipe = config.features[recipe.of]
    return recipe.kind in OF_TEXTS
