"""The study of Kolmogorov-Arnold networks: its rule, its measures, its findings."""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from resound.report import study_plots
from resound.studies import spline_networks
from resound.studies.spline_networks import forgetting, networks, reading, sizes

TINY = spline_networks.Settings(
    kind="kan",
    seeds=2,
    points=40,
    looks=12,
    units=2,
    grids=[2, 3],
    peak_parameters=60,
    peak_looks=60,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """As in a job: threads that wait for one another cost more than they give."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(threads)


def run() -> dict[str, Any]:
    lines: list[str] = []
    findings = asdict(spline_networks.run(TINY, [], Path("unused"), lines.append))
    assert lines
    return json.loads(json.dumps(findings))


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return run()


@pytest.mark.parametrize(
    ("values", "bound", "verdict"),
    [
        ([1.0, 1.1, 0.9], 2.0, True),
        ([3.0, 3.1, 2.9], 2.0, False),
        ([1.0, 3.0, 1.9], 2.0, None),
        ([0.0, 0.0], 0.0, None),
        ([0.0, 0.0], 0.1, True),
    ],
)
def test_verdicts_need_two_standard_errors(
    values: list[float], bound: float, verdict: bool | None
) -> None:
    assert networks.below(values, bound) is verdict


@pytest.mark.parametrize(("parameters", "inputs"), [(105, 2), (150, 2), (240, 2), (200, 1)])
def test_perceptrons_are_as_large_and_even(parameters: int, inputs: int) -> None:
    network = networks.mlp_of(parameters, inputs)
    assert abs(networks.parameters_of(network) / parameters - 1) < 0.02
    first, second, _ = (m.out_features for m in network if isinstance(m, torch.nn.Linear))
    assert first <= second <= 2 * first


def test_a_fit_finds_least_squares() -> None:
    torch.manual_seed(0)
    x = torch.randn(50, 3, dtype=torch.float64)
    y = torch.randn(50, dtype=torch.float64)
    line = torch.nn.Linear(3, 1).double()
    losses, _ = networks.fit(line, x, y, 60)
    design = np.column_stack([x.numpy(), np.ones(50)])
    residues = np.linalg.lstsq(design, y.numpy(), rcond=None)[1]
    assert min(losses) == pytest.approx(residues[0] / 50)
    assert networks.error_of(line, x, y) == pytest.approx(
        (residues[0] / 50 / y.numpy().var()) ** 0.5
    )


def test_a_fit_looks_no_more_than_it_may_and_stops_when_it_is_enough() -> None:
    x, y = forgetting.around(0.0), forgetting.peak(forgetting.around(0.0), 0.0)
    torch.manual_seed(0)
    network = networks.kan_of([1, 1], 30)
    losses, _ = networks.fit(network, x, y, 10)
    assert 10 <= len(losses) <= 12
    torch.manual_seed(0)
    sooner, _ = networks.fit(networks.kan_of([1, 1], 30), x, y, 10, enough=losses[4])
    assert len(sooner) < len(losses) and sooner == losses[: len(sooner)]


def test_what_is_frozen_stays() -> None:
    network = networks.kan_of([1, 1], 5)
    network[0].base.requires_grad_(False)
    before = network[0].base.clone(), network[0].spline.clone()
    x = forgetting.around(0.0)
    networks.fit(network, x, forgetting.peak(x, 0.0), 5)
    assert torch.equal(network[0].base, before[0]) and not torch.equal(network[0].spline, before[1])


def a_trial(**told: Any) -> sizes.Trial:
    plain = sizes.Trial("f", 0, 1, "KAN", 10, 0.1, [4.0, 2.0, 1.0, 0.5], 0.003)
    return replace(plain, **told)


def test_pairs_compare_errors_times_and_looks() -> None:
    rival = a_trial(kind="MLP", error=1.0, losses=[4.0, 3.0, 2.5, 2.0], seconds=0.001)
    (pair,) = sizes.paired([a_trial(), rival])
    assert pair.error == pytest.approx(-1)
    assert pair.look == pytest.approx(np.log10(3))
    assert pair.looks == pytest.approx(np.log10(2 / 4))
    never = sizes.Pair(a_trial(losses=[9.0, 8.0, 7.0, 6.0]), rival)
    assert never.looks == pytest.approx(0)


def test_figures_are_means_over_each_seed() -> None:
    pairs = [
        sizes.Pair(a_trial(seed=seed, error=error), a_trial(seed=seed, kind="MLP", error=1.0))
        for seed, error in [(2, 0.1), (1, 10.0), (2, 0.001)]
    ]
    assert sizes.by_seed(pairs, lambda pair: pair.error) == pytest.approx([1, -2])


def test_splines_alone_keep_the_first_peak_and_a_perceptron_loses_it() -> None:
    settings = replace(TINY, peak_parameters=200, peak_looks=400)
    forgotten = forgetting.forget(settings, 1, lambda line: None)
    assert forgotten.errors[forgetting.ALONE][0] < 2 * forgetting.KNOWN
    assert forgotten.rise(forgetting.ALONE) < forgetting.FORGOTTEN
    assert forgotten.lost(forgetting.RIVAL) > 0.5


def test_connections_are_compared_up_to_scale_and_shift() -> None:
    line = np.linspace(-1, 1, 101)
    true = np.stack([np.sin(np.pi * line), line**2])
    edges = np.stack([-3 * true + 5, [line**2, np.ones_like(line)]])
    compared = reading.Reading(line, true, edges[:1], edges)
    np.testing.assert_allclose(compared.likeness(edges), [[1, 1], [0, 0]], atol=1e-12)
    noisy = np.random.default_rng(0).normal(size=(1, 2, 101))
    expected = [abs(np.corrcoef(*pair)[0, 1]) for pair in zip(noisy[0], true)]
    np.testing.assert_allclose(compared.likeness(noisy)[0], expected)
    np.testing.assert_allclose(reading.scaled(edges[0, 1], true[1]), true[1], atol=1e-12)


def without_times(findings: dict[str, Any]) -> dict[str, Any]:
    """The findings less what depends on the clock: a claim, words of another, a column."""
    claims = [claim for claim in findings["claims"] if "trains faster" not in claim["text"]]
    (sizes, *others) = findings["tables"]
    rows = [row[:-1] for row in sizes["rows"]]
    return {**findings, "claims": claims, "tables": [rows, *others]}


def test_findings_are_the_same_each_time_but_for_times(found: dict[str, Any]) -> None:
    assert without_times(run()) == without_times(found)


def test_tables_are_whole(found: dict[str, Any]) -> None:
    for table in found["tables"]:
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    assert [len(table["rows"]) for table in found["tables"]] == [6, 4]


def test_findings_can_be_drawn(found: dict[str, Any], tmp_path: Path) -> None:
    study_plots.draw(found["figures"], tmp_path / "plot.svg")
    drawn = (tmp_path / "plot.svg").read_text()
    assert "mathdefault" not in drawn
    assert all(plot["title"] in drawn for plot in found["figures"])
