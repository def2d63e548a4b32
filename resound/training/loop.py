"""The training loop: epochs with a history, a checkpoint after each, and the choice of the best.

The history has loss and accuracy of each epoch: of the training part as they were measured during
training, and of the other parts that are recorded as they are at the end of the epoch.

All randomness of an epoch follows from the seed and the epoch's number, so a killed run that
resumes after its last complete epoch ends with the same bytes as an uninterrupted one.
"""

import math

from resound.data.folds import Part
from resound.runtime.progress import Progress, silent
from resound.training.checkpoint import Checkpoint
from resound.training.learner import Examples, Learner, Metrics
from resound.training.settings import Training


def train(
    learner: Learner,
    training: Training,
    examples: Examples,
    checkpoint: Checkpoint,
    progress: Progress = silent,
) -> list[Metrics]:
    """Train to the last epoch and return the history; the learner ends with the kept weights."""
    state = checkpoint.resume(learner)
    if state.history:
        progress(f"resumes after epoch {state.history[-1]['epoch']:g}")
    recorded = _recorded_parts(training, examples)
    evaluations = training.evaluations_per_epoch
    for number in range(len(state.history) + 1, training.epochs * evaluations + 1):
        epoch = number if evaluations == 1 else number / evaluations
        metrics = {"epoch": epoch, **learner.epoch(number)}
        for part in recorded:
            evaluated = learner.evaluate(examples.inputs[part], examples.targets[part])
            metrics |= {f"{part}_{name}": value for name, value in evaluated.items()}
        if training.checkpoint == "best_validation" and _is_best(metrics, state.history):
            state.best = {name: tensor.copy() for name, tensor in learner.weights().items()}
        state.history.append(metrics)
        checkpoint.save(learner, state)
        progress(_line(metrics, training.epochs))
    if state.best:
        learner.load_weights(state.best)
    return state.history


def _recorded_parts(training: Training, examples: Examples) -> list[Part]:
    """Return the parts, besides training, whose loss and accuracy are recorded."""
    parts: list[Part] = ["validation", "test"] if training.record_test else ["validation"]
    return [part for part in parts if part in examples.inputs]


def _is_best(metrics: Metrics, history: list[Metrics]) -> bool:
    accuracy = metrics["validation_accuracy"]
    return all(accuracy > earlier["validation_accuracy"] for earlier in history)


def _line(metrics: Metrics, epochs: int) -> str:
    rest = ", ".join(
        f"{name.replace('_', ' ')} {value:.4f}" if math.isfinite(value) else f"{name} diverged"
        for name, value in metrics.items()
        if name != "epoch"
    )
    return f"epoch {metrics['epoch']:g}/{epochs}: {rest}"
