"""Estimators: formulas equal to SciPy's, with verdicts that follow from metrics."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from resound.studies import estimators
from resound.studies.common.findings import Claim, Findings, Plot
from resound.studies.estimators import Settings, families, prior, study
from resound.studies.estimators.findings import moment, posterior_difference
from resound.studies.estimators.simulation import Estimator, Family

SETTINGS = Settings(kind="estimators", sample_sizes=[10, 30, 100, 300, 1000], repeats=1500)


def run(settings: Settings = SETTINGS) -> Findings:
    return estimators.run(settings, [], Path(), print)


def verdicts(findings: Findings) -> list[bool | None]:
    return [claim.verdict for claim in findings.claims]


def estimator(family: str, name: str) -> Estimator:
    builders = (families.pareto, families.poisson, families.power)
    estimators_of_all = [e for build in builders for e in build(SETTINGS).estimators]
    return next(e for e in estimators_of_all if (e.family, e.name) == (family, name))


@pytest.mark.parametrize("n", [3, 10, 200])
def test_formulas_are_the_moments_of_known_distributions(n: int) -> None:
    """The estimates are n theta over a Gamma(n) variable, and a scaled Gamma(n) variable."""
    pareto, theta = estimator("Pareto", "maximum likelihood"), SETTINGS.pareto_shape
    inverse = stats.invgamma(n, scale=n * theta)
    assert pareto.bias(n) == pytest.approx(inverse.mean() - theta)
    assert pareto.variance(n) == pytest.approx(inverse.var())
    power = estimator("density on (0, 1)", "maximum likelihood")
    gamma = stats.gamma(n, scale=SETTINGS.power_theta / n)
    assert power.bias(n) == pytest.approx(gamma.mean() - SETTINGS.power_theta, abs=1e-12)
    assert power.variance(n) == pytest.approx(gamma.var())


def test_estimates_match_the_fits_of_scipy() -> None:
    x = stats.pareto.rvs(2.5, scale=2.0, size=50, random_state=1)
    fitted = stats.pareto.fit(x, floc=0, fscale=2.0)[0]
    assert estimator("Pareto", "maximum likelihood").estimate(x) == pytest.approx(fitted, rel=1e-3)
    x = stats.powerlaw.rvs(1 / 0.7, size=50, random_state=1)
    fitted = 1 / stats.powerlaw.fit(x, floc=0, fscale=1)[0]
    estimate = estimator("density on (0, 1)", "maximum likelihood").estimate(x)
    assert estimate == pytest.approx(fitted, rel=1e-3)


@pytest.mark.parametrize("build", [families.pareto, families.poisson, families.power])
def test_samples_follow_their_distribution(build: object) -> None:
    draw = build(SETTINGS).draw  # type: ignore[operator]
    x = draw(np.random.default_rng(0), (1, 20_000)).ravel()
    s = SETTINGS
    if build is families.poisson:
        counts = np.bincount(x.astype(int), minlength=12)[:12]
        expected = stats.poisson.pmf(np.arange(12), s.poisson_rate) * len(x)
        assert stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 1e-3
        return
    cdf = {
        families.pareto: stats.pareto(s.pareto_shape, scale=s.pareto_scale).cdf,
        families.power: stats.powerlaw(1 / s.power_theta).cdf,
    }[build]  # type: ignore[index]
    assert stats.kstest(x, cdf).pvalue > 1e-3


def test_verdicts() -> None:
    """The report's posterior mode, growing prior and moments are false, and only they."""
    expected = [True, False, True, False, True, True, False, False, True, True]
    assert verdicts(run()) == expected


def test_our_own_claims_are_marked() -> None:
    """They are the Poisson case and the correct moments; all false ones are the report's."""
    claims = run().claims
    ours = [number for number, claim in enumerate(claims) if claim.source.origin == "ours"]
    assert ours == [2, 8, 9]


def test_reported_moments_tend_to_another_value() -> None:
    """1 / (2 mean) tends to (1 + theta) / 2, because the mean is 1 / (1 + theta)."""
    table = run().tables[-1]
    rows = {str(row[0]): [float(str(cell)) for cell in row[1:]] for row in table.rows}
    theta = SETTINGS.power_theta
    limits = {"1 / mean - 1": theta, "1 / (2 mean)": 0.8}
    for form, limit in limits.items():
        assert rows[form][0] == pytest.approx(limit, abs=5 * rows[form][1] + 2 / 1000)
    assert rows["1 / mean - 1"][-1] == pytest.approx(-0.5, abs=0.05)
    assert abs(rows["1 / (2 mean)"][-1]) < 0.05


def test_reported_moments_are_right_only_where_theta_is_one() -> None:
    claim = run().claims[6]
    assert "mean 0.833; integrated numerically over (0, 1) it is 0.625" in claim.evidence
    assert claim.evidence.endswith("0.25, 0.6, 1, 2, 4 it is correct for 1.")
    assert "0.8 for 0.6, 1 for 1" in run().claims[7].evidence
    at_one = verdicts(run(replace(SETTINGS, power_theta=1.0)))
    assert at_one[6:8] == [False, True]


@pytest.mark.parametrize(
    ("name", "bias", "scale"), [("1 / mean - 1", 0.0, 1.0), ("1 / (2 mean)", 0.2, 0.25)]
)
def test_moments_have_the_first_term_of_bias_and_variance(
    name: str, bias: float, scale: float
) -> None:
    """The mean of n values has the variance of SciPy's power law over n (delta method)."""
    theta, n = SETTINGS.power_theta, 100_000
    law = stats.powerlaw(1 / theta)
    slope = (1 / law.mean() ** 2) ** 2 * scale
    assert estimator("density on (0, 1)", name).variance(n) == pytest.approx(slope * law.var() / n)
    assert estimator("density on (0, 1)", name).bias(n) == pytest.approx(bias, abs=1e-5)


def test_posterior_mode_matches_the_gamma_distributions() -> None:
    x = np.array([2.0, 5.0, 1.0, 7.0])
    poisson, exponential = (
        prior.posterior_mode(x, 3, 2, likelihood) for likelihood in ("Poisson", "exponential")
    )
    assert poisson == pytest.approx((3 + 15 - 1) / (2 + 4), rel=1e-6)
    assert exponential == pytest.approx((3 + 4 - 1) / (2 + 15), rel=1e-6)


def test_growing_prior_outweighs_the_observations() -> None:
    """Ten counts that sum to 40: the mode is (3 k + 39) / (2 k + 10) and tends to 1.5, not 4."""
    modes = prior.scaled_prior_modes(SETTINGS)
    assert modes == pytest.approx([42 / 12, 69 / 30, 339 / 210, 3039 / 2010], rel=1e-6)
    assert "3.5, 2.3, 1.61, 1.51 at k = 1, 10, 100, 1,000" in run().claims[3].evidence


def test_prior_with_the_mean_of_the_observations_tends_to_maximum_likelihood() -> None:
    assert prior.prior_limit_claim(replace(SETTINGS, prior_shape=8.0)).verdict is True


def false_claims(monkeypatch: pytest.MonkeyPatch, family: str, **changes: object) -> list[Claim]:
    """Return the false claims after changing an estimator of a family: the last one of Poisson, the
    first one of others.
    """
    build, original = getattr(study, family), run()

    def build_changed(settings: Settings) -> Family:
        unchanged = build(settings)
        first, *others = unchanged.estimators
        if family == "poisson":
            return replace(unchanged, estimators=[first, replace(others[0], **changes)])
        return replace(unchanged, estimators=[replace(first, **changes), *others])

    monkeypatch.setattr(study, family, build_changed)
    before = {claim.statement for claim in original.claims if claim.verdict is False}
    claims = run().claims
    return [c for c in claims if c.verdict is False and c.statement not in before]


def test_omitted_bias_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = false_claims(monkeypatch, "pareto", bias=lambda n: 0.0)
    assert "Pareto" in claim.statement


def test_wrong_variance_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    (claim,) = false_claims(monkeypatch, "power", variance=lambda n: SETTINGS.power_theta / n)
    assert "-mean log x" in claim.statement


def test_posterior_mean_is_not_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    def mean(x: np.ndarray) -> np.ndarray:
        return (3 + x.sum(axis=-1)) / (2 + x.shape[-1])

    (claim,) = false_claims(monkeypatch, "poisson", estimate=mean)
    assert "most probable rate is" in claim.statement


def test_posterior_is_normalised_numerically() -> None:
    x = np.random.default_rng(0).poisson(4, 20).astype(float)
    correct, without_prior = (3 + x.sum(), 2 + 20), (1 + x.sum(), 20)
    assert posterior_difference(x, (3, 2), correct) < 1e-9
    assert posterior_difference(x, (3, 2), without_prior) > 0.1


def test_moments_are_integrated() -> None:
    for theta in (0.3, 1.0, 3.0):
        assert moment(theta, 0) == pytest.approx(1, abs=1e-9)
        mean = stats.powerlaw(1 / theta).mean()
        assert moment(theta, 1) == pytest.approx(mean, abs=1e-9)


def test_findings_are_reproducible() -> None:
    assert run() == run()
    assert run() != run(replace(SETTINGS, seed=2))


def test_formulas_have_the_colour_of_their_points() -> None:
    plot = run().plots[-1]
    assert isinstance(plot, Plot)
    points, lines = plot.series[::2], plot.series[1::2]
    assert [s.colour for s in points] == [s.colour for s in lines] == [0, 1, 2, 3, 4]
    assert all(s.style == "points" and s.name for s in points)
    assert all(s.style == "dashed" and not s.name for s in lines)


def test_findings_are_written_as_json() -> None:
    findings = asdict(run())
    assert json.loads(json.dumps(findings))["claims"] == findings["claims"]
