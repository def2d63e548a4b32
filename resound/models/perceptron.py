"""The multilayer perceptron of the digits report, with a hand-written forward and backward pass.

Squared error on one-hot targets, the same activation in every layer, plain gradient descent, one
sample per step. The error signal of the output layer is output - target, without the activation's
derivative, as in the report, so a step follows the gradient of
sum(stop_gradient(output - target) * z) over the outputs' pre-activations z.
"""

from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

import numpy as np
from annotated_types import MinLen
from numpy.typing import NDArray

from resound.arrays import Array
from resound.models.common.base import VECTORS, ModelSettings
from resound.settings import settings
from resound.training.inputs.dense import Dense, dense_array
from resound.training.inputs.settings import Arrange
from resound.training.learner import Examples, Metrics, SavedWeights, Tensors
from resound.training.settings import Training


@settings
class Settings(ModelSettings):
    """A perceptron: its hidden layers, activation and initial weights."""

    kind: Literal["perceptron"]
    hidden: Annotated[list[int | str], MinLen(1)]
    """Units of each hidden layer: a number, a fraction of the inputs such as `2/3`, or `mean`,
    the mean of inputs and outputs."""
    activation: Literal["bipolar", "relu"]
    """`bipolar` is 2 / (1 + exp(-z)) - 1."""
    weights: Literal["normal", "lecun", "xavier"]
    """Initial weights of a layer: `normal` draws from N(0, 1); `lecun` from N(0, 1 / inputs)
    (LeCun et al. 1998), which the report calls Xavier; `xavier` uniformly within the bound of
    Glorot and Bengio (2010)."""
    derivative: Literal["activation", "pre_activation"]
    """Where the activation's derivative is evaluated: at the `pre_activation`, which is correct,
    or at the `activation`, as the report did."""
    biases: Literal["zero", "normal"] = "zero"
    """Initial biases: zero, or drawn from N(0, 1)."""
    order: Literal["shuffled", "fixed"] = "shuffled"
    """Order of the training items: another one in each epoch, or the same one in every epoch,
    drawn once, as a random split leaves the items (and as the report trained)."""

    inputs: ClassVar[tuple[Arrange, ...]] = VECTORS
    optimizers: ClassVar[tuple[str, ...]] = ("sgd",)
    batch_sizes: ClassVar[range] = range(1, 2)
    balances: ClassVar[tuple[str, ...]] = ("none",)
    gpu: ClassVar[bool] = False

    def problem(self) -> str | None:
        """Return what is wrong with these settings together, if anything."""
        try:
            layer_sizes(self.hidden, 100, 10)
        except (ValueError, ZeroDivisionError):
            return f"hidden {self.hidden}: use numbers, fractions such as 2/3, or mean"
        return None


def learner(
    model: Settings, training: Training, examples: Examples, seed: int, device: str
) -> "Perceptron":
    """Return a perceptron for `examples`, its initial weights drawn from `seed`."""
    return Perceptron(model, training, examples, seed)


def layer_sizes(hidden: list[int | str], inputs: int, outputs: int) -> list[int]:
    """Return the units of every layer, inputs and outputs included; fractions round down.

    Raises ValueError for an entry that is not a positive number, a positive fraction or `mean`.
    """

    def units(entry: int | str) -> int:
        if entry == "mean":
            return (inputs + outputs) // 2
        if Fraction(entry) <= 0:
            raise ValueError(f"{entry} is not a number of units")
        return max(1, int(Fraction(entry) * inputs)) if isinstance(entry, str) else entry

    return [inputs, *(units(entry) for entry in hidden), outputs]


class Perceptron(SavedWeights):
    """A perceptron in training; see `resound.training.learner.Learner`."""

    def __init__(self, model: Settings, training: Training, examples: Examples, seed: int) -> None:
        self._model, self._examples, self._seed = model, examples, seed
        self._learning_rate = training.learning_rate
        inputs = dense_array(examples.inputs["train"]).shape[1]
        sizes = layer_sizes(model.hidden, inputs, examples.classes)
        random = np.random.default_rng(seed)
        initial = [_initial_weights(model, random, *pair) for pair in pairwise(sizes)]
        self.layers: list[Array] = [weights for weights, _ in initial]
        """Weights of each layer, shape (units, inputs)."""
        self.biases: list[Array] = [bias for _, bias in initial]
        self.parameters = sum(array.size for array in (*self.layers, *self.biases))

    def epoch(self, number: int) -> Metrics:
        """Make one step per training item; return mean squared error and accuracy before them.

        The order is drawn from the seed and, unless it is fixed, from `number`.
        """
        inputs = dense_array(self._examples.inputs["train"])
        targets = self._examples.targets["train"]
        one_hot = np.eye(self._examples.classes, dtype=np.float32)
        drawn = 0 if self._model.order == "fixed" else number  # epochs count from 1
        error_sum, correct = 0.0, 0
        for item in np.random.default_rng([self._seed, drawn]).permutation(len(inputs)):
            output = self.step(inputs[item], one_hot[targets[item]])
            error = output - one_hot[targets[item]]
            error_sum += float(error @ error)
            correct += int(output.argmax() == targets[item])
        scale = len(inputs) * self._examples.classes
        return {"loss": error_sum / scale, "accuracy": correct / len(inputs)}

    def step(self, sample: Array, target: Array) -> Array:
        """Make one step on one sample; return the outputs before the step."""
        from scipy.linalg.blas import sger

        activations = self._forward(sample)
        signal = activations[-1] - target
        for n in reversed(range(len(self.layers))):
            weights, below = self.layers[n], activations[n]
            below_signal = (signal @ weights) * self._slope(below) if n else signal
            # weights -= rate * outer(signal, below), in place: one pass over the matrix.
            sger(-self._learning_rate, below, signal, a=weights.T, overwrite_a=1)
            self.biases[n] -= self._learning_rate * signal
            signal = below_signal
        return activations[-1]

    def evaluate(self, inputs: Dense, targets: NDArray[np.integer]) -> Metrics:
        """Return mean squared error and accuracy."""
        outputs, known = self._outputs(inputs), targets >= 0
        one_hot = np.eye(self._examples.classes)[targets[known]]
        accuracy = np.mean(np.nan_to_num(outputs).argmax(axis=1) == targets)
        return {
            "loss": float(np.square(outputs[known] - one_hot).mean()),
            "accuracy": float(accuracy),
        }

    def scores(self, inputs: Dense) -> Array:
        """Return the outputs for each item, shape (items, classes)."""
        return np.nan_to_num(self._outputs(inputs))

    def _outputs(self, inputs: Dense) -> Array:
        """Return the outputs for each item, which are not finite once training has diverged."""
        values = inputs.array
        for weights, bias in zip(self.layers, self.biases):
            values = _activate(self._model.activation, values @ weights.T + bias)
        return values

    def weights(self) -> Tensors:
        """Return `layers.n.weight` (units, inputs) and `layers.n.bias` (units,) of each layer n."""
        pairs = enumerate(zip(self.layers, self.biases))
        return {
            f"layers.{n}.{name}": array
            for n, pair in pairs
            for name, array in zip(("weight", "bias"), pair)
        }

    def load_weights(self, tensors: Tensors) -> None:
        """Restore the model from `weights()`."""
        for n in range(len(self.layers)):
            self.layers[n] = np.array(tensors[f"layers.{n}.weight"], np.float32)
            self.biases[n] = np.array(tensors[f"layers.{n}.bias"], np.float32)

    def state(self) -> Tensors:
        """Return nothing: plain gradient descent has no state."""
        return {}

    def load_state(self, tensors: Tensors) -> None:
        """Do nothing: there is no state."""

    def _forward(self, sample: Array) -> list[Array]:
        activations = [sample]
        for weights, bias in zip(self.layers, self.biases):
            activations.append(_activate(self._model.activation, weights @ activations[-1] + bias))
        return activations

    def _slope(self, activation: Array) -> Array:
        """Return the activation's derivative, computed from the activation."""
        if self._model.activation == "relu":
            return (activation > 0).astype(np.float32)  # the same at either point
        if self._model.derivative == "activation":
            activation = np.tanh(activation / 2)
        return np.float32(0.5) * (1 - activation * activation)


def _activate(kind: str, values: Array) -> Array:
    if kind == "relu":
        return np.maximum(values, 0)
    return np.tanh(values / 2)  # 2 / (1 + exp(-z)) - 1, without overflow


def _initial_weights(
    model: Settings, random: np.random.Generator, inputs: int, units: int
) -> tuple[Array, Array]:
    """Return weights (units, inputs) and biases (units,)."""
    weights: NDArray[np.float64]
    if model.weights == "xavier":
        bound = np.sqrt(6 / (inputs + units))
        weights = random.uniform(-bound, bound, (units, inputs))
    else:
        scale = np.sqrt(1 / inputs) if model.weights == "lecun" else 1.0
        weights = scale * random.standard_normal((units, inputs))
    bias = random.standard_normal(units) if model.biases == "normal" else np.zeros(units)
    return weights.astype(np.float32), bias.astype(np.float32)
