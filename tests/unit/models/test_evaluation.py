"""Loss and accuracy on items that are not trained on: equal to those of an independent library."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import xlogy
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.metrics import accuracy_score, hinge_loss, log_loss, mean_squared_error
from sklearn.svm import LinearSVC

from resound.models import cnn, gaussian, linear, lstm, perceptron
from resound.training.inputs.dense import Dense
from resound.training.learner import Examples, Learner
from resound.training.settings import Training
from tests.helpers.examples import examples_of

SOLVER = Training(optimizer="solver")


def make_examples(classes: int, *shape: int) -> Examples:
    """Return items of three parts; their first elements differ by class, but not always."""
    random = np.random.default_rng(classes)
    inputs, targets = {}, {}
    for part, size in {"train": 60, "validation": 30, "test": 25}.items():
        targets[part] = random.integers(classes, size=size)
        rows = random.standard_normal((size, *shape)).astype(np.float32)
        rows.reshape(size, -1)[:, :classes] += np.eye(classes, dtype=np.float32)[targets[part]]
        inputs[part] = rows
    return examples_of(inputs, targets, classes)


def rows_of(examples: Examples, part: str) -> tuple[NDArray[np.float32], NDArray[np.integer]]:
    inputs = examples.inputs[part]  # type: ignore[index]
    assert isinstance(inputs, Dense)
    return inputs.array, examples.targets[part]  # type: ignore[index]


def evaluate(learner: Learner, examples: Examples, part: str = "test") -> tuple[float, float]:
    rows, targets = rows_of(examples, part)
    metrics = learner.evaluate(Dense(rows), targets)
    assert list(metrics) == ["loss", "accuracy"]
    return metrics["loss"], metrics["accuracy"]


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("solver", ["sgd", "sag", "svm"])
def test_linear_classifiers_have_the_losses_of_scikit_learn(solver: str, classes: int) -> None:
    examples = make_examples(classes, 4)
    settings = linear.Settings(kind="linear", solver=solver)  # type: ignore[arg-type]
    learner = linear.learner(settings, SOLVER, examples, 7, "cpu")
    reference = {
        "sgd": SGDClassifier(loss="log_loss", learning_rate="constant", eta0=0.01, random_state=7),
        "sag": LogisticRegression(solver="sag", max_iter=1000, random_state=7),
        "svm": LinearSVC(random_state=7),
    }[solver].fit(*rows_of(examples, "train"))
    trained = learner.epoch(1)
    for part in ("train", "test"):
        rows, targets = rows_of(examples, part)
        if solver == "svm":
            expected = hinge_loss(targets, reference.decision_function(rows))
        else:
            expected = log_loss(targets, reference.predict_proba(rows))
        accuracy = accuracy_score(targets, reference.predict(rows))
        assert evaluate(learner, examples, part) == pytest.approx((expected, accuracy), rel=1e-5)
    assert (trained["loss"], trained["accuracy"]) == evaluate(learner, examples, "train")


def test_a_class_without_training_items_has_the_loss_of_scikit_learn() -> None:
    examples = make_examples(3, 4)
    rows, targets = rows_of(examples, "train")
    seen = targets != 2
    part = examples_of({"train": rows[seen]}, {"train": targets[seen]}, 3)
    learner = linear.learner(linear.Settings(kind="linear", solver="sag"), SOLVER, part, 7, "cpu")
    learner.epoch(1)
    reference = LogisticRegression(solver="sag", max_iter=1000, random_state=7)
    reference.fit(rows[seen], targets[seen])
    test, labels = rows_of(examples, "test")
    seen_probabilities = reference.predict_proba(test).astype(float)
    seen_probabilities /= seen_probabilities.sum(axis=1, keepdims=True)
    probabilities = np.column_stack([seen_probabilities, np.zeros(len(test))])
    accuracy = accuracy_score(labels, reference.predict(test))
    expected = log_loss(labels, probabilities, labels=[0, 1, 2]), accuracy
    assert evaluate(learner, examples) == pytest.approx(expected, rel=1e-4)


def test_gaussians_have_the_mean_negative_log_density() -> None:
    examples = make_examples(3, 4)
    learner = gaussian.learner(gaussian.Settings(kind="gaussian"), SOLVER, examples, 0, "cpu")
    trained = learner.epoch(1)
    assert (trained["loss"], trained["accuracy"]) == evaluate(learner, examples, "train")
    rows, targets = (array.astype(float) for array in rows_of(examples, "train"))
    densities = []
    for number in range(3):
        members = rows[targets == number]
        density = multivariate_normal(members.mean(axis=0), ledoit_wolf(members)[0])
        densities.append(density.logpdf(rows_of(examples, "test")[0]))
    labels = rows_of(examples, "test")[1]
    expected = -np.mean([densities[label][item] for item, label in enumerate(labels)])
    accuracy = accuracy_score(labels, np.argmax(densities, axis=0))
    assert evaluate(learner, examples) == pytest.approx((expected, accuracy), rel=1e-5)


def make_perceptron(examples: Examples, rate: float = 0.01) -> perceptron.Perceptron:
    model = perceptron.Settings(
        kind="perceptron", hidden=[5], activation="relu", weights="xavier", derivative="activation"
    )
    training = Training(optimizer="sgd", learning_rate=rate)
    return perceptron.learner(model, training, examples, 7, "cpu")


def test_perceptrons_have_the_mean_squared_error_of_scikit_learn() -> None:
    examples = make_examples(3, 6)
    learner = make_perceptron(examples)
    learner.epoch(1)
    rows, targets = rows_of(examples, "test")
    outputs = learner.scores(Dense(rows))
    expected = mean_squared_error(np.eye(3)[targets], outputs)
    accuracy = accuracy_score(targets, outputs.argmax(axis=1))
    assert evaluate(learner, examples) == pytest.approx((expected, accuracy), rel=1e-5)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_perceptron_that_diverged_has_no_finite_loss() -> None:
    examples = make_examples(3, 6)
    learner = make_perceptron(examples, rate=1e6)
    learner.epoch(1)
    loss, accuracy = evaluate(learner, examples)
    assert not np.isfinite(loss)
    targets = rows_of(examples, "test")[1]
    assert accuracy == pytest.approx(
        (targets == learner.scores(examples.inputs["test"]).argmax(axis=1)).mean()
    )


def make_network(examples: Examples, **training: object) -> Learner:
    model = cnn.Settings(kind="cnn", channels=[3, 4], dropout=0.4)
    settings = Training(optimizer="adam", learning_rate=0.01, batch_size=8, **training)  # type: ignore[arg-type]
    return cnn.learner(model, settings, examples, 7, "cpu")


def test_networks_have_the_cross_entropy_of_scikit_learn() -> None:
    examples = make_examples(3, 9, 6)
    learner = make_network(examples)
    learner.epoch(1)
    rows, targets = rows_of(examples, "test")
    probabilities = learner.scores(Dense(rows)).astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    expected = log_loss(targets, probabilities, labels=[0, 1, 2])
    accuracy = accuracy_score(targets, probabilities.argmax(axis=1))
    assert evaluate(learner, examples) == pytest.approx((expected, accuracy), rel=1e-5)


def test_the_loss_of_networks_is_weighted_and_smoothed_as_in_training() -> None:
    """Batches do not matter: the weights of all items are summed, not those of each batch."""
    examples = make_examples(3, 9, 6)
    learner = make_network(examples, balance="weights", label_smoothing=0.1)
    rows, targets = rows_of(examples, "test")
    probabilities = learner.scores(Dense(rows)).astype(float)
    counts = np.bincount(rows_of(examples, "train")[1])
    weights = len(rows_of(examples, "train")[1]) / (3 * counts)
    smoothed = 0.9 * np.eye(3)[targets] + 0.1 / 3
    losses = -(weights * xlogy(smoothed, probabilities)).sum(axis=1)
    expected = losses.sum() / weights[targets].sum()
    assert evaluate(learner, examples)[0] == pytest.approx(expected, rel=1e-5)
    whole = torch.nn.CrossEntropyLoss(torch.tensor(weights), label_smoothing=0.1)
    logits = torch.tensor(np.log(probabilities))
    assert evaluate(learner, examples)[0] == pytest.approx(
        whole(logits, torch.tensor(targets)).item(), rel=1e-5
    )


def test_items_sorted_by_length_keep_their_classes() -> None:
    examples = make_examples(3, 9, 6)
    model = lstm.Settings(kind="lstm", layers=[4], bidirectional=False, head=[], dropout=0.0)
    learner = lstm.learner(model, Training(optimizer="adam"), examples, 7, "cpu")
    learner.epoch(1)
    rows, targets = rows_of(examples, "test")
    probabilities = learner.scores(Dense(rows)).astype(float)
    expected = -np.log(probabilities[np.arange(len(targets)), targets]).mean()
    assert evaluate(learner, examples)[0] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("kind", ["linear", "gaussian", "perceptron", "network"])
def test_items_of_no_class_have_no_loss_and_are_errors(kind: str) -> None:
    examples = make_examples(3, *((9, 6) if kind == "network" else (6,)))
    makers = {
        "linear": lambda: linear.learner(
            linear.Settings(kind="linear", solver="sag"), SOLVER, examples, 7, "cpu"
        ),
        "gaussian": lambda: gaussian.learner(
            gaussian.Settings(kind="gaussian"), SOLVER, examples, 7, "cpu"
        ),
        "perceptron": lambda: make_perceptron(examples),
        "network": lambda: make_network(examples),
    }
    learner: Learner = makers[kind]()
    learner.epoch(1)
    rows, targets = rows_of(examples, "test")
    known = learner.evaluate(Dense(rows[:20]), targets[:20])
    mixed = learner.evaluate(Dense(rows), np.concatenate([targets[:20], np.full(5, -1)]))
    assert mixed["loss"] == pytest.approx(known["loss"], rel=1e-5)
    assert mixed["accuracy"] == pytest.approx(known["accuracy"] * 20 / 25)
