"""Gradients of a residual network: the formulas are correct, and wrong ones are detected."""

from pathlib import Path

import numpy as np
import pytest
import torch

from resound.studies import gradients
from resound.studies.common.findings import Claim
from resound.studies.gradients import Settings, depth, networks, study
from resound.studies.gradients.networks import Network, Vector


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_formulas_match_automatic_differentiation(seed: int) -> None:
    network = Network.sample(17, np.random.default_rng(seed))
    derived = network.gradients_by_formula()
    expected = network.gradients_by_autograd()
    assert set(derived) == set(expected) == {"theta", "z2", "d", "x"}
    for name, gradient in derived.items():
        np.testing.assert_allclose(gradient, expected[name], rtol=0, atol=1e-12)


def verdict(seed: int = 1) -> bool | None:
    settings = gradients.Settings(kind="gradients", networks=5, max_units=9, seed=seed)
    return gradients.run(settings, [], Path(), print).claims[0].verdict


@pytest.mark.parametrize("wrong", ["skip connection", "kink", "transpose"])
def test_wrong_formula_is_false(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict() is True
    correct = Network.gradients_by_formula

    def by_wrong_formula(network: Network) -> dict[str, Vector]:
        gradients, (w1, w2) = correct(network), network.weights
        z1 = w1 @ network.x + network.biases[0]
        if wrong == "skip connection":
            gradients["d"] = w2.T @ gradients["z2"]
        elif wrong == "kink":
            gradients["x"] = w1.T @ gradients["d"] + gradients["d"]
        else:
            gradients["x"] = w1 @ (gradients["d"] * (z1 > 0)) + gradients["d"]
        return gradients

    monkeypatch.setattr(Network, "gradients_by_formula", by_wrong_formula)
    assert verdict() is False


@pytest.mark.parametrize("width", [2, 11])
def test_softmax_jacobian_matches_automatic_differentiation(width: int) -> None:
    theta = np.random.default_rng(0).normal(0, 3, width)
    jacobian = networks.softmax_jacobian(theta)
    np.testing.assert_allclose(jacobian, networks.softmax_jacobian_by_autograd(theta), atol=1e-15)
    steps = 1e-6 * np.eye(width)
    differences = [networks.softmax(theta + s) - networks.softmax(theta - s) for s in steps]
    np.testing.assert_allclose(jacobian, np.transpose(differences) / 2e-6, atol=1e-9)


def test_wrong_softmax_jacobian_is_false(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = [np.array([0.5, -1.0, 2.0]), np.array([0.0, 1.0])]
    assert study.softmax_claim(logits).verdict is True
    monkeypatch.setattr(study, "softmax_jacobian", lambda theta: np.diag(networks.softmax(theta)))
    assert study.softmax_claim(logits).verdict is False


@pytest.mark.parametrize("skip", [False, True])
def test_gradient_through_layers_matches_automatic_differentiation(skip: bool) -> None:
    random = np.random.default_rng(0)
    weights, x = random.normal(0, 0.5, (5, 6, 6)), random.normal(size=6)
    output = random.normal(size=6)
    start = torch.from_numpy(x).requires_grad_()
    h = start
    for matrix in torch.from_numpy(weights):
        h = torch.relu(matrix @ h) + (h if skip else 0)
    h.backward(torch.from_numpy(output))
    assert start.grad is not None
    np.testing.assert_allclose(depth.input_gradient(weights, x, output, skip), start.grad)


def test_norms_grow_by_the_factor_of_each_layer() -> None:
    """On average a layer multiplies the squared norm by v / 2, one more with a skip connection."""
    settings = Settings(kind="gradients", max_layers=4, max_units=200)
    measured = depth.measure_depths(settings)
    assert [d.factor for d in measured] == [0.5, 1.5, 1.0, 2.0]
    for of_kind in measured:
        assert list(of_kind.layers) == [1, 2, 4]
        squares = (of_kind.ratios**2).mean(axis=1)
        expected = [of_kind.factor**layers for layers in of_kind.layers]
        np.testing.assert_allclose(squares, expected, rtol=0.2)


def norms(*at_the_end: float) -> list[depth.Depths]:
    """Return norms without and with a skip connection, for both kinds of weights."""
    kinds = [(weights, skip) for weights in depth.WEIGHTS for skip in (False, True)]
    return [
        depth.Depths(*kind, [1, 8], np.array([[1.0] * 3, [norm] * 3]))
        for kind, norm in zip(kinds, at_the_end)
    ]


@pytest.mark.parametrize(
    ("at_the_end", "verdicts"),
    [
        ((1e-6, 5.0, 1e-5, 9.0), [True, True]),
        ((1e-6, 5.0, 1.0, 9.0), [None, True]),
        ((0.5, 1e-6, 1.0, 1e-7), [False, False]),
        ((0.5, 1e-6, 1.0, 1.0), [False, None]),
    ],
)
def test_verdicts_on_depth_follow_from_norms(
    at_the_end: tuple[float, ...], verdicts: list[bool | None]
) -> None:
    claims: list[Claim] = depth.depth_claims(norms(*at_the_end))
    assert [claim.verdict for claim in claims] == verdicts


def test_skip_connections_keep_the_gradient() -> None:
    """Without them it vanishes with weights that keep the scale of inputs, not with He's."""
    settings = Settings(kind="gradients", networks=3, max_units=32, max_layers=32)
    claims = gradients.run(settings, [], Path(), print).claims
    assert [claim.verdict for claim in claims] == [True, True, None, True]
