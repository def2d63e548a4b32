"""The Gaussian classifier: densities equal to SciPy's, unknown classes never win."""

import numpy as np
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf

from resound.models import gaussian
from resound.training.inputs.dense import Dense, dense_array
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.examples import examples_of

SETTINGS = gaussian.Settings(kind="gaussian")


def make_examples() -> Examples:
    """Return items of three classes of four; columns are correlated and differ in scale."""
    random = np.random.default_rng(0)
    targets = np.repeat([0, 1, 3], 40)
    inputs = random.normal(size=(120, 3)) @ random.normal(size=(3, 3)) + 3 * targets[:, None]
    return examples_of({"train": inputs.astype(np.float32)}, {"train": targets}, 4)


def train_on(examples: Examples) -> gaussian.Gaussian:
    learner = gaussian.learner(SETTINGS, Training(optimizer="solver"), examples, 0, "cpu")
    metrics = learner.epoch(1)
    assert metrics["accuracy"] > 0.9
    return learner


def test_scores_are_log_densities() -> None:
    examples = make_examples()
    scores = train_on(examples).scores(examples.inputs["train"])
    inputs = dense_array(examples.inputs["train"])
    for number in (0, 1, 3):
        rows = inputs[examples.targets["train"] == number].astype(float)
        density = multivariate_normal(rows.mean(axis=0), ledoit_wolf(rows)[0])
        expected = density.logpdf(inputs.astype(float))
        np.testing.assert_allclose(scores[:, number], expected, rtol=1e-4)


def test_a_class_without_training_items_never_wins() -> None:
    examples = make_examples()
    assert np.isneginf(train_on(examples).scores(examples.inputs["train"])[:, 2]).all()


def test_loaded_weights_give_the_same_scores() -> None:
    examples = make_examples()
    learner = train_on(examples)
    other = gaussian.learner(SETTINGS, Training(optimizer="solver"), examples, 0, "cpu")
    other.load_weights(learner.weights())
    inputs = examples.inputs["train"]
    np.testing.assert_array_equal(other.scores(inputs), learner.scores(inputs))


def test_a_distant_item_is_less_likely_than_any_training_item() -> None:
    examples = make_examples()
    learner = train_on(examples)
    distant = learner.scores(Dense(np.full((1, 3), 50, np.float32))).max()
    assert distant < learner.scores(examples.inputs["train"]).max(axis=1).min()
