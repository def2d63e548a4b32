"""The study of Kolmogorov-Arnold networks: its verdicts, its metrics, its findings."""

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
from resound.studies.spline_networks import comparison, forgetting, interpretation, networks

TINY = spline_networks.Settings(
    kind="spline_networks",
    seeds=2,
    points=40,
    evaluations=12,
    hidden_units=2,
    grids=[2, 3],
    peak_parameters=60,
    peak_evaluations=60,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Use one thread, as jobs do: small matrices are slower with several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(threads)


def run() -> dict[str, Any]:
    lines: list[str] = []
    result = asdict(spline_networks.run(TINY, [], Path("unused"), lines.append))
    assert lines
    return json.loads(json.dumps(result))


@pytest.fixture(scope="module")
def findings() -> dict[str, Any]:
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
    assert networks.is_below(values, bound) is verdict


@pytest.mark.parametrize(("parameters", "inputs"), [(105, 2), (150, 2), (240, 2), (200, 1)])
def test_perceptrons_have_the_size_and_even_layers(parameters: int, inputs: int) -> None:
    network = networks.build_mlp(parameters, inputs)
    assert abs(networks.count_parameters(network) / parameters - 1) < 0.02
    first, second, _ = (m.out_features for m in network if isinstance(m, torch.nn.Linear))
    assert first <= second <= 2 * first


def test_fit_finds_least_squares() -> None:
    torch.manual_seed(0)
    x = torch.randn(50, 3, dtype=torch.float64)
    y = torch.randn(50, dtype=torch.float64)
    line = torch.nn.Linear(3, 1).double()
    losses, _ = networks.fit(line, x, y, 60)
    design = np.column_stack([x.numpy(), np.ones(50)])
    residues = np.linalg.lstsq(design, y.numpy(), rcond=None)[1]
    assert min(losses) == pytest.approx(residues[0] / 50)
    assert networks.relative_error(line, x, y) == pytest.approx(
        (residues[0] / 50 / y.numpy().var()) ** 0.5
    )


def test_fit_stops_at_its_limit_or_at_the_target_loss() -> None:
    x, y = forgetting.points_around(0.0), forgetting.peak(forgetting.points_around(0.0), 0.0)
    torch.manual_seed(0)
    network = networks.build_kan([1, 1], 30)
    losses, _ = networks.fit(network, x, y, 10)
    assert 10 <= len(losses) <= 12
    torch.manual_seed(0)
    shorter, _ = networks.fit(networks.build_kan([1, 1], 30), x, y, 10, target_loss=losses[4])
    assert len(shorter) < len(losses) and shorter == losses[: len(shorter)]


def test_frozen_parameters_do_not_change() -> None:
    network = networks.build_kan([1, 1], 5)
    network[0].base.requires_grad_(False)
    before = network[0].base.clone(), network[0].spline.clone()
    x = forgetting.points_around(0.0)
    networks.fit(network, x, forgetting.peak(x, 0.0), 5)
    assert torch.equal(network[0].base, before[0]) and not torch.equal(network[0].spline, before[1])


def trial(**changes: Any) -> comparison.Trial:
    default = comparison.Trial("f", 0, 1, "KAN", 10, 0.1, [4.0, 2.0, 1.0, 0.5], 0.003)
    return replace(default, **changes)


def test_pairs_compare_errors_times_and_evaluations() -> None:
    mlp = trial(kind="MLP", error=1.0, losses=[4.0, 3.0, 2.5, 2.0], seconds=0.001)
    (pair,) = comparison.pair_trials([trial(), mlp])
    assert pair.error_ratio == pytest.approx(-1)
    assert pair.time_ratio == pytest.approx(np.log10(3))
    assert pair.evaluations_ratio == pytest.approx(np.log10(2 / 4))
    never_reached = comparison.Pair(trial(losses=[9.0, 8.0, 7.0, 6.0]), mlp)
    assert never_reached.evaluations_ratio == pytest.approx(0)


def test_metrics_are_means_over_each_seed() -> None:
    pairs = [
        comparison.Pair(trial(seed=seed, error=error), trial(seed=seed, kind="MLP", error=1.0))
        for seed, error in [(2, 0.1), (1, 10.0), (2, 0.001)]
    ]
    assert comparison.means_by_seed(pairs, lambda pair: pair.error_ratio) == pytest.approx([1, -2])


def test_splines_keep_the_first_peak_and_a_perceptron_loses_it() -> None:
    settings = replace(TINY, peak_parameters=200, peak_evaluations=400)
    result = forgetting.learn_peaks(settings, 1, lambda line: None)
    assert result.errors[forgetting.SPLINES_ONLY][0] < 2 * forgetting.TARGET_ERROR
    assert result.rise(forgetting.SPLINES_ONLY) < forgetting.MAX_RISE
    assert result.loss_of_first_peak(forgetting.PERCEPTRON) > 0.5


def test_connections_are_compared_up_to_scale_and_shift() -> None:
    line = np.linspace(-1, 1, 101)
    true = np.stack([np.sin(np.pi * line), line**2])
    functions = np.stack([-3 * true + 5, [line**2, np.ones_like(line)]])
    result = interpretation.ConnectionFunctions(line, true, functions[:1], functions)
    np.testing.assert_allclose(result.correlations(functions), [[1, 1], [0, 0]], atol=1e-12)
    noisy = np.random.default_rng(0).normal(size=(1, 2, 101))
    expected = [abs(np.corrcoef(*pair)[0, 1]) for pair in zip(noisy[0], true)]
    np.testing.assert_allclose(result.correlations(noisy)[0], expected)
    np.testing.assert_allclose(interpretation.fit_to(functions[0, 1], true[1]), true[1], atol=1e-12)


def without_times(findings: dict[str, Any]) -> dict[str, Any]:
    """Return the findings without what depends on the clock: two claims and a column."""
    claims = [claim for claim in findings["claims"] if "trains faster" not in claim["statement"]]
    (errors, *others) = findings["tables"]
    rows = [row[:-1] for row in errors["rows"]]
    return {**findings, "claims": claims, "tables": [rows, *others]}


def test_findings_are_reproducible_except_for_times(findings: dict[str, Any]) -> None:
    assert without_times(run()) == without_times(findings)


def test_tables_are_complete(findings: dict[str, Any]) -> None:
    for table in findings["tables"]:
        assert all(len(row) == len(table["columns"]) for row in table["rows"])
    assert [len(table["rows"]) for table in findings["tables"]] == [6, 4]


def test_findings_can_be_drawn(findings: dict[str, Any], tmp_path: Path) -> None:
    study_plots.draw_plots(findings["plots"], tmp_path / "plot.svg")
    svg = (tmp_path / "plot.svg").read_text()
    assert "mathdefault" not in svg
    assert all(plot["title"] in svg for plot in findings["plots"])
