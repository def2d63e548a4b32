"""Estimators: formulas equal to SciPy's, verdicts that follow the figures."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from resound.studies import estimators
from resound.studies.common.findings import Claim, Findings, Plot
from resound.studies.estimators import Settings
from resound.studies.estimators.findings import moment, posterior_difference
from resound.studies.estimators.simulated import Estimator, Family

SETTINGS = Settings(kind="estimators", sizes=[10, 30, 100, 300, 1000], repeats=1500)


def found(settings: Settings = SETTINGS) -> Findings:
    return estimators.run(settings, [], Path(), print)


def verdicts(findings: Findings) -> list[bool | None]:
    return [claim.holds for claim in findings.claims]


def estimator(family: str, name: str) -> Estimator:
    families = (estimators.pareto, estimators.poisson, estimators.power)
    known = [e for build in families for e in build(SETTINGS).estimators]
    return next(e for e in known if (e.family, e.name) == (family, name))


@pytest.mark.parametrize("n", [3, 10, 200])
def test_formulas_are_the_moments_of_known_distributions(n: int) -> None:
    """n theta over a Gamma(n) variable, and a scaled Gamma(n) variable."""
    pareto, theta = estimator("Pareto", "maximum likelihood"), SETTINGS.pareto
    inverse = stats.invgamma(n, scale=n * theta)
    assert pareto.bias(n) == pytest.approx(inverse.mean() - theta)
    assert pareto.variance(n) == pytest.approx(inverse.var())
    power = estimator("density on (0, 1)", "maximum likelihood")
    gamma = stats.gamma(n, scale=SETTINGS.power / n)
    assert power.bias(n) == pytest.approx(gamma.mean() - SETTINGS.power, abs=1e-12)
    assert power.variance(n) == pytest.approx(gamma.var())


def test_estimates_are_those_that_scipy_fits() -> None:
    x = stats.pareto.rvs(2.5, scale=2.0, size=50, random_state=1)
    fitted = stats.pareto.fit(x, floc=0, fscale=2.0)[0]
    assert estimator("Pareto", "maximum likelihood").estimate(x) == pytest.approx(fitted, rel=1e-3)
    x = stats.powerlaw.rvs(1 / 0.7, size=50, random_state=1)
    fitted = 1 / stats.powerlaw.fit(x, floc=0, fscale=1)[0]
    likeliest = estimator("density on (0, 1)", "maximum likelihood").estimate(x)
    assert likeliest == pytest.approx(fitted, rel=1e-3)


@pytest.mark.parametrize("build", [estimators.pareto, estimators.poisson, estimators.power])
def test_samples_are_of_their_distribution(build: object) -> None:
    draw = build(SETTINGS).draw  # type: ignore[operator]
    x = draw(np.random.default_rng(0), (1, 20_000)).ravel()
    s = SETTINGS
    if build is estimators.poisson:
        counts = np.bincount(x.astype(int), minlength=12)[:12]
        due = stats.poisson.pmf(np.arange(12), s.rate) * len(x)
        assert stats.chisquare(counts, due * counts.sum() / due.sum()).pvalue > 1e-3
        return
    cdf = {
        estimators.pareto: stats.pareto(s.pareto, scale=s.pareto_scale).cdf,
        estimators.power: stats.powerlaw(1 / s.power).cdf,
    }[build]  # type: ignore[index]
    assert stats.kstest(x, cdf).pvalue > 1e-3


def test_verdicts() -> None:
    """All of the reports' statements hold but the moments upside down."""
    assert verdicts(found()) == [True] * 6 + [False]


def test_upside_down_moments_tend_to_the_inverse() -> None:
    table = found().tables[-1]
    rows = {str(row[0]): [float(str(cell)) for cell in row[1:]] for row in table.rows}
    theta = SETTINGS.power
    limits = {"1 / mean - 1": theta, "mean / (1 - mean)": 1 / theta, "1 / mean + 1": theta + 2}
    for form, limit in limits.items():
        assert rows[form][0] == pytest.approx(limit, abs=5 * rows[form][1] + 2 / 1000)
    assert rows["1 / mean - 1"][-1] == pytest.approx(-0.5, abs=0.05)
    assert abs(rows["mean / (1 - mean)"][-1]) < 0.05


def wrong_claims(monkeypatch: pytest.MonkeyPatch, family: str, **changes: object) -> list[Claim]:
    """The claims found false once a family's first estimator, or its last, is spoiled."""
    build = getattr(estimators, family)

    def spoiled(settings: Settings) -> Family:
        made = build(settings)
        first, *others = made.estimators
        if family == "poisson":
            return replace(made, estimators=[first, replace(others[0], **changes)])
        return replace(made, estimators=[replace(first, **changes), *others])

    monkeypatch.setattr(estimators, family, spoiled)
    return [claim for claim in found().claims[:-1] if claim.holds is False]


def test_a_bias_left_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = wrong_claims(monkeypatch, "pareto", bias=lambda n: 0.0)
    assert "Pareto" in claim.text


def test_a_wrong_variance_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = wrong_claims(monkeypatch, "power", variance=lambda n: SETTINGS.power / n)
    assert "-mean log x" in claim.text


def test_the_posterior_mean_is_not_its_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    def mean(x: np.ndarray) -> np.ndarray:
        return (3 + x.sum(axis=-1)) / (2 + x.shape[-1])

    (claim,) = wrong_claims(monkeypatch, "poisson", estimate=mean)
    assert "most probable rate is" in claim.text


def test_the_posterior_is_normalised_numerically() -> None:
    x = np.random.default_rng(0).poisson(4, 20).astype(float)
    right, without_prior = (3 + x.sum(), 2 + 20), (1 + x.sum(), 20)
    assert posterior_difference(x, (3, 2), right) < 1e-9
    assert posterior_difference(x, (3, 2), without_prior) > 0.1


def test_the_mean_is_integrated() -> None:
    for theta in (0.3, 1.0, 3.0):
        assert moment(theta, 0) == pytest.approx(1, abs=1e-9)
        mean = stats.powerlaw(1 / theta).mean()
        assert moment(theta, 1) == pytest.approx(mean, abs=1e-9)


def test_a_seed_gives_the_same_findings() -> None:
    assert found() == found()
    assert found() != found(replace(SETTINGS, seed=2))


def test_formulas_stand_in_the_shade_of_their_dots() -> None:
    plot = found().figures[-1]
    assert isinstance(plot, Plot)
    dots, dashes = plot.series[::2], plot.series[1::2]
    assert [s.shade for s in dots] == [s.shade for s in dashes] == [0, 1, 2, 3, 4]
    assert all(s.look == "dots" and s.name for s in dots)
    assert all(s.look == "dashes" and not s.name for s in dashes)


def test_findings_are_written_as_json() -> None:
    findings = asdict(found())
    assert json.loads(json.dumps(findings))["claims"] == findings["claims"]
