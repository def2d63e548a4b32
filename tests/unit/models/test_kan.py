"""Kolmogorov-Arnold networks: splines equal to SciPy's, and the size of their perceptron."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.interpolate import BSpline

from resound.config.load import load, read, shipped_files
from resound.config.schema import Classification
from resound.models import kan, mlp
from resound.models.common.splines import SplineLayer, basis
from resound.models.common.torch_learner import TorchLearner
from resound.training.checkpoint import Checkpoint
from resound.training.learner import Examples
from resound.training.loop import train
from resound.training.settings import Training
from tests.helpers.examples import examples_of

GRIDS = [(1, 1), (3, 3), (5, 2), (7, 3)]


def points_within(span: float, points: int = 201) -> np.ndarray:
    """Return points within the grid, except its end, which SciPy's last spline excludes."""
    return np.linspace(-span, span, points)[:-1]


@pytest.mark.parametrize(("grid", "order"), GRIDS)
@pytest.mark.parametrize("span", [1.0, 3.0])
def test_splines_equal_those_of_scipy(grid: int, order: int, span: float) -> None:
    x = points_within(span)
    knots = span * (2 * np.arange(-order, grid + order + 1) / grid - 1)
    ours = basis(torch.from_numpy(x), grid, order, span).numpy()
    expected = BSpline.design_matrix(x, knots, order, extrapolate=True).toarray()
    np.testing.assert_allclose(ours, expected, atol=1e-12)


@pytest.mark.parametrize(("grid", "order"), GRIDS)
def test_splines_sum_to_one_within_the_grid_and_vanish_far_from_it(grid: int, order: int) -> None:
    within = basis(torch.from_numpy(np.linspace(-3, 3, 100)), grid, order, 3.0)
    np.testing.assert_allclose(within.sum(-1).numpy(), 1, atol=1e-12)
    beyond = 3 + order * 6 / grid + 0.1
    assert not basis(torch.tensor([-beyond, beyond, 1e6]), grid, order, 3.0).any()


def test_beyond_the_grid_only_the_base_function_remains() -> None:
    torch.manual_seed(0)
    layer = SplineLayer(2, 3, 5, 3, 1.0)
    x = torch.tensor([[50.0, -70.0], [9.0, 10.0]])
    expected = torch.nn.functional.silu(x) @ layer.base.T
    torch.testing.assert_close(layer(x), expected)


def test_units_sum_the_functions_of_their_connections() -> None:
    torch.manual_seed(0)
    layer = SplineLayer(3, 4, 5, 3, 2.0).double()
    x = torch.randn(7, 3, dtype=torch.float64)
    edges = torch.stack([layer.edges(x[:, n])[:, n] for n in range(3)]).sum(0)
    torch.testing.assert_close(layer(x), edges.T)


def test_gradients_equal_finite_differences() -> None:
    torch.manual_seed(0)
    layer = SplineLayer(2, 3, 4, 3, 2.0).double()
    x = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    inputs = (x, layer.base, layer.spline)

    def value(x: torch.Tensor, base: torch.Tensor, spline: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(layer, {"base": base, "spline": spline}, (x,))

    assert torch.autograd.gradcheck(value, inputs)


def parameters(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(("sizes", "grid"), [([2, 5, 1], 3), ([12, 16, 10], 3), ([4, 3, 2, 5], 7)])
def test_parameters_are_those_of_the_connections(sizes: list[int], grid: int) -> None:
    connections = sum(below * above for below, above in pairwise(sizes))
    assert parameters(kan.build(sizes, grid, 3)) == connections * (1 + grid + 3)


def test_the_perceptron_of_the_digits_has_as_many_parameters() -> None:
    files = shipped_files()
    config = load(read(files), files)
    names = ("digits_kan", "digits_mlp_as_large")
    first, second = (config.experiments[name] for name in names)
    assert isinstance(first, Classification) and isinstance(second, Classification)
    assert isinstance(first.model, kan.Settings) and isinstance(second.model, mlp.Settings)
    inputs, classes = config.features[first.features].coefficients, 10
    network = kan.build([inputs, *first.model.hidden, classes], first.model.grid, first.model.order)
    perceptron = mlp.build([inputs, *second.model.hidden, classes], "relu")
    assert abs(parameters(perceptron) / parameters(network) - 1) < 0.02
    shared = ("corpus", "features", "split", "input", "train")
    assert [getattr(first, key) for key in shared] == [getattr(second, key) for key in shared]


def test_a_parabola_is_fitted_better_than_by_a_line() -> None:
    torch.manual_seed(0)
    network = kan.build([1, 1], 5, 3)
    x = torch.linspace(-2, 2, 200)[:, None]
    y = x[:, 0] ** 2
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        loss = (network(x)[:, 0] - y).square().mean()
        loss.backward()
        optimizer.step()
    line = np.polyval(np.polyfit(x[:, 0].numpy(), y.numpy(), 1), x[:, 0].numpy())
    assert loss.item() < 0.01 * ((line - y.numpy()) ** 2).mean()


def ring(items: int = 120) -> Examples:
    """Return points near zero and points around them, which no line separates."""
    random = np.random.default_rng(0)
    inputs, targets = {}, {}
    for part in ("train", "validation"):
        classes = random.integers(0, 2, items)
        angle, radius = random.uniform(0, 2 * np.pi, items), 0.4 + 1.4 * classes
        points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        inputs[part] = (points + random.normal(0, 0.1, points.shape)).astype(np.float32)
        targets[part] = classes
    return examples_of(inputs, targets, 2)


def learner_of(kind: str, training: Training, examples: Examples) -> TorchLearner:
    if kind == "kan":
        model = kan.Settings(kind="kan", hidden=[3], grid=4)
        return kan.learner(model, training, examples, 7, "cpu")
    dense = mlp.Settings(kind="mlp", hidden=[20], dropout=0.1)
    return mlp.learner(dense, training, examples, 7, "cpu")


@pytest.mark.parametrize("kind", ["kan", "mlp"])
def test_a_ring_is_separated_from_its_centre(kind: str) -> None:
    training = Training(optimizer="adam", learning_rate=0.02, epochs=20, batch_size=16)
    examples = ring()
    learner = learner_of(kind, training, examples)
    for number in range(1, training.epochs + 1):
        learner.epoch(number)
    predicted = learner.scores(examples.inputs["validation"]).argmax(1)
    assert (predicted == examples.targets["validation"]).mean() > 0.95


@pytest.mark.parametrize("kind", ["kan", "mlp"])
def test_a_killed_run_ends_like_an_uninterrupted_one(kind: str, tmp_path: Path) -> None:
    training = Training(
        optimizer="adam", learning_rate=0.02, epochs=4, batch_size=16, checkpoint="best_validation"
    )
    examples = ring()

    class Killed(Exception):
        pass

    def kill(line: str) -> None:
        if line.startswith("epoch 2/"):
            raise Killed

    uninterrupted, killed, resumed = (learner_of(kind, training, examples) for _ in range(3))
    history = train(
        uninterrupted, training, examples, Checkpoint(tmp_path / "uninterrupted", "a run")
    )
    with pytest.raises(Killed):
        train(killed, training, examples, Checkpoint(tmp_path / "killed", "a run"), kill)
    checkpoint = Checkpoint(tmp_path / "killed", "a run")
    assert train(resumed, training, examples, checkpoint) == history
    for name, tensor in uninterrupted.weights().items():
        np.testing.assert_array_equal(resumed.weights()[name], tensor)
