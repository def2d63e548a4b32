"""Linear probes of each layer: equal to scikit-learn's on the same items."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from resound.errors import UserError
from resound.models import linear_probe
from resound.training.checkpoint import Checkpoint
from resound.training.inputs.dense import dense_array
from resound.training.learner import Examples
from resound.training.loop import train
from resound.training.settings import Training
from tests.helpers.examples import examples_of

TRAINING = Training(optimizer="solver", epochs=3, balance="weights", checkpoint="best_validation")


def make_examples(classes: int = 3) -> Examples:
    """Return items of three layers: layer 1 separates the classes, the others are noise."""
    random = np.random.default_rng(0)
    targets = {"train": np.arange(90) % classes, "validation": np.arange(45) % classes}
    inputs = {}
    for part, labels in targets.items():
        layers = random.normal(3, 2, (len(labels), 3, 5))
        layers[:, 1, 0] += 4 * labels
        inputs[part] = layers.astype(np.float32)
    return examples_of(inputs, targets, classes)


@pytest.mark.parametrize("classes", [2, 3])
def test_each_layer_is_probed_as_by_scikit_learn_and_the_best_is_kept(
    tmp_path: Path, classes: int
) -> None:
    examples = make_examples(classes)
    model = linear_probe.Settings(kind="linear_probe")
    probe = linear_probe.learner(model, TRAINING, examples, 0, "cpu")
    history = train(probe, TRAINING, examples, Checkpoint(tmp_path / "c", "test"))
    assert [row["layer"] for row in history] == [0, 1, 2]
    held_out, targets = dense_array(examples.inputs["validation"]), examples.targets
    for layer, row in enumerate(history):
        reference = make_pipeline(
            StandardScaler(), LogisticRegression(max_iter=1000, class_weight="balanced")
        ).fit(dense_array(examples.inputs["train"])[:, layer], targets["train"])
        accuracy = reference.score(held_out[:, layer], targets["validation"])
        assert row["validation_accuracy"] == pytest.approx(accuracy)
        if layer == 1:
            expected = reference.predict_proba(held_out[:, layer])
    np.testing.assert_allclose(probe.scores(examples.inputs["validation"]), expected, atol=1e-4)


def test_a_probe_needs_one_epoch_per_layer() -> None:
    model = linear_probe.Settings(kind="linear_probe")
    training = Training(optimizer="solver", epochs=13)
    with pytest.raises(UserError, match=r"3 layers: set `epochs: 3`"):
        linear_probe.learner(model, training, make_examples(), 0, "cpu")
