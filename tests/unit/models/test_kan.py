"""Kolmogorov-Arnold networks: their splines are scipy's, their size is the perceptron's."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from scipy.interpolate import BSpline

from resound.models import kan, mlp
from resound.models.common.splines import SplineLayer, basis
from resound.models.common.torch_learner import TorchLearner
from resound.training.loop import Checkpoint, Examples, Training, train

GRIDS = [(1, 1), (3, 3), (5, 2), (7, 3)]


def inside(span: float, places: int = 201) -> np.ndarray:
    """Places within the grid, its end left out, where scipy's last spline is cut off."""
    return np.linspace(-span, span, places)[:-1]


@pytest.mark.parametrize(("grid", "order"), GRIDS)
@pytest.mark.parametrize("span", [1.0, 3.0])
def test_splines_are_those_of_scipy(grid: int, order: int, span: float) -> None:
    x = inside(span)
    knots = span * (2 * np.arange(-order, grid + order + 1) / grid - 1)
    ours = basis(torch.from_numpy(x), grid, order, span).numpy()
    theirs = BSpline.design_matrix(x, knots, order, extrapolate=True).toarray()
    np.testing.assert_allclose(ours, theirs, atol=1e-12)


@pytest.mark.parametrize(("grid", "order"), GRIDS)
def test_splines_sum_to_one_within_the_grid_and_vanish_far_from_it(grid: int, order: int) -> None:
    within = basis(torch.from_numpy(np.linspace(-3, 3, 100)), grid, order, 3.0)
    np.testing.assert_allclose(within.sum(-1).numpy(), 1, atol=1e-12)
    far = 3 + order * 6 / grid + 0.1
    assert not basis(torch.tensor([-far, far, 1e6]), grid, order, 3.0).any()


def test_beyond_the_grid_the_base_carries_on() -> None:
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


def test_gradients_are_those_of_differences() -> None:
    torch.manual_seed(0)
    layer = SplineLayer(2, 3, 4, 3, 2.0).double()
    x = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    inputs = (x, layer.base, layer.spline)

    def value(x: torch.Tensor, base: torch.Tensor, spline: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(layer, {"base": base, "spline": spline}, (x,))

    assert torch.autograd.gradcheck(value, inputs)


def size(network: torch.nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(("sizes", "grid"), [([2, 5, 1], 3), ([12, 16, 10], 3), ([4, 3, 2, 5], 7)])
def test_each_connection_has_its_parameters(sizes: list[int], grid: int) -> None:
    edges = sum(below * above for below, above in pairwise(sizes))
    assert size(kan.build(sizes, grid, 3)) == edges * (1 + grid + 3)


def test_digits_perceptron_is_as_large() -> None:
    told = yaml.safe_load((Path(__file__).parents[3] / "config.yaml").read_text())
    ours, theirs = (told["experiments"][name] for name in ("digits_kan", "digits_mlp_as_large"))
    inputs, classes = told["features"][ours["features"]]["coefficients"], 10
    model = ours["model"]
    network = kan.build([inputs, *model["hidden"], classes], model["grid"], model["order"])
    rival = mlp.build([inputs, *theirs["model"]["hidden"], classes], "relu")
    assert abs(size(rival) / size(network) - 1) < 0.02
    alike = ("corpus", "features", "split", "input", "train")
    assert [ours[key] for key in alike] == [theirs[key] for key in alike]


def test_a_parabola_is_learned_better_than_by_a_line() -> None:
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
    """Points near zero, and points around them: no line divides them."""
    random = np.random.default_rng(0)
    inputs, targets = {}, {}
    for part in ("train", "validation"):
        classes = random.integers(0, 2, items)
        angle, radius = random.uniform(0, 2 * np.pi, items), 0.4 + 1.4 * classes
        points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
        inputs[part] = (points + random.normal(0, 0.1, points.shape)).astype(np.float32)
        targets[part] = classes
    return Examples(inputs, targets, 2)


def learner_of(kind: str, training: Training, examples: Examples) -> TorchLearner:
    if kind == "kan":
        model = kan.Settings(kind="kan", hidden=[3], grid=4)
        return kan.learner(model, training, examples, 7, "cpu")
    dense = mlp.Settings(kind="mlp", hidden=[20], dropout=0.1)
    return mlp.learner(dense, training, examples, 7, "cpu")


@pytest.mark.parametrize("kind", ["kan", "mlp"])
def test_a_ring_is_told_from_its_middle(kind: str) -> None:
    training = Training(optimizer="adam", learning_rate=0.02, epochs=20, batch_size=16)
    examples = ring()
    learner = learner_of(kind, training, examples)
    for number in range(1, training.epochs + 1):
        learner.epoch(number)
    right = learner.scores(examples.inputs["validation"]).argmax(1)
    assert (right == examples.targets["validation"]).mean() > 0.95


@pytest.mark.parametrize("kind", ["kan", "mlp"])
def test_a_killed_run_ends_like_an_unbroken_one(kind: str, tmp_path: Path) -> None:
    training = Training(
        optimizer="adam", learning_rate=0.02, epochs=4, batch_size=16, checkpoint="best_validation"
    )
    examples = ring()

    class Killed(Exception):
        pass

    def kill(line: str) -> None:
        if line.startswith("epoch 2/"):
            raise Killed

    whole, broken, again = (learner_of(kind, training, examples) for _ in range(3))
    history = train(whole, training, examples, Checkpoint(tmp_path / "whole", "a run"))
    with pytest.raises(Killed):
        train(broken, training, examples, Checkpoint(tmp_path / "broken", "a run"), kill)
    resumed = train(again, training, examples, Checkpoint(tmp_path / "broken", "a run"))
    assert resumed == history
    for name, tensor in whole.weights().items():
        np.testing.assert_array_equal(again.weights()[name], tensor)
