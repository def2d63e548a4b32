"""Checks of feature configurations, and questions that other checks have about them."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake, no_such
from resound.config.registry import FeatureConfiguration
from resound.config.schema import Config
from resound.features import hidden_states

OF_TEXTS = ("tokens", "characters")
"""Kinds of features of texts."""
OF_ENCODERS = ("waveform", "tokens", "whisper")
"""Kinds of features that encoders take."""


def contradictions(configuration: FeatureConfiguration) -> Iterator[Mistake]:
    """Yield settings of a feature configuration that contradict each other."""
    if problem := configuration.problem():
        yield (), problem


def mistakes(config: Config, name: str) -> Iterator[Mistake]:
    """Yield names in a feature configuration that nothing has, and features of a wrong kind."""
    configuration = config.features[name]
    pretrained = config.pretrained_of(name)
    if pretrained and pretrained not in config.pretrained:
        yield ("pretrained",), no_such("pretrained", pretrained, config.pretrained)
    if isinstance(configuration, hidden_states.Settings):
        if configuration.of not in config.features:
            yield ("of",), no_such("features", configuration.of, config.features)
        elif problem := not_for_encoder(config, configuration.pretrained, configuration.of):
            yield ("of",), problem


def not_for_encoder(config: Config, pretrained: str, features: str) -> str | None:
    """Return what is wrong with features as the input of a pretrained encoder, if anything."""
    configuration = config.features[features]
    if configuration.kind not in OF_ENCODERS:
        return (
            "an encoder takes features of kind `waveform`, `whisper` or `tokens`, not"
            f" `{configuration.kind}`"
        )
    if configuration.kind == "tokens" and configuration.pretrained != pretrained:
        return f"'{features}' are the tokens of '{configuration.pretrained}', not of '{pretrained}'"
    return None


def of_texts(config: Config, features: str) -> bool:
    """Return whether features are of texts, or an encoder computes them from features of texts."""
    configuration = config.features[features]
    if configuration.kind == "hidden_states" and configuration.of in config.features:
        configuration = config.features[configuration.of]
    return configuration.kind in OF_TEXTS
