"""The handwritten perceptron: steps against autograd, initial weights, convergence."""

from typing import Literal

import numpy as np
import pytest
import scipy.stats
import torch

from resound.models import perceptron
from resound.models.perceptron import Perceptron, Settings, layer_sizes
from resound.training.inputs.dense import Dense, dense_array
from resound.training.learner import Examples
from resound.training.settings import Training
from tests.helpers.examples import examples_of

Activation = Literal["relu", "bipolar"]

INPUTS, CLASSES, RATE = 6, 3, 0.05


def make_examples(items: int = 40) -> Examples:
    """Return Gaussian clouds, one per class, that planes can separate."""
    rng = np.random.default_rng(0)
    targets = np.arange(items) % CLASSES
    centres = 3 * np.eye(CLASSES, INPUTS)
    inputs = (centres[targets] + 0.5 * rng.standard_normal((items, INPUTS))).astype(np.float32)
    return examples_of({"train": inputs}, {"train": targets}, CLASSES)


def make_perceptron(
    activation: Activation = "relu",
    hidden: tuple[int | str, ...] = (5,),
    weights: str = "xavier",
    derivative: str = "pre_activation",
    seed: int = 0,
    rate: float = RATE,
    biases: str = "zero",
    order: str = "shuffled",
) -> Perceptron:
    model = Settings(
        kind="perceptron",
        hidden=list(hidden),
        activation=activation,
        weights=weights,
        derivative=derivative,
        biases=biases,
        order=order,
    )
    training = Training(optimizer="sgd", learning_rate=rate, epochs=1, batch_size=1)
    return perceptron.learner(model, training, make_examples(), seed, "cpu")


def by_autograd(
    activation: Activation, weights: dict[str, np.ndarray], steps: list[tuple[np.ndarray, ...]]
) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Return the weights after gradient steps, and the outputs before each.

    The gradient is that of sum(stop_gradient(output - target) * z) over the last layer's z.
    """
    functions = {"relu": torch.relu, "bipolar": lambda z: 2 / (1 + torch.exp(-z)) - 1}
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in weights.items()}
    outputs = []
    for sample, target in steps:
        below = torch.tensor(sample)
        for n in range(len(tensors) // 2):
            z = tensors[f"layers.{n}.weight"] @ below + tensors[f"layers.{n}.bias"]
            below = functions[activation](z)
        error = (below - torch.tensor(target)).detach()
        gradients = torch.autograd.grad(z, list(tensors.values()), grad_outputs=error)
        with torch.no_grad():
            for tensor, gradient in zip(tensors.values(), gradients, strict=True):
                tensor -= RATE * gradient
        outputs.append(below.detach().numpy())
    return {name: tensor.detach().numpy() for name, tensor in tensors.items()}, outputs


def make_steps(count: int = 5) -> list[tuple[np.ndarray, np.ndarray]]:
    examples = make_examples(count)
    one_hot = np.eye(CLASSES, dtype=np.float32)[examples.targets["train"]]
    return list(zip(dense_array(examples.inputs["train"]), one_hot, strict=True))


@pytest.mark.parametrize(("initial", "biases"), [("xavier", "zero"), ("normal", "normal")])
@pytest.mark.parametrize("hidden", [(5,), (5, 4)])
@pytest.mark.parametrize("activation", ["relu", "bipolar"])
def test_steps_follow_autograd(
    activation: Activation, hidden: tuple[int, ...], initial: str, biases: str
) -> None:
    model = make_perceptron(activation, hidden, initial, biases=biases)
    before = {name: tensor.copy() for name, tensor in model.weights().items()}
    expected, outputs = by_autograd(activation, before, make_steps())
    for (sample, target), output in zip(make_steps(), outputs, strict=True):
        np.testing.assert_allclose(model.step(sample, target), output, rtol=1e-4, atol=1e-5)
    for name, tensor in model.weights().items():
        assert tensor.dtype == np.float32
        assert not np.array_equal(tensor, before[name])
        np.testing.assert_allclose(tensor, expected[name], rtol=1e-4, atol=1e-5, err_msg=name)


def test_derivative_at_the_activation_is_that_of_the_report() -> None:
    """The hidden error signal has f'(f(z)) instead of f'(z), in a step computed here."""
    model = make_perceptron("bipolar", derivative="activation")
    weights = {name: tensor.astype(float) for name, tensor in model.weights().items()}
    (sample, target), *_ = make_steps()
    model.step(sample, target)

    def bipolar(z: np.ndarray) -> np.ndarray:
        return 2 / (1 + np.exp(-z)) - 1

    def slope(z: np.ndarray) -> np.ndarray:
        return 2 * np.exp(-z) / (1 + np.exp(-z)) ** 2

    hidden = bipolar(weights["layers.0.weight"] @ sample + weights["layers.0.bias"])
    output = bipolar(weights["layers.1.weight"] @ hidden + weights["layers.1.bias"])
    error = output - target
    hidden_error = (weights["layers.1.weight"].T @ error) * slope(hidden)
    expected = {
        "layers.0.weight": weights["layers.0.weight"] - RATE * np.outer(hidden_error, sample),
        "layers.0.bias": weights["layers.0.bias"] - RATE * hidden_error,
        "layers.1.weight": weights["layers.1.weight"] - RATE * np.outer(error, hidden),
        "layers.1.bias": weights["layers.1.bias"] - RATE * error,
    }
    for name, tensor in model.weights().items():
        np.testing.assert_allclose(tensor, expected[name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(("activation", "differ"), [("relu", False), ("bipolar", True)])
def test_derivatives_differ_only_for_bipolar(activation: Activation, differ: bool) -> None:
    first, second = (
        make_perceptron(activation, derivative=point) for point in ("activation", "pre_activation")
    )
    for model in (first, second):
        model.step(*make_steps(1)[0])
    same = [np.array_equal(a, b) for a, b in zip(first.layers, second.layers, strict=True)]
    assert same == [not differ, True]


def test_bipolar_is_the_scaled_logistic() -> None:
    model = make_perceptron("bipolar", hidden=(1,))
    z = np.linspace(-30, 30, 61, dtype=np.float32)
    selection = np.zeros((1, INPUTS), np.float32)
    selection[0, 0] = 1
    model.load_weights(
        {
            "layers.0.weight": selection,
            "layers.0.bias": np.zeros(1),
            "layers.1.weight": np.ones((CLASSES, 1)),
            "layers.1.bias": np.zeros(CLASSES),
        }
    )
    inputs = np.zeros((len(z), INPUTS), np.float32)
    inputs[:, 0] = z
    once = 2 / (1 + np.exp(-z.astype(float))) - 1
    twice = 2 / (1 + np.exp(-once)) - 1
    np.testing.assert_allclose(model.scores(Dense(inputs))[:, 0], twice, atol=1e-6)


@pytest.mark.parametrize("activation", ["relu", "bipolar"])
def test_scores_are_the_outputs_of_the_last_layer(activation: Activation) -> None:
    model = make_perceptron(activation, (5, 4))
    inputs = Dense(dense_array(make_examples().inputs["train"]))
    _, outputs = by_autograd(
        activation, model.weights(), [(x, np.zeros(CLASSES)) for x in inputs.array[:1]]
    )
    np.testing.assert_allclose(model.scores(inputs)[0], outputs[0], rtol=1e-5, atol=1e-6)
    assert model.scores(inputs).shape == (len(inputs), CLASSES)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_scores_of_a_diverged_model_are_finite() -> None:
    model = make_perceptron("relu", rate=1e6)
    for number in range(1, 4):
        model.epoch(number)
    assert not np.isfinite(model.layers[0]).all()
    assert np.isfinite(model.scores(make_examples().inputs["train"])).all()


@pytest.mark.parametrize(
    ("hidden", "inputs", "sizes"),
    [
        (["mean"], 3636, [3636, 1823, 10]),
        (["mean"], 12, [12, 11, 10]),
        (["mean", "mean"], 12, [12, 11, 11, 10]),
        (["2/3", "1/2"], 12, [12, 8, 6, 10]),
        (["1/2", "1/3"], 12, [12, 6, 4, 10]),
        (["1/2", "1/3"], 13, [13, 6, 4, 10]),
        ([7, "0.25"], 12, [12, 7, 3, 10]),
        (["1/100"], 12, [12, 1, 10]),
    ],
)
def test_layer_sizes(hidden: list[int | str], inputs: int, sizes: list[int]) -> None:
    assert layer_sizes(hidden, inputs, 10) == sizes


def settings_with(hidden: list[int | str]) -> Settings:
    return Settings(
        kind="perceptron",
        hidden=hidden,
        activation="relu",
        weights="xavier",
        derivative="activation",
    )


def test_invalid_layer_sizes_are_a_problem() -> None:
    assert settings_with([3, "1/2", "mean"]).problem() is None
    assert "half" in str(settings_with(["half"]).problem())


@pytest.mark.parametrize("hidden", ["1/0", "-1/2", -3, 0])
def test_layers_without_units_are_a_problem(hidden: int | str) -> None:
    assert settings_with([hidden]).problem()


def test_xavier_draws_uniformly_within_the_bound_of_glorot() -> None:
    model = make_perceptron(hidden=(300, 200), weights="xavier")
    for weights, bias in zip(model.layers, model.biases, strict=True):
        bound = np.sqrt(6 / sum(weights.shape))
        assert np.abs(weights).max() <= bound
        uniform = scipy.stats.uniform(-bound, 2 * bound)
        assert scipy.stats.kstest(weights.ravel(), uniform.cdf).pvalue > 0.01
        assert not bias.any()


def test_normal_draws_weights_and_biases_from_the_standard_normal() -> None:
    model = make_perceptron(hidden=(300, 200), weights="normal", biases="normal")
    for values in (*model.layers[:2], *model.biases[:2]):
        assert scipy.stats.kstest(values.ravel(), "norm").pvalue > 0.01


def test_lecun_draws_from_a_normal_of_variance_one_over_inputs() -> None:
    model = make_perceptron(hidden=(300, 200), weights="lecun")
    assert [weights.shape[1] for weights in model.layers] == [INPUTS, 300, 200]
    for weights in model.layers:
        units, inputs = weights.shape
        normal = scipy.stats.norm(scale=np.sqrt(1 / inputs))
        assert scipy.stats.kstest(weights.ravel(), normal.cdf).pvalue > 0.01
        assert weights.std() == pytest.approx(inputs**-0.5, rel=3 / np.sqrt(2 * units * inputs))


@pytest.mark.parametrize("weights", ["normal", "lecun", "xavier"])
def test_biases_are_zero_unless_drawn(weights: str) -> None:
    zero, drawn = (make_perceptron(weights=weights, biases=how) for how in ("zero", "normal"))
    assert not any(bias.any() for bias in zero.biases)
    assert all(bias.all() for bias in drawn.biases)


@pytest.mark.parametrize("weights", ["xavier", "normal", "lecun"])
def test_seed_determines_the_initial_weights(weights: str) -> None:
    first, same, other = (
        make_perceptron(weights=weights, seed=seed).layers[0] for seed in (1, 1, 2)
    )
    assert first.tobytes() == same.tobytes()
    assert first.tobytes() != other.tobytes()


def test_parameters_count_weights_and_biases() -> None:
    assert make_perceptron(hidden=(5, 4)).parameters == (6 + 1) * 5 + (5 + 1) * 4 + (4 + 1) * 3


def test_epoch_returns_mean_squared_error_and_accuracy() -> None:
    model, examples = make_perceptron(rate=1e-30), make_examples()
    scores = model.scores(examples.inputs["train"])
    error = scores - np.eye(CLASSES)[examples.targets["train"]]
    metrics = model.epoch(1)
    assert metrics["loss"] == pytest.approx((error**2).mean(), rel=1e-5)
    assert metrics["accuracy"] == (scores.argmax(axis=1) == examples.targets["train"]).mean()


def order_of(seed: int, number: int, order: str = "shuffled") -> list[bytes]:
    """Return the items of an epoch in the order of their steps."""
    items: list[bytes] = []

    def step(sample: np.ndarray, target: np.ndarray) -> np.ndarray:
        items.append(sample.tobytes())
        return target

    model = make_perceptron(seed=seed, order=order)
    model.step = step
    model.epoch(number)
    return items


def test_each_epoch_takes_every_item_once_in_another_order() -> None:
    orders = [order_of(0, 1), order_of(0, 2), order_of(1, 1)]
    items = sorted(row.tobytes() for row in dense_array(make_examples().inputs["train"]))
    assert [sorted(order) for order in orders] == [items] * 3
    assert len(set(map(tuple, orders))) == 3
    assert order_of(0, 1) == orders[0]


def test_a_fixed_order_is_that_of_a_random_split_in_every_epoch() -> None:
    first, second, other = (order_of(seed, n, "fixed") for seed, n in ((0, 1), (0, 2), (1, 1)))
    items = [row.tobytes() for row in dense_array(make_examples().inputs["train"])]
    assert first == second
    assert sorted(first) == sorted(items)
    assert first not in (items, other)


@pytest.mark.parametrize("hidden", [(8,), (8, 8)])
@pytest.mark.parametrize("activation", ["relu", "bipolar"])
def test_clouds_are_learned(activation: Activation, hidden: tuple[int, ...]) -> None:
    model, examples = make_perceptron(activation, hidden, rate=0.02), make_examples()
    for number in range(1, 31):
        metrics = model.epoch(number)
    predicted = model.scores(examples.inputs["train"]).argmax(axis=1)
    assert (predicted == examples.targets["train"]).all()
    assert metrics["loss"] < 0.05


def test_training_continues_from_loaded_weights() -> None:
    first, second = make_perceptron(seed=1), make_perceptron(seed=2)
    first.epoch(1)
    second.load_weights(first.weights())
    step = make_steps(1)[0]
    first.step(*step), second.step(*step)
    for a, b in zip(first.weights().values(), second.weights().values(), strict=True):
        assert a.tobytes() == b.tobytes()
