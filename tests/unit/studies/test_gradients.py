"""Gradients of a residual network: the formula is right, and a wrong one would be seen."""

from pathlib import Path

import numpy as np
import pytest

from resound.studies import gradients
from resound.studies.gradients import Network, Vector


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_formulas_are_what_differentiation_finds(seed: int) -> None:
    network = Network.drawn(17, np.random.default_rng(seed))
    derived, found = network.by_formula(), network.by_differentiation()
    assert set(derived) == set(found) == {"theta", "z2", "d", "x"}
    for name, gradient in derived.items():
        np.testing.assert_allclose(gradient, found[name], rtol=0, atol=1e-12)


def verdict(seed: int = 1) -> bool | None:
    settings = gradients.Settings(kind="gradients", networks=5, widest=9, seed=seed)
    return gradients.run(settings, [], Path(), print).claims[0].holds


@pytest.mark.parametrize("wrong", ["the way around", "the kink", "the transpose"])
def test_a_wrong_formula_is_found_false(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert verdict() is True
    right = Network.by_formula

    def by_wrong_formula(network: Network) -> dict[str, Vector]:
        told, (w1, w2) = right(network), network.weights
        z1 = w1 @ network.x + network.biases[0]
        if wrong == "the way around":
            told["d"] = w2.T @ told["z2"]
        elif wrong == "the kink":
            told["x"] = w1.T @ told["d"] + told["d"]
        else:
            told["x"] = w1 @ (told["d"] * (z1 > 0)) + told["d"]
        return told

    monkeypatch.setattr(Network, "by_formula", by_wrong_formula)
    assert verdict() is False
