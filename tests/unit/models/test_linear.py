"""Linear classifiers: what scikit-learn's own give, from the weights that are kept."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, SGDClassifier

from resound.arrays import Array
from resound.models import linear
from resound.training.loop import Examples, Training

SOLVER = Training(optimizer="solver")


def examples(classes: int) -> Examples:
    random = np.random.default_rng(classes)
    targets = np.arange(60) % classes
    inputs = random.standard_normal((60, 4)) + 2 * np.eye(4)[targets]
    return Examples({"train": inputs.astype(np.float32)}, {"train": targets}, classes)


def fitted(solver: str, given: Examples) -> linear.Linear:
    settings = linear.Settings(kind="linear", solver=solver)  # type: ignore[arg-type]
    learner = linear.learner(settings, SOLVER, given, 7, "cpu")
    learner.epoch(1)
    return learner


def reference(solver: str, given: Examples) -> LogisticRegression | SGDClassifier:
    if solver == "sag":
        made = LogisticRegression(solver="sag", max_iter=1000, random_state=7)
    else:
        made = SGDClassifier(
            loss="log_loss", learning_rate="constant", eta0=0.01, max_iter=1000, random_state=7
        )
    return made.fit(given.inputs["train"], given.targets["train"])


def decisions(model: LogisticRegression | SGDClassifier, inputs: Array) -> Array:
    return np.asarray(model.decision_function(inputs))


@pytest.mark.parametrize("solver", ["sgd", "sag"])
def test_scores_are_scikit_learns(solver: str) -> None:
    given = examples(3)
    learner, inputs = fitted(solver, given), given.inputs["train"]
    expected = decisions(reference(solver, given), inputs)
    np.testing.assert_allclose(learner.scores(inputs), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("solver", ["sgd", "sag"])
def test_two_classes_are_told_apart(solver: str) -> None:
    given = examples(2)
    learner, inputs = fitted(solver, given), given.inputs["train"]
    expected = reference(solver, given).predict(inputs)
    assert (learner.scores(inputs).argmax(axis=1) == expected).all()


def test_a_class_without_training_items_never_wins() -> None:
    given = examples(3)
    learner = fitted("sag", Examples(given.inputs, given.targets, 4))
    assert 3 not in learner.scores(given.inputs["train"]).argmax(axis=1)


def test_weights_are_the_model() -> None:
    given = examples(3)
    learner = fitted("sag", given)
    other = linear.learner(linear.Settings(kind="linear", solver="sag"), SOLVER, given, 0, "cpu")
    other.load_weights(learner.weights())
    inputs = given.inputs["train"]
    assert (other.scores(inputs) == learner.scores(inputs)).all()
    assert learner.parameters == 3 * 4 + 3
