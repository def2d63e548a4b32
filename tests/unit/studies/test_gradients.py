"""Gradients of a residual network: the formulas are correct, and wrong ones are detected."""

from pathlib import Path

import numpy as np
import pytest

from resound.studies import gradients
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
