"""The computations of the study of Kolmogorov-Arnold networks."""

from resound.runtime.progress import Progress
from resound.studies.common.findings import Findings
from resound.studies.spline_networks.comparison import (
    pair_trials,
    size_claims,
    size_plots,
    size_table,
    time_claims,
    train_networks,
)
from resound.studies.spline_networks.forgetting import (
    forgetting_claims,
    forgetting_plots,
    forgetting_table,
    learn_peaks,
)
from resound.studies.spline_networks.interpretation import (
    interpretation_claims,
    interpretation_plots,
    learn_functions,
)
from resound.studies.spline_networks.networks import DEGREE
from resound.studies.spline_networks.settings import Settings


def compute_findings(settings: Settings, progress: Progress) -> Findings:
    """Compare both networks by error, time, forgetting and interpretability."""
    import torch

    torch.set_num_threads(1)
    pairs = pair_trials(train_networks(settings, progress))
    forgetting = [learn_peaks(settings, seed, progress) for seed in settings.seed_range]
    functions = [learn_functions(settings, seed, progress) for seed in settings.seed_range]
    return Findings(
        title="Kolmogorov-Arnold networks",
        method=(
            f"Networks with B-splines of degree {DEGREE} on [-1, 1] plus a SiLU on each connection"
            " are compared with perceptrons of two hidden layers (SiLU) with as many parameters, to"
            f" within 2 %. Both learn from {settings.points} points of a function by L-BFGS, with"
            f" {settings.evaluations} evaluations on all of them, from {settings.seeds} seeds."
            " Errors are root mean squares over other points in standard deviations of the"
            " function: an error of one is that of predicting the mean. A statement counts as true"
            " or false where its metric differs from its bound by more than two standard errors"
            " over seeds, else it is open."
        ),
        claims=[
            *size_claims(pairs),
            *forgetting_claims(forgetting),
            *time_claims(pairs),
            *interpretation_claims(settings, functions),
        ],
        tables=[size_table(pairs), forgetting_table(forgetting, settings.peak_parameters)],
        plots=[
            *size_plots(pairs),
            *forgetting_plots(forgetting),
            *interpretation_plots(functions[0]),
        ],
    )
