"""The computations of the study of estimators."""

import numpy as np

from resound.studies.common.findings import Findings
from resound.studies.estimators.families import pareto, poisson, power
from resound.studies.estimators.findings import (
    MOMENTS_SOURCE,
    TOLERANCE,
    density_table,
    error_plot,
    estimates_plot,
    forms_table,
    likelihood_claim,
    limit_claim,
    mean_claim,
    metrics_table,
    moment_claim,
    posterior_claim,
    reported_estimate_claim,
    reported_moments_claim,
)
from resound.studies.estimators.prior import (
    prior_limit_claim,
    prior_limit_plot,
    reported_mode_claim,
)
from resound.studies.estimators.settings import Settings
from resound.studies.estimators.simulation import simulate


def compute_findings(settings: Settings) -> Findings:
    """Simulate every estimator and compare it with its formula."""
    random, sizes = np.random.default_rng(settings.seed), settings.sample_sizes
    pareto_ml, poisson_ml, posterior_mode, power_ml, moments, reported_moments = (
        simulation
        for family in (pareto(settings), poisson(settings), power(settings))
        for simulation in simulate(family, sizes, settings.repeats, random)
    )
    derived = [pareto_ml, poisson_ml, posterior_mode, power_ml, moments]
    forms = [moments, reported_moments]
    return Findings(
        title="Estimators and their formulas",
        method=(
            f"{settings.repeats:,} samples of each of {len(sizes)} sizes, from {sizes[0]} to"
            f" {sizes[-1]:,}, are drawn from each distribution: Pareto with theta"
            f" {settings.pareto_shape:g} above {settings.pareto_scale:g}, Poisson with rate"
            f" {settings.poisson_rate:g} and the prior Gamma({settings.prior_shape:g},"
            f" {settings.prior_rate:g}), and the density x^((1 - theta) / theta) / theta with theta"
            f" {settings.power_theta:g}. For one sample of each size the likelihood, computed from"
            " SciPy's densities, is also maximised numerically. A simulated metric agrees with its"
            f" formula within {TOLERANCE:g} standard errors."
        ),
        claims=[
            likelihood_claim(
                pareto_ml,
                "With the scale b known, the likelihood of a Pareto sample is largest at theta ="
                " n / (sum log x - n log b). It follows (our own addition) that the estimate"
                " is too large by theta / (n - 1) on average, with a variance of n^2 theta^2 /"
                " ((n - 1)^2 (n - 2)).",
            ),
            reported_mode_claim(settings),
            posterior_claim(settings, posterior_mode),
            prior_limit_claim(settings),
            limit_claim(posterior_mode, poisson_ml),
            likelihood_claim(
                power_ml,
                "The likelihood of the density x^((1 - theta) / theta) / theta is largest at theta"
                " = -mean log x. It follows (our own addition) that the estimate has no"
                " bias, and the variance theta^2 / n.",
            ),
            reported_moments_claim(settings.power_theta),
            reported_estimate_claim(reported_moments),
            mean_claim(),
            moment_claim(
                moments,
                "From E[x] = 1 / (1 + theta) moments give theta = 1 / mean - 1.",
                MOMENTS_SOURCE,
            ),
        ],
        tables=[metrics_table(derived), density_table(), forms_table(forms)],
        plots=[
            estimates_plot("Pareto", [pareto_ml]),
            estimates_plot("Poisson with a Gamma prior", [poisson_ml, posterior_mode]),
            prior_limit_plot(settings),
            estimates_plot("Density on (0, 1)", [power_ml, moments]),
            estimates_plot("Forms of the moments", forms),
            error_plot("Bias", "absolute bias", derived, "bias"),
            error_plot("Error", "root mean squared error", derived, "rmse"),
        ],
    )
