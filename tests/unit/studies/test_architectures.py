"""Estimates in architecture search: networks against torch, mixtures, verdicts, the test part."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import f_oneway, spearmanr, ttest_ind
from torch import nn

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.studies import architectures
from resound.studies.architectures import Settings, findings, study, trainings
from resound.studies.architectures.findings import (
    FEWER_DATA,
    GRADIENT,
    SHARED,
    Estimate,
    Trainings,
)
from resound.studies.architectures.network import Decisions, Network, one_hot
from resound.studies.architectures.space import Architecture, all_architectures
from resound.studies.common.material import Data, Material

DATA = Data(corpus="c", features="f", split="s")
SETTINGS = Settings(
    kind="architectures", data=[DATA], epochs=2, shared_epochs=2, repeats=2, channels=4
)
SPACE = all_architectures()


def network(seed: int = 0) -> Network:
    return Network(5, 4, 3, 5, np.random.default_rng(seed))


def rows(count: int = 6) -> torch.Tensor:
    return torch.randn(count, 5, 11, generator=torch.Generator().manual_seed(1))


def material(parts: tuple[str, ...] = ("train", "validation", "test"), frames: int = 12):
    """Return 90 clips of three classes, each with a pattern at some time in other noise."""
    random = np.random.default_rng(5)
    labels = np.arange(90) % 3
    clips = random.normal(0, 0.7, (90, frames, 4)).astype(np.float32)
    for clip, label in zip(clips, labels):
        clip[random.integers(frames - 2), label] += 4
    table = {"label": [f"{n}" for n in labels]}
    order = random.permutation(90)
    folds = {"all": dict(zip(parts, np.split(order, [50, 70])))}
    features = Features(clips.reshape(-1, 4), np.arange(91) * frames)
    return Material(DATA, features, table, ["0", "1", "2"], folds)


def run(data: Material, settings: Settings = SETTINGS):
    return architectures.run(settings, [data], Path(), lambda line: None)


def test_space_has_every_combination_once():
    assert len(SPACE) == len(set(SPACE)) == len({one.name for one in SPACE}) == 2 * 2 * (1 + 2 * 2)


@pytest.mark.parametrize("architecture", SPACE, ids=lambda one: one.name)
def test_logits_are_those_of_layers_of_torch(architecture: Architecture):
    weights = network()
    first, first_bias, second, second_bias, head, bias = weights.parameters
    kernel, stride = architecture.kernel, architecture.stride
    with torch.no_grad():
        layer = nn.Conv1d(5, 4, kernel, stride, kernel // 2)
        layer.weight.copy_(first[:, :, 3 - kernel // 2 : 4 + kernel // 2])
        layer.bias.copy_(first_bias)
        hidden = nn.functional.relu(layer(rows()))
        if size := architecture.second_kernel:
            layer = nn.Conv1d(4, 4, size, padding=size // 2)
            layer.weight.copy_(second[:, :, 3 - size // 2 : 4 + size // 2])
            layer.bias.copy_(second_bias)
            output = nn.functional.relu(layer(hidden))
            hidden = hidden + output if architecture.skip else output
        expected = nn.functional.linear(hidden.mean(dim=2), head, bias)
        assert torch.allclose(weights.logits(rows(), architecture), expected, atol=1e-5)


@pytest.mark.parametrize("architecture", SPACE, ids=lambda one: one.name)
def test_mixture_of_one_architecture_is_that_architecture(architecture: Architecture):
    weights = network()
    with torch.no_grad():
        mixed = weights.mixed_logits(rows(), one_hot(architecture))
        assert torch.allclose(mixed, weights.logits(rows(), architecture), atol=1e-5)


def test_probabilities_of_all_architectures_sum_to_one():
    decisions = Decisions()
    random = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in decisions.parameters:
            parameter.copy_(torch.randn(2, generator=random))
    total = sum(np.exp(decisions.log_probability(one)) for one in SPACE)
    assert total == pytest.approx(1, abs=1e-5)


def test_training_alone_leaves_weights_of_other_architectures():
    examples = study.load_examples(material(), SETTINGS)
    architecture = Architecture(3, 1, None, False)
    before = examples.network(SETTINGS, 3, np.random.default_rng(1))
    after = trainings.train_alone(architecture, examples, SETTINGS, np.random.default_rng(1))
    first = [weights.parameters[0].detach() for weights in (before, after)]
    changed = (first[0] != first[1]).any(dim=0).any(dim=0)
    assert changed.tolist() == [False, False, True, True, True, False, False]
    assert torch.equal(before.parameters[2], after.parameters[2])


def test_networks_and_the_mixture_learn():
    settings = replace(SETTINGS, epochs=60, shared_epochs=60, channels=8)
    examples = study.load_examples(material(), settings)
    chosen = SPACE[-1]
    alone = trainings.train_alone(chosen, examples, settings, np.random.default_rng(1))
    assert trainings.accuracy(alone, chosen, examples.validation) > 0.8
    shared = trainings.train_shared(SPACE, examples, settings, np.random.default_rng(1))
    scores = [trainings.accuracy(shared, one, examples.validation) for one in SPACE]
    assert np.mean(scores) > 0.7
    decisions = trainings.train_mixture(examples, settings, np.random.default_rng(1))
    changes = [abs(p[0].item() - 0.5) for p in decisions.probabilities.values()]
    assert max(changes) > 0.1


def test_inputs_are_standardised_by_training_frames_and_padded():
    data = material()
    clips = [data.features.clip(n)[: 12 - n % 3] for n in range(90)]
    ragged = Features(np.concatenate(clips), np.cumsum([0, *map(len, clips)]))
    examples = study.load_examples(replace(data, features=ragged), SETTINGS)
    lengths = {len(clips[n]) for n in data.parts["train"]}
    frames = examples.train.rows.numpy().transpose(0, 2, 1)
    filled = frames[(frames != 0).any(axis=2)]
    assert frames.shape == (50, max(lengths), 4)
    assert len(filled) == sum(len(clips[n]) for n in data.parts["train"])
    assert filled.mean(axis=0) == pytest.approx(np.zeros(4), abs=1e-5)
    assert filled.std(axis=0) == pytest.approx(np.ones(4), abs=1e-5)


def test_search_does_not_use_the_test_part():
    data = material()
    wrong = replace(data, table={"label": list(data.table["label"])})
    for item in wrong.parts["test"]:
        wrong.table["label"][item] = "0"  # type: ignore[index]
        wrong.features.matrix[item * 12 : item * 12 + 12] = 100
    estimates = [
        study.make_estimates(study.load_examples(m, SETTINGS), SETTINGS)
        for m in (material(), wrong)
    ]
    for one, other in zip(*estimates):
        assert (one.scores == other.scores).all()


def test_findings_are_reproducible_and_name_their_origin():
    result = run(material())
    assert result == run(material())
    assert [claim.source.origin for claim in result.claims] == ["report"] * 5 + ["ours"]
    methods = [row[0] for row in result.tables[0].rows]
    assert methods == ["full training", FEWER_DATA, SHARED, GRADIENT, "random choice"]
    assert len(result.tables[1].rows) == len(SPACE)


# Verdicts


def trained(quality: list[float]) -> Trainings:
    accuracies = np.array([quality, quality])
    return Trainings(SPACE[: len(quality)], accuracies, accuracies)


@pytest.mark.parametrize(
    ("chosen", "verdict"), [([2, 2, 2], True), ([0, 0, 0], False), ([2, 0, 2], None)]
)
def test_estimate_claim_follows_from_the_loss(chosen: list[int], verdict: bool | None):
    estimate = Estimate(SHARED, np.eye(3)[chosen], 0.1)
    full = trained([0.6, 0.7, 0.9])
    assert full.chosen.tolist() == pytest.approx([0.9, 0.9])
    assert estimate.loss(full)[0] == pytest.approx(
        0.9 - np.mean([[0.6, 0.7, 0.9][n] for n in chosen])
    )
    assert findings.estimate_claim(estimate, full, 0.02).verdict is verdict


@pytest.mark.parametrize(("signs", "verdict"), [([1, 1], True), ([-1, -1], False), ([1, -1], None)])
def test_ranking_claim_follows_from_rank_correlations(signs: list[int], verdict: bool | None):
    quality = [0.5, 0.8, 0.6, 0.9]
    estimate = Estimate(FEWER_DATA, np.outer(signs, quality), 0.25)
    full = trained(quality)
    assert estimate.correlations(full).tolist() == signs
    assert findings.ranking_claim(estimate, full).verdict is verdict


def test_statistics_are_those_of_scipy():
    random = np.random.default_rng(1)
    samples = random.random(3), random.random(5)
    interval = ttest_ind(*samples, equal_var=False).confidence_interval(0.95)
    mean, half = findings.difference(*samples)
    assert (mean - half, mean + half) == pytest.approx((interval.low, interval.high))
    test = random.normal(0.7, 0.1, (3, 6))
    full = Trainings(SPACE[:6], random.random((3, 6)), test)
    claim = findings.space_claim(full)
    result = f_oneway(*(test[:, n] for n in range(6)))
    assert f"F = {result.statistic:.1f}, p = {result.pvalue:.2g}" in claim.evidence
    pairs = [
        spearmanr(full.validation[a], full.validation[b])[0] for a, b in [(0, 1), (0, 2), (1, 2)]
    ]
    assert full.agreement == pytest.approx(np.mean(pairs))
    assert findings.rank_correlation(np.ones(3), np.arange(3.0)) == 0


# Errors


def test_split_without_validation_part_is_an_error():
    with pytest.raises(UserError, match="no validation part"):
        run(material(("train", "test", "unlabelled")))


def test_pooled_features_are_an_error():
    with pytest.raises(UserError, match="not pooled"):
        run(material(frames=5))
