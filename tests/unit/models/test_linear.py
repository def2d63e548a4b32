"""Linear classifiers: scores equal to scikit-learn's, from the saved weights."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, SGDClassifier

from resound.arrays import Array
from resound.models import linear
from resound.training.inputs.dense import dense_array
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.examples import examples_of

SOLVER = Training(optimizer="solver")


def make_examples(classes: int) -> Examples:
    random = np.random.default_rng(classes)
    targets = np.arange(60) % classes
    inputs = random.standard_normal((60, 4)) + 2 * np.eye(4)[targets]
    return examples_of({"train": inputs.astype(np.float32)}, {"train": targets}, classes)


def fit(solver: str, examples: Examples) -> linear.Linear:
    settings = linear.Settings(kind="linear", solver=solver)  # type: ignore[arg-type]
    learner = linear.learner(settings, SOLVER, examples, 7, "cpu")
    learner.epoch(1)
    return learner


def reference(solver: str, examples: Examples) -> LogisticRegression | SGDClassifier:
    if solver == "sag":
        classifier = LogisticRegression(solver="sag", max_iter=1000, random_state=7)
    else:
        classifier = SGDClassifier(
            loss="log_loss", learning_rate="constant", eta0=0.01, max_iter=1000, random_state=7
        )
    return classifier.fit(dense_array(examples.inputs["train"]), examples.targets["train"])


def decisions(model: LogisticRegression | SGDClassifier, inputs: Array) -> Array:
    return np.asarray(model.decision_function(inputs))


@pytest.mark.parametrize("solver", ["sgd", "sag"])
def test_scores_equal_those_of_scikit_learn(solver: str) -> None:
    examples = make_examples(3)
    learner, inputs = fit(solver, examples), examples.inputs["train"]
    expected = decisions(reference(solver, examples), dense_array(inputs))
    np.testing.assert_allclose(learner.scores(inputs), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("solver", ["sgd", "sag"])
def test_two_classes_are_predicted_as_by_scikit_learn(solver: str) -> None:
    examples = make_examples(2)
    learner, inputs = fit(solver, examples), examples.inputs["train"]
    expected = reference(solver, examples).predict(dense_array(inputs))
    assert (learner.scores(inputs).argmax(axis=1) == expected).all()


def test_a_class_without_training_items_never_wins() -> None:
    examples = make_examples(3)
    learner = fit("sag", Examples(examples.inputs, examples.targets, 4))
    assert 3 not in learner.scores(examples.inputs["train"]).argmax(axis=1)


def test_loaded_weights_give_the_same_scores() -> None:
    examples = make_examples(3)
    learner = fit("sag", examples)
    other = linear.learner(linear.Settings(kind="linear", solver="sag"), SOLVER, examples, 0, "cpu")
    other.load_weights(learner.weights())
    inputs = examples.inputs["train"]
    assert (other.scores(inputs) == learner.scores(inputs)).all()
    assert learner.parameters == 3 * 4 + 3
