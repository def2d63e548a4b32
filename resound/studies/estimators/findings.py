"""Claims, tables and plots about simulated estimators."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from resound.studies.common.findings import Cell, Claim, Plot, Series, Source, Table
from resound.studies.estimators.settings import Settings
from resound.studies.estimators.simulation import Simulation, Vector, log_log_slope

SOURCE = Source("report", "theory report, estimators")
POISSON_SOURCE = Source("ours", "the Poisson case of the report's Gamma prior")
MOMENTS_SOURCE = Source("ours", "the correct form of the report's moments")
TOLERANCE = 4.0
"""Standard errors by which a simulated metric may differ from its formula. Among this many
comparisons some differ by more than three by chance."""
SLOPE_TOLERANCE = 0.05
"""How much the slope of log error against log n may differ from the expected one."""
ROUNDING = 1e-6
"""The relative error of numerical integrals and maxima."""
THETAS = (0.25, 0.6, 1.0, 2.0, 4.0)
"""The values of theta for which the density on (0, 1) is integrated."""
ORDERS = (0, 1, 2)
"""The orders of the moments that are integrated."""
BEYOND = 10.0
"""A bound above 1 up to which the density is integrated, too."""


def density(x: float, theta: float) -> float:
    """Return the density x^((1 - theta) / theta) / theta on (0, 1)."""
    return float(x ** ((1 - theta) / theta) / theta)


def moment(theta: float, order: int, end: float = 1.0) -> float:
    """Return the mean of x^order under that density, integrated numerically from 0 to `end`."""
    from scipy.integrate import quad

    return float(quad(lambda x: x**order * density(x, theta), 0, end, epsabs=1e-11)[0])


def posterior_difference(
    sample: Vector, prior: tuple[float, float], posterior: tuple[float, float]
) -> float:
    """Return the largest difference between a claimed and the numerical posterior density.

    The latter is the Gamma prior times the Poisson likelihood, normalised numerically. `prior` and
    `posterior` are shape and rate of Gamma distributions. The difference is relative to the maximum
    of the claimed density.
    """
    from scipy import stats

    before, after = (stats.gamma(shape, scale=1 / rate) for shape, rate in (prior, posterior))
    rates = np.linspace(after.ppf(1e-12), after.isf(1e-12), 401)
    logs = stats.poisson.logpmf(sample, rates[:, None]).sum(axis=1) + before.logpdf(rates)
    product = np.exp(logs - logs.max())
    claimed = after.pdf(rates)
    differences = np.abs(product / np.trapezoid(product, rates) - claimed)
    return float(differences.max() / claimed.max())


def likelihood_claim(simulation: Simulation, statement: str) -> Claim:
    """Claim that an estimate is the maximum, with bias and variance as by formula."""
    (bias, variance), error = simulation.largest_deviations, simulation.maximum_error or 0.0
    verdict = max(bias, variance) < TOLERANCE and error < ROUNDING and _root_n(simulation)
    evidence = (
        f"Its relative difference from the numerical maximum is at most {error:.0e}. The simulated"
        f" bias is within {bias:.1f} standard errors of the formula at every n, the variance within"
        f" {variance:.1f}; the error is proportional to n to the power {simulation.slope:.3f} (-1/2"
        " is expected)."
    )
    return Claim(statement, SOURCE, verdict, evidence)


def posterior_claim(settings: Settings, mode: Simulation) -> Claim:
    """Claim that a Poisson rate has a Gamma posterior, and its mode."""
    random = np.random.default_rng(settings.seed)
    samples = [
        random.poisson(settings.poisson_rate, n).astype(np.float64) for n in settings.sample_sizes
    ]
    alpha, beta = settings.prior_shape, settings.prior_rate
    difference = max(
        posterior_difference(x, (alpha, beta), (alpha + x.sum(), beta + len(x))) for x in samples
    )
    (bias, variance), error = mode.largest_deviations, mode.maximum_error or 0.0
    return Claim(
        "With a Gamma(alpha, beta) prior the rate of a Poisson sample has the posterior"
        " Gamma(alpha + sum x, beta + n), and so the most probable rate is (alpha + sum x - 1) /"
        " (beta + n).",
        POISSON_SOURCE,
        max(difference, error) < ROUNDING and max(bias, variance) < TOLERANCE,
        f"Prior times likelihood, normalised numerically, differs from the Gamma density by"
        f" {difference:.0e} of its maximum at most, and its mode from the formula by {error:.0e}."
        " Bias (alpha - 1 - beta rate) / (beta + n) and variance n rate / (beta + n)^2 agree within"
        f" {bias:.1f} and {variance:.1f} standard errors.",
    )


def limit_claim(mode: Simulation, maximum_likelihood: Simulation) -> Claim:
    """Claim that the mode approaches maximum likelihood as 1 / n."""
    gaps = np.abs(mode.estimates - maximum_likelihood.estimates).mean(axis=1)
    slope = log_log_slope(mode.sizes, gaps)
    relative_gap = gaps[-1] / np.sqrt(maximum_likelihood.variance[-1])
    return Claim(
        "As n grows the most probable rate tends to that of maximum likelihood, the sample mean:"
        " the prior is outweighed.",
        SOURCE,
        bool((np.diff(gaps) < 0).all()) and slope < -1 + SLOPE_TOLERANCE,
        f"Their mean difference is {gaps[0]:.2g} at n = {mode.sizes[0]} and {gaps[-1]:.2g} at"
        f" n = {mode.sizes[-1]:,}, {relative_gap:.2g} of the standard deviation there; the"
        f" difference is proportional to n to the power {slope:.3f}, the error of the sample mean"
        f" to n to the power {maximum_likelihood.slope:.3f}.",
    )


def mean_claim() -> Claim:
    """Claim that the density on (0, 1) has the mean 1 / (1 + theta)."""
    difference = max(abs(moment(theta, 1) - 1 / (1 + theta)) for theta in THETAS)
    return Claim(
        "The density x^((1 - theta) / theta) / theta on (0, 1) has the mean 1 / (1 + theta).",
        MOMENTS_SOURCE,
        difference < ROUNDING,
        f"Integrated numerically for theta from {THETAS[0]:g} to {THETAS[-1]:g} the mean differs"
        f" from it by {difference:.0e} at most.",
    )


def reported_moments_claim(theta: float) -> Claim:
    """Claim that the moments are 1 / (theta (n + 1)), as integrated from 0 to infinity.

    The verdict is true if they are for all of `THETAS` and `ORDERS`; `theta` is an example.
    """
    differences = {
        (value, order): abs(moment(value, order) - 1 / (value * (order + 1)))
        for value in THETAS
        for order in ORDERS
    }
    correct = {value for value in THETAS if all(differences[value, n] < ROUNDING for n in ORDERS)}
    return Claim(
        "The density x^((1 - theta) / theta) / theta, integrated from 0 to infinity, has the"
        " moments E[x^n] = 1 / (theta (n + 1)).",
        SOURCE,
        correct == set(THETAS),
        f"It is a density on (0, 1) only: for theta {theta:g} its integral up to {BEYOND:g} is"
        f" {moment(theta, 0, BEYOND):.3g} and grows without bound. The formula gives the mean"
        f" {1 / (2 * theta):.3f}; integrated numerically over (0, 1) it is {moment(theta, 1):.3f}."
        f" At n = 0 it gives {1 / theta:.3g} instead of {moment(theta, 0):.3g}. Of the thetas"
        f" {', '.join(f'{value:g}' for value in THETAS)} it is correct for"
        f" {', '.join(f'{value:g}' for value in sorted(correct)) or 'none'}.",
    )


def reported_estimate_claim(simulation: Simulation) -> Claim:
    """Claim that the estimate from the report's moments is consistent."""
    claim = moment_claim(simulation, "Moments give theta = 1 / (2 mean).", SOURCE)
    limits = ", ".join(f"{1 / (2 * moment(theta, 1)):.4g} for {theta:g}" for theta in THETAS)
    return replace(claim, evidence=f"{claim.evidence} By the numerical mean its limit is {limits}.")


def moment_claim(simulation: Simulation, statement: str, source: Source) -> Claim:
    """Claim that the error of an estimate by moments falls as 1 / sqrt n."""
    mean, standard_error = simulation.mean[-1], simulation.bias_error[-1]
    sizes, rmse = simulation.sizes, simulation.rmse
    return Claim(
        statement,
        source,
        _root_n(simulation),
        f"With theta {simulation.estimator.truth:g} the estimates have the mean {mean:.4f}"
        f" (standard error {standard_error:.4f}) at n = {sizes[-1]:,}; the error goes from"
        f" {rmse[0]:.3g} at n = {sizes[0]} to {rmse[-1]:.3g}, proportional to n to the power"
        f" {simulation.slope:.3f} over the larger half of the sizes (-1/2 is expected).",
    )


def _root_n(simulation: Simulation) -> bool:
    """Return whether the error falls as 1 / sqrt n."""
    return abs(simulation.slope + 0.5) < SLOPE_TOLERANCE


def metrics_table(simulations: Sequence[Simulation]) -> Table:
    """Return bias, variance and error of each estimator, simulated and by formula."""
    count = len(simulations[0].sizes)
    rows: list[list[Cell]] = []
    for s in simulations:
        for row, n in enumerate((0, count // 2, count - 1)):
            metrics = (
                s.bias[n],
                s.bias_by_formula[n],
                s.variance[n],
                s.variance_by_formula[n],
                s.rmse[n] ** 2,
                s.rmse_by_formula[n] ** 2,
            )
            name = "" if row else f"{s.estimator.family}, {s.estimator.name}"
            rows.append([name, s.sizes[n], *map(_three_digits, metrics)])
    return Table(
        "Simulated, and by formula",
        "estimator|n|bias|formula|variance|formula|mean squared error|formula".split("|"),
        rows,
        "By moments the formulas are the first term in 1 / n, which small samples need not match.",
    )


def density_table() -> Table:
    """Return the mean of the density on (0, 1), our formula for it and the report's."""
    rows = [
        [theta, moment(theta, 0), moment(theta, 1), 1 / (1 + theta), 1 / (2 * theta)]
        for theta in THETAS
    ]
    columns = ["theta", "density", "mean", "ours: 1 / (1 + theta)", "report: 1 / (2 theta)"]
    return Table("The density on (0, 1), integrated numerically", columns, rows)


def forms_table(simulations: Sequence[Simulation]) -> Table:
    """Return the limits and errors of several forms of the estimate by moments."""
    rows: list[list[Cell]] = []
    for s in simulations:
        metrics = (s.mean[-1], s.bias_error[-1], s.rmse[0], s.rmse[-1], s.slope)
        rows.append([s.estimator.name, *map(_three_digits, metrics)])
    small, large = simulations[0].sizes[0], simulations[0].sizes[-1]
    return Table(
        f"Forms of the moments where theta is {simulations[0].estimator.truth:g}",
        ["form", "mean", "standard error", f"error, n = {small}", f"n = {large:,}", "slope"],
        rows,
        "The first is ours, from the mean 1 / (1 + theta); the second is the report's, from"
        " 1 / (2 theta), and tends to (1 + theta) / 2.",
    )


def _three_digits(value: float) -> str:
    return f"{value:.3g}"


def estimates_plot(title: str, simulations: Sequence[Simulation]) -> Plot:
    """Return a plot of means and standard deviations, slightly offset from each other."""
    sizes = simulations[0].sizes
    series = [
        Series(
            s.estimator.name,
            [n * 1.08**offset for n in sizes],
            s.mean.tolist(),
            np.sqrt(s.variance).tolist(),
            style="points",
        )
        for offset, s in enumerate(simulations)
    ]
    true_values = [simulations[0].estimator.truth] * len(sizes)
    truth = Series("truth", list(sizes), true_values, style="dashed")
    label = "mean and standard deviation of estimates"
    return Plot(title, "n", label, [*series, truth], log_x=True)


def error_plot(
    title: str, y_label: str, simulations: Sequence[Simulation], metric: Literal["bias", "rmse"]
) -> Plot:
    """Return a plot with points for simulations and dashed lines of the same colour for formulas.

    Metrics that are 0 by formula are left out.
    """
    series = []
    for colour, s in enumerate(simulations):
        by_formula = np.abs(getattr(s, f"{metric}_by_formula"))
        if not by_formula.any():
            continue
        name, sizes = f"{s.estimator.family}, {s.estimator.name}", list(s.sizes)
        values = np.abs(getattr(s, metric)).tolist()
        error = s.bias_error.tolist() if metric == "bias" else None
        series += [
            Series(name, sizes, values, error, style="points", colour=colour),
            Series("", sizes, by_formula.tolist(), style="dashed", colour=colour),
        ]
    return Plot(f"{title} (dashed: formula)", "n", y_label, series, log_x=True, log_y=True)
