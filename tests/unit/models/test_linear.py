"""Linear classifiers: scores equal to scikit-learn's, from the saved weights."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import hinge_loss
from sklearn.svm import LinearSVC

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


def reference(solver: str, examples: Examples) -> LogisticRegression | SGDClassifier | LinearSVC:
    if solver == "svm":
        classifier = LinearSVC(max_iter=1000, random_state=7)
    elif solver == "sag":
        classifier = LogisticRegression(solver="sag", max_iter=1000, random_state=7)
    else:
        classifier = SGDClassifier(
            loss="log_loss", learning_rate="constant", eta0=0.01, max_iter=1000, random_state=7
        )
    return classifier.fit(dense_array(examples.inputs["train"]), examples.targets["train"])


def decisions(model: LogisticRegression | SGDClassifier | LinearSVC, inputs: Array) -> Array:
    return np.asarray(model.decision_function(inputs))


@pytest.mark.parametrize("solver", ["sgd", "sag", "svm"])
def test_scores_equal_those_of_scikit_learn(solver: str) -> None:
    examples = make_examples(3)
    learner, inputs = fit(solver, examples), examples.inputs["train"]
    expected = decisions(reference(solver, examples), dense_array(inputs))
    np.testing.assert_allclose(learner.scores(inputs), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("solver", ["sgd", "sag", "svm"])
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


def test_the_loss_of_a_support_vector_machine_is_the_hinge_loss() -> None:
    examples = make_examples(3)
    learner = fit("svm", examples)
    targets, inputs = examples.targets["train"], examples.inputs["train"]
    metrics = learner.epoch(1)
    assert metrics["loss"] == pytest.approx(hinge_loss(targets, learner.scores(inputs)), abs=1e-5)


@pytest.mark.parametrize(("balance", "items"), [("undersample", 15), ("smote", 105)])
def test_a_balanced_part_is_fitted_and_the_whole_one_scored(
    balance: str, items: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, targets = np.random.default_rng(1), np.repeat([0, 1, 2], [35, 20, 5])
    inputs = random.standard_normal((60, 4)) + 2 * np.eye(4)[targets]
    examples = examples_of({"train": inputs.astype(np.float32)}, {"train": targets}, 3)
    fitted: list[int] = []
    fit_whole = LogisticRegression.fit

    def record(self: LogisticRegression, rows: Array, labels: Array) -> LogisticRegression:
        fitted.extend(np.bincount(labels))
        return fit_whole(self, rows, labels)

    monkeypatch.setattr(LogisticRegression, "fit", record)
    settings = linear.Settings(kind="linear", solver="sag")
    training = Training(optimizer="solver", balance=balance)  # type: ignore[arg-type]
    learner = linear.learner(settings, training, examples, 7, "cpu")
    metrics = learner.epoch(1)
    assert fitted == [items // 3] * 3
    predicted = learner.scores(examples.inputs["train"]).argmax(axis=1)
    assert metrics["accuracy"] == pytest.approx((predicted == targets).mean())
