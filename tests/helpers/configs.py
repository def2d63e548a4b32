"""A small configuration, and the errors of loading it with some of its text replaced."""

from pathlib import Path

import pytest
import yaml

from resound.config.load import load
from resound.config.schema import Config
from resound.errors import UserError

GOOD = """\
select: ["*"]
corpora:
  digits:
    title: Digits
    path_pattern: "{speaker}/{label}_{take}.wav"
    sources: [{folder: recordings}, {archive: recordings.zip}]
    demo: {kind: digits, speakers: 3}
features:
  deltas: {kind: mfcc, deltas: 2}
  mean: {kind: mfcc, pool: mean}
  logmel: {kind: logmel}
splits:
  random: {kind: random}
  held_out: {kind: random, validation: 0.1}
  speakers: {kind: grouped, group_by: speaker}
experiments:
  flat:
    corpus: digits
    features: deltas
    split: random
    input: {arrange: flatten_then_pad}
    model:
      {kind: perceptron, hidden: [mean, 2/3], activation: relu, weights: xavier,
       derivative: activation}
    train: {optimizer: sgd, learning_rate: 0.001, epochs: 2, batch_size: 1}
    note: as reported
  frames:
    corpus: digits
    features: logmel
    split: held_out
    input: {arrange: padded, standardise: train}
    model: {kind: cnn, channels: [4, 8]}
    train:
      {optimizer: adam, learning_rate: 1.0e-3, epochs: 9, demo: {epochs: 3}, batch_size: 32,
       checkpoint: best_validation}
    reported: {source: a report, test_accuracy: 0.5}
"""


class Loaded:
    """Loads a text with some of it replaced, from a file `config.yaml`."""

    def __init__(self, folder: Path, text: str = GOOD) -> None:
        self._path, self._text = folder / "config.yaml", text

    def __call__(self, *changes: tuple[str, str]) -> Config:
        text = self._text
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        self._path.write_text(text)
        return load(yaml.safe_load(text), [self._path])


def error_of(loaded: Loaded, *changes: tuple[str, str]) -> str:
    """Return the error of loading, its file shown by its name alone."""
    with pytest.raises(UserError) as caught:
        loaded(*changes)
    lines = str(caught.value).splitlines()
    return "\n".join("config.yaml:" + line.split("config.yaml:", 1)[-1] for line in lines)


def line_of(text: str) -> int:
    """Return the number of the one line of GOOD that contains `text`, counted from 1."""
    (number,) = [n for n, line in enumerate(GOOD.splitlines(), 1) if text in line]
    return number


def assert_error(loaded: Loaded, change: tuple[str, str], place: str | None, message: str) -> None:
    """Assert that a change of GOOD gives a `message`, at the line of GOOD with `place`."""
    error = error_of(loaded, change)
    assert message in error
    if place:
        line = next(line for line in error.splitlines() if message in line)
        assert line.startswith(f"config.yaml:{line_of(place)}: ")
