"""Adapted features match the source, and labels of the target do not influence adaptation."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import check_grad, minimize
from scipy.stats import gaussian_kde, ks_2samp, spearmanr

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.studies import matching
from resound.studies.common import divergences
from resound.studies.common.material import Data, Material
from resound.studies.matching import (
    Settings,
    adaptation,
    findings,
    marginals,
    nearness,
    networks,
    transfer,
)
from resound.studies.matching.findings import CHANNEL, METHODS

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


# Methods that match each feature by itself


def skewed(seed: int, count: int) -> np.ndarray:
    return np.random.default_rng(seed).gamma(2.0, 1.5, (count, 2)) - 1.0


@pytest.mark.parametrize(
    ("method", "most"),
    [
        (marginals.match_histograms, 0.05),
        (marginals.match_quantiles, 0.01),
        (marginals.match_smoothed, 0.08),
    ],
)
def test_matched_distribution_functions_are_those_of_the_source(method, most):
    target, source = sample(1, 300)[:, :2], skewed(2, 400)
    matched = method(target, source)
    for before, x, y in zip(target.T, matched.T, source.T):
        assert ks_2samp(x, y).statistic < most
        assert spearmanr(before, x).statistic > 0.999


@pytest.mark.parametrize("method", [*transfer.MARGINAL.values()])
def test_a_source_is_matched_to_itself_and_constants_stay(method):
    source = np.column_stack([skewed(3, 300), np.full(300, 2.0)])
    matched = method(source.copy(), source)
    assert matched.mean(axis=0) == pytest.approx(source.mean(axis=0), abs=0.1)
    assert matched.std(axis=0) == pytest.approx(source.std(axis=0), rel=0.1)
    assert np.isfinite(method(np.column_stack([skewed(4, 90), np.ones(90)]), source)).all()


def test_moments_and_ranges_are_those_of_the_source():
    target, source = sample(1), sample(2)
    matched = marginals.z_score(target, source)
    assert matched.mean(axis=0) == pytest.approx(source.mean(axis=0))
    assert matched.std(axis=0) == pytest.approx(source.std(axis=0))
    matched = marginals.match_range(target, source)
    assert matched.min(axis=0) == pytest.approx(source.min(axis=0))
    assert matched.max(axis=0) == pytest.approx(source.max(axis=0))


def test_minimal_wasserstein_distance_is_that_of_a_general_optimizer():
    target, source = sample(1, 200)[:, :1], skewed(2, 200)[:, :1]

    def distance(parameters: np.ndarray) -> float:
        adapted = target * np.exp(parameters[0]) + parameters[1]
        return float(divergences.sample_wasserstein(adapted, source, 2)[0])

    best = minimize(distance, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9})
    matched = marginals.least_wasserstein(target, source)
    assert divergences.sample_wasserstein(matched, source, 2)[0] == pytest.approx(best.fun)


def test_gradient_of_divergence_matches_finite_differences():
    """The density is that of scipy with the same bandwidth."""
    random = np.random.default_rng(1)
    x, y = random.normal(0, 1, 80), random.gamma(3, 1, 300)
    density = gaussian_kde(y, 1.06 * len(y) ** -0.2 * y.std() / y.std(ddof=1))
    centred = x - x.mean()

    def divergence(at: np.ndarray) -> float:
        return float(-at[0] - density.logpdf(np.exp(at[0]) * centred + at[1]).mean())

    at, step = np.array([0.2, 2.5]), 1e-4
    expected = [
        (divergence(at + step * unit) - divergence(at - step * unit)) / (2 * step)
        for unit in np.eye(2)
    ]
    slope = marginals.score_function(np.array([-4.0, 8.0]), y)
    gradient = marginals.divergence_gradient(centred, *at, slope)
    assert gradient == pytest.approx(expected, abs=0.02)


def test_minimal_divergence_inverts_scale_and_shift():
    random = np.random.default_rng(1)
    source = random.normal(size=(400, 2))
    matched = marginals.least_divergence(0.5 * random.normal(size=(400, 2)) + [2.0, -1], source)
    assert matched.mean(axis=0) == pytest.approx(source.mean(axis=0), abs=0.1)
    assert matched.std(axis=0) == pytest.approx(source.std(axis=0), rel=0.12)


# Methods that train networks


@pytest.mark.parametrize(
    "method",
    [
        lambda problems, random: networks.match_adversarially(problems, "linear", random),
        lambda problems, random: networks.match_adversarially(problems, "network", random),
        networks.match_by_autoencoder,
    ],
)
def test_networks_bring_targets_of_different_sizes_to_their_sources(method):
    random = np.random.default_rng(1)
    problems = [
        (random.normal(size=(150, 4)) + 1.5, random.normal(size=(200, 4))),
        (random.normal(size=(60, 3)) - 1.5, random.normal(size=(90, 3))),
    ]
    matched = method(problems, np.random.default_rng(2))
    for (target, source), adapted in zip(problems, matched):
        assert adapted.shape == target.shape
        before, after = (divergences.sample_mmd_squared(x, source, 2.0) for x in (target, adapted))
        assert after < 0.2 * before
    again = method(problems, np.random.default_rng(2))
    assert all((one == other).all() for one, other in zip(matched, again))


# Nearness


@pytest.mark.parametrize(("sign", "verdict"), [(-1, True), (1, False), (0, None)])
def test_nearness_claim_follows_from_rank_correlations(sign, verdict):
    distances = np.arange(4.0)
    accuracies = np.array([0.6, 0.7, 0.8, 0.9])[:: sign or 1]
    mixed = [accuracies, accuracies if sign else accuracies[::-1]] * 3
    results = [nearness.Nearness(nearness.SPEAKERS, distances, a) for a in mixed]
    assert results[0].correlation == pytest.approx(sign or 1)
    assert nearness.nearness_claim(results, nearness.SPEAKERS).verdict is verdict


# The study


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
    distance, accuracy_claim = findings.claims[:2]
    assert distance.verdict and accuracy_claim.verdict
    assert CHANNEL in accuracy_claim.statement
    assert {claim.source.origin for claim in findings.claims} == {"report"}
    accuracy = {
        (row[0], row[1]): float(str(row[2]).split("%")[0]) for row in findings.tables[0].rows
    }
    assert accuracy[CHANNEL, "unchanged"] < 85
    for method in ("CORAL", "minimal MMD", "z-score", "minimal KL", "minimal Wasserstein-2"):
        assert accuracy[CHANNEL, method] > 95, method
    by_method = [row[1] for row in findings.tables[0].rows if row[0] == CHANNEL]
    assert by_method == list(METHODS)


def test_adaptation_ignores_labels_of_the_target():
    """Wrong labels of one class leave distances the same and lower the accuracy."""
    original = material()
    wrong = list(original.table["label"])
    wrong[240:] = ["1" if label == "0" else label for label in wrong[240:]]
    other = replace(original, table={**original.table, "label": wrong})
    tasks = [transfer.TransferTask(m, m.parts["train"], m.parts["test"]) for m in (original, other)]
    settings = Settings(kind="matching", data=DATA)
    correct, mislabelled = (
        task.evaluate(
            {
                **task.adapt(task.target, settings, np.random.default_rng(0)),
                **transfer.adapt_by_networks(
                    [(task.target, task.source)], np.random.default_rng(0)
                )[0],
            },
            settings.max_items,
            np.random.default_rng(0),
        )
        for task in tasks
    )
    assert set(correct) == set(METHODS)
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
                findings.Outcome(a + (gain + e) * (method != "unchanged"), 0.1, 0.1, 0.1)
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
