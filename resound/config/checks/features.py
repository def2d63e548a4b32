"""Checks of feature configurations, and what others may ask of them."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake, no_such
from resound.config.schema import Config
from resound.features import hidden_states

OF_TEXTS = ("tokens", "characters")
"""Kinds of features that are of texts."""
OF_ENCODERS = ("waveform", "tokens")
"""Kinds of features that encoders are given."""


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Whether the settings of a configuration fit together, and what it names is there and fits."""
    configuration = config.features[name]
    if problem := configuration.problem():
        yield (), problem
    pretrained = config.pretrained_of(name)
    if pretrained and pretrained not in config.pretrained:
        yield ("pretrained",), no_such("pretrained", pretrained, config.pretrained)
    if isinstance(configuration, hidden_states.Settings):
        if configuration.of not in config.features:
            yield ("of",), no_such("features", configuration.of, config.features)
        elif problem := not_for_encoder(config, configuration.pretrained, configuration.of):
            yield ("of",), problem


def not_for_encoder(config: Config, pretrained: str, features: str) -> str | None:
    """What is wrong with features as what a pretrained encoder is given, if anything."""
    configuration = config.features[features]
    if configuration.kind not in OF_ENCODERS:
        return (
            f"an encoder takes features of kind `waveform` or `tokens`, not `{configuration.kind}`"
        )
    if configuration.kind == "tokens" and configuration.pretrained != pretrained:
        return f"'{features}' are the tokens of '{configuration.pretrained}', not of '{pretrained}'"
    return None


def of_texts(config: Config, features: str) -> bool:
    """Whether features are of texts, or those are that an encoder makes them of."""
    configuration = config.features[features]
    if configuration.kind == "hidden_states" and configuration.of in config.features:
        configuration = config.features[configuration.of]
    return configuration.kind in OF_TEXTS
