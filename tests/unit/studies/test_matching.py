"""Adapted features match the source, and labels of the target do not influence adaptation."""

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
from resound.studies.matching import Settings, adaptation, findings, transfer
from resound.studies.matching.findings import CHANNEL

DATA = [Data(corpus="c", features="f", split="s")]


def sample(seed: int, count: int = 150) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(size=(count, 4)) @ random.normal(size=(4, 4)) + random.normal(size=4)


def test_coral_makes_means_and_covariances_equal():
    target, source = sample(1), sample(2)
    adapted = adaptation.coral(target, source, 1e-9)
    assert np.cov(adapted, rowvar=False) == pytest.approx(np.cov(source, rowvar=False), rel=1e-5)
    assert adapted.mean(axis=0) == pytest.approx(source.mean(axis=0))


def test_gradient_of_mmd_matches_finite_differences():
    x, y = sample(1, 30), sample(2, 40)
    at = np.random.default_rng(3).normal(1, 0.3, 8)
    value = lambda theta: adaptation.mmd_and_gradient(theta, x, y, 2.0)[0]  # noqa: E731
    slope = lambda theta: adaptation.mmd_and_gradient(theta, x, y, 2.0)[1]  # noqa: E731
    assert check_grad(value, slope, at) < 1e-6


def test_value_is_mmd_up_to_a_constant():
    x, y = sample(1, 30), sample(2, 40)
    two = [np.concatenate([np.full(4, scale), np.zeros(4)]) for scale in (1.0, 0.5)]
    values = [adaptation.mmd_and_gradient(theta, x, y, 2.0)[0] for theta in two]

    def kernel(one: np.ndarray, other: np.ndarray) -> float:
        return np.exp(-((one[:, None] - other) ** 2).sum(axis=2) / 8).mean()

    biased = [kernel(s * x, s * x) + kernel(y, y) - 2 * kernel(s * x, y) for s in (1.0, 0.5)]
    assert values[0] - values[1] == pytest.approx(biased[0] - biased[1])


def test_minimal_mmd_inverts_scale_and_shift():
    random = np.random.default_rng(1)
    source, same = random.normal(size=(300, 3)), random.normal(size=(300, 3))
    target = 0.6 * same + [1.0, -1.0, 0.5]
    adapted = adaptation.minimise_mmd(target, source, 300, random)
    assert adapted.mean(axis=0) == pytest.approx(source.mean(axis=0), abs=0.12)
    assert adapted.std(axis=0) == pytest.approx(source.std(axis=0), rel=0.15)
    before, after = (divergences.sample_mmd_squared(part, source) for part in (target, adapted))
    assert after < 0.02 * before


def material(shared: bool = False) -> Material:
    """Return ten speakers with 30 items each of three classes; two speakers are the test part."""
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


def run(data: Material):
    settings = Settings(kind="matching", data=DATA, draws=8, channel_deviation=1.5)
    return matching.run(settings, [data], Path(), lambda line: None)


def test_adaptation_removes_another_channel():
    findings = run(material())
    distance, accuracy_claim, _ = findings.claims
    assert distance.verdict and accuracy_claim.verdict
    assert CHANNEL in accuracy_claim.statement
    accuracy = {
        (row[0], row[1]): float(str(row[2]).split("%")[0]) for row in findings.tables[0].rows
    }
    assert accuracy[CHANNEL, "unchanged"] < 85
    assert accuracy[CHANNEL, "CORAL"] > 95 and accuracy[CHANNEL, "minimal MMD"] > 95


def test_adaptation_ignores_labels_of_the_target():
    """Wrong labels of one class leave distances the same and lower the accuracy."""
    original = material()
    wrong = list(original.table["label"])
    wrong[240:] = ["1" if label == "0" else label for label in wrong[240:]]
    other = replace(original, table={**original.table, "label": wrong})
    tasks = [transfer.TransferTask(m, m.parts["train"], m.parts["test"]) for m in (original, other)]
    settings = Settings(kind="matching", data=DATA)
    correct, mislabelled = (
        task.evaluate(task.target, settings, np.random.default_rng(0)) for task in tasks
    )
    for method, outcome in correct.items():
        assert outcome.mmd == mislabelled[method].mmd
        assert outcome.accuracy > mislabelled[method].accuracy


def test_draws_keep_speakers_apart_and_begin_with_the_split():
    original = material()
    draws = list(transfer.draw_speaker_groups(original, 3, 1))
    assert draws[0][1].tolist() == original.parts["test"].tolist()
    for source, target in draws:
        sides = [set(original.column("speaker", side)) for side in (source, target)]
        assert not sides[0] & sides[1]
        assert len(sides[1]) == 2 and len(source) + len(target) == 300


def test_verdicts_follow_gains():
    def outcomes(gain: float) -> dict:
        accuracies = [0.5, 0.52, 0.48, 0.5]
        extra = [0.01, -0.01, 0.0, 0.005]
        return {
            (CHANNEL, method): [
                findings.Outcome(a + (gain + e) * (method != "unchanged"), 0.1)
                for a, e in zip(accuracies, extra)
            ]
            for method in findings.METHODS
        }

    verdicts = [
        findings.accuracy_claim(outcomes(gain), CHANNEL).verdict for gain in (0.1, 0.0, -0.1)
    ]
    assert verdicts == [True, None, False]


def test_split_that_mixes_speakers_is_an_error():
    with pytest.raises(UserError, match="keeps speakers apart"):
        run(material(shared=True))


def test_findings_are_reproducible():
    assert run(material()) == run(material())
