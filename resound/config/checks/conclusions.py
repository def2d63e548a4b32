"""Checks of conclusions."""

from collections.abc import Iterator

from resound.config.checks.mistakes import Mistake, no_such
from resound.config.conclusions import Conclusion
from resound.config.experiments import Classification, Recognition
from resound.config.schema import Config

_METRICS = {
    "classify": ("accuracy", "macro_f1", "parameters"),
    "identify": ("accuracy", "macro_f1", "parameters"),
    "transcribe": ("wer", "parameters"),
    "translate": ("bleu", "parameters"),
}


def mistakes(config: Config, conclusion: Conclusion) -> Iterator[Mistake]:
    """Yield names that nothing has, and what cannot be compared."""
    if conclusion.improving:
        if conclusion.better or conclusion.worse or conclusion.metric:
            yield ("improving",), "takes the place of `better`, `worse` and `metric`: drop them"
    elif not (conclusion.better and conclusion.worse):
        yield (), "names two experiments, `better` and `worse`, or one, `improving`"
    elif conclusion.better == conclusion.worse:
        yield ("worse",), "an experiment is not better than itself: name another"
    unknown = [
        (key, name)
        for key in ("better", "worse", "improving")
        if (name := getattr(conclusion, key)) and name not in config.experiments
    ]
    for key, name in unknown:
        yield (key,), no_such("experiment", name, config.experiments, "experiments")
    if not unknown:
        yield from _misfits(config, conclusion)


def _misfits(config: Config, conclusion: Conclusion) -> Iterator[Mistake]:
    """Yield why the experiments have no metric in common, or none per epoch."""
    if conclusion.improving and config.experiments[conclusion.improving].train is None:
        yield ("improving",), "is not trained: name one that is"
    tasks = {_task(config.experiments[name]) for name in conclusion.experiments()}
    known = set.intersection(*(set(_METRICS[task]) for task in tasks)) if tasks else set()
    if len(tasks) > 1 and (conclusion.metric or "") not in known:
        yield ("worse",), f"has another task ({' and '.join(sorted(tasks))}), so other metrics"
    elif conclusion.metric and conclusion.metric not in known:
        yield ("metric",), f"is not of these experiments, which have {', '.join(sorted(known))}"


def _task(experiment: Classification | Recognition) -> str:
    return experiment.decode.task if isinstance(experiment, Recognition) else "classify"
