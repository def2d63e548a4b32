"""What makes the settings of a stage differ, and what does not."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from resound.data.splits import Split
from resound.metrics.intervals import wilson_interval
from resound.training.settings import Training
from resound.workflow.settings import no_settings, settings_string


def test_order_of_settings_does_not_count() -> None:
    assert settings_string(a=1, b={"x": 1, "y": 2}) == settings_string(b={"y": 2, "x": 1}, a=1)


def test_swapped_values_count() -> None:
    assert settings_string(a=1, b=2) != settings_string(a=2, b=1)
    assert settings_string(a=["x", "y"]) != settings_string(a=["y", "x"])


def test_defaults_are_part_of_the_settings() -> None:
    split = Split(kind="random", test=0.2)
    assert settings_string(split=split) == settings_string(split=Split(test=0.20, kind="random"))
    assert settings_string(split=split) != settings_string(
        split=Split(kind="random", test=0.2, seed=1)
    )
    assert '"validation": 0.0' in settings_string(split=split)


def test_equal_numbers_read_equal() -> None:
    def train(rate: float) -> Training:
        return Training(optimizer="sgd", learning_rate=rate, epochs=1, batch_size=1)

    assert settings_string(train=train(1e-3)) == settings_string(train=train(0.001))


def test_what_is_no_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="is not a setting"):
        settings_string(path=Path("a"))
    with pytest.raises(TypeError, match="is not a setting"):
        settings_string(function=wilson_interval)


def test_settings_within_settings_are_written_whole() -> None:
    train = Training(optimizer="sgd", learning_rate=0.1, epochs=1, batch_size=1)
    text = settings_string(entries=[{"train": train}])
    assert json.loads(text) == {"entries": [{"train": asdict(train)}]}


def test_a_stage_without_settings() -> None:
    assert no_settings(None) == "{}"
