"""Matched distributions are alike, and labels of the target do not reach what moves them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import check_grad

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.studies import matching
from resound.studies.common import divergences
from resound.studies.common.material import Data, Material
from resound.studies.matching import Settings, findings, moves
from resound.studies.matching.findings import CHANNEL

DATA = [Data(corpus="c", features="f", split="s")]


def drawn(seed: int, count: int = 150) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, 4)) @ random.normal(size=(4, 4)) + random.normal(size=4)


def test_coral_makes_means_and_covariances_equal():
    target, source = drawn(1), drawn(2)
    moved = moves.coral(target, source, 1e-9)
    assert np.cov(moved, rowvar=False) == pytest.approx(np.cov(source, rowvar=False), rel=1e-5)
    assert moved.mean(axis=0) == pytest.approx(source.mean(axis=0))


def test_the_gradient_of_mmd_is_that_of_differences():
    x, y = drawn(1, 30), drawn(2, 40)
    at = np.random.default_rng(3).normal(1, 0.3, 8)
    value = lambda theta: moves.mmd_and_gradient(theta, x, y, 2.0)[0]  # noqa: E731
    slope = lambda theta: moves.mmd_and_gradient(theta, x, y, 2.0)[1]  # noqa: E731
    assert check_grad(value, slope, at) < 1e-6


def test_the_value_is_mmd_but_for_a_constant():
    x, y = drawn(1, 30), drawn(2, 40)
    two = [np.concatenate([np.full(4, scale), np.zeros(4)]) for scale in (1.0, 0.5)]
    values = [moves.mmd_and_gradient(theta, x, y, 2.0)[0] for theta in two]

    def kernel(one: np.ndarray, other: np.ndarray) -> float:
        return np.exp(-((one[:, None] - other) ** 2).sum(axis=2) / 8).mean()

    biased = [kernel(s * x, s * x) + kernel(y, y) - 2 * kernel(s * x, y) for s in (1.0, 0.5)]
    assert values[0] - values[1] == pytest.approx(biased[0] - biased[1])


def test_least_mmd_undoes_a_scale_and_a_shift():
    random = np.random.default_rng(1)
    source, same = random.normal(size=(300, 3)), random.normal(size=(300, 3))
    target = 0.6 * same + [1.0, -1.0, 0.5]
    moved = moves.least_mmd(target, source, 300, random)
    assert moved.mean(axis=0) == pytest.approx(source.mean(axis=0), abs=0.12)
    assert moved.std(axis=0) == pytest.approx(source.std(axis=0), rel=0.15)
    before, after = (divergences.sample_mmd_squared(part, source) for part in (target, moved))
    assert after < 0.02 * before


def material(shared: bool = False) -> Material:
    """Ten speakers of 30 items, three classes apart by their means; two speakers test."""
    random = np.random.default_rng(5)
    labels = np.arange(300) % 3
    centres = 2.5 * np.eye(3)[labels]
    rows = (centres + random.normal(0, 0.6, (300, 3))).astype(np.float32)
    speakers = [f"s{n // 30}" for n in range(300)]
    items = np.arange(300)
    test = items % 5 == 0 if shared else items >= 240
    table = {"label": [f"{n}" for n in labels], "speaker": speakers}
    folds = {"all": {"train": items[~test], "test": items[test]}}
    return Material(DATA[0], Features(rows, np.arange(301)), table, ["0", "1", "2"], folds)


def found(made: Material):
    settings = Settings(kind="matching", data=DATA, draws=8, channel=1.5)
    return matching.run(settings, [made], Path(), lambda words: None)


def test_another_channel_is_undone():
    told = found(material())
    nearer, channel, _ = told.claims
    assert nearer.holds and channel.holds and CHANNEL in channel.text
    accuracy = {(row[0], row[1]): float(str(row[2]).split("%")[0]) for row in told.tables[0].rows}
    assert accuracy[CHANNEL, "as they are"] < 85
    assert accuracy[CHANNEL, "CORAL"] > 95 and accuracy[CHANNEL, "least MMD"] > 95


def test_labels_of_the_target_do_not_move_it():
    """With a class labelled wrongly there, distances stay the same, and accuracy falls."""
    made = material()
    wrong = list(made.table["label"])
    wrong[240:] = ["1" if label == "0" else label for label in wrong[240:]]
    other = replace(made, table={**made.table, "label": wrong})
    scenes = [matching.Scene(m, m.parts["train"], m.parts["test"]) for m in (made, other)]
    settings = Settings(kind="matching", data=DATA)
    right, mistaken = (
        scene.outcomes(scene.target, settings, np.random.default_rng(0)) for scene in scenes
    )
    for move, outcome in right.items():
        assert outcome.mmd == mistaken[move].mmd
        assert outcome.accuracy > mistaken[move].accuracy


def test_draws_keep_speakers_apart_and_begin_with_the_split():
    made = material()
    draws = list(matching.divided(made, 3, 1))
    assert draws[0][1].tolist() == made.parts["test"].tolist()
    for source, target in draws:
        sides = [set(made.column("speaker", side)) for side in (source, target)]
        assert not sides[0] & sides[1]
        assert len(sides[1]) == 2 and len(source) + len(target) == 300


def test_verdicts_follow_gains():
    def outcomes(gain: float) -> dict:
        accuracies = [0.5, 0.52, 0.48, 0.5]
        extra = [0.01, -0.01, 0.0, 0.005]
        return {
            (CHANNEL, move): [
                findings.Outcome(a + (gain + e) * (move != "as they are"), 0.1)
                for a, e in zip(accuracies, extra)
            ]
            for move in findings.MOVES
        }

    verdicts = [findings.served(outcomes(gain), CHANNEL).holds for gain in (0.1, 0.0, -0.1)]
    assert verdicts == [True, None, False]


def test_a_split_that_mixes_speakers_is_refused():
    with pytest.raises(UserError, match="keeps speakers apart"):
        found(material(shared=True))


def test_it_says_the_same_again():
    assert found(material()) == found(material())
