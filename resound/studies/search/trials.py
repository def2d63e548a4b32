"""Architecture search by optuna: trials that are cut short where they promise little.

Each trial follows from the seed and the trials finished before it, and each training from the
seed and its settings. So a search that goes on after a break makes the trials of an unbroken one,
and settings that several searches try are trained once.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from resound.models.common.kinds import kind_module
from resound.settings import typed
from resound.studies.search.space import Space, Values, chosen, varied
from resound.training.loop import Examples, Learner, Training, predictions

if TYPE_CHECKING:
    import optuna

Strategy = Literal["random", "tpe", "evolution"]


@dataclass(frozen=True)
class Tried:
    """A finished trial."""

    values: Values
    curve: list[float]
    """Accuracy on the validation part after each epoch."""
    pruned: bool
    """Whether it was cut short."""


@dataclass(frozen=True)
class Rules:
    """What all searches of a study have in common."""

    space: Space
    trials: int
    epochs: int
    """Of a trial that is not cut short."""
    start: int
    """Trials drawn by chance before a search learns; of an evolution, those of a generation."""
    patience: int
    """Epochs after which a trial may be cut short."""
    seed: int


class Trainings:
    """Accuracies on the validation part of whatever settings are asked for, each trained once."""

    def __init__(self, experiment: Mapping[str, Any], examples: Examples, rules: Rules) -> None:
        self._experiment, self._examples, self._rules = experiment, examples, rules
        self._running: dict[str, Iterator[float]] = {}
        self.curves: dict[str, list[float]] = {}
        """After each epoch so far, by the settings as JSON."""

    def know(self, tried: Tried) -> None:
        """Take over what a trial of an earlier run found."""
        key = _key(tried.values)
        self.curves[key] = max(self.curves.get(key, []), tried.curve, key=len)

    def accuracy(self, values: Values, epoch: int) -> float:
        """After so many epochs, counted from 1."""
        key = _key(values)
        curve = self.curves.setdefault(key, [])
        while len(curve) < epoch:
            if key not in self._running:
                self._running[key] = self._trained(values, len(curve))
            curve.append(next(self._running[key]))
        if len(curve) == self._rules.epochs:
            self._running.pop(key, None)
        return curve[epoch - 1]

    def _trained(self, values: Values, known: int) -> Iterator[float]:
        """The accuracies of a training after its first `known` epochs, which are repeated."""
        made = varied(self._experiment, values)
        made["train"] |= {
            "epochs": self._rules.epochs,
            "evaluations_per_epoch": 1,
            "checkpoint": "last",
        }
        text = f"{self._rules.seed} {_key(values)}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        learner = learner_of(made, self._examples, seed)
        validation = self._examples.inputs["validation"]
        for epoch in range(1, self._rules.epochs + 1):
            with np.errstate(all="ignore"):  # some settings diverge: they score as chance does
                learner.epoch(epoch)
                if epoch > known:
                    right = predictions(learner, validation) == self._examples.targets["validation"]
                    yield float(right.mean())


def learner_of(made: Mapping[str, Any], examples: Examples, seed: int) -> Learner:
    """A learner by the settings of an experiment, on the CPU."""
    kind = kind_module(made["model"]["kind"])
    model, training = typed(kind.Settings, made["model"]), Training(**made["train"])
    learner: Learner = kind.learner(model, training, examples, seed, "cpu")
    return learner


def searched(
    strategy: Strategy,
    prunes: bool,
    repeat: int,
    rules: Rules,
    trainings: Trainings,
    stored: "optuna.study.Study",
) -> list[Tried]:
    """The trials of a search; `precomputed` has those of an earlier run and is given each new one."""
    finished = stored.get_trials()
    for trial in finished:
        trainings.know(_tried(trial, rules.space))
    while len(finished) < rules.trials:
        finished.append(_next(strategy, prunes, repeat, rules, trainings, finished))
        # In one line of the journal: a trial is there as a whole or not at all.
        stored.add_trial(finished[-1])
    return [_tried(trial, rules.space) for trial in finished]


def _next(
    strategy: Strategy,
    prunes: bool,
    repeat: int,
    rules: Rules,
    trainings: Trainings,
    finished: Sequence["optuna.trial.FrozenTrial"],
) -> "optuna.trial.FrozenTrial":
    """The trial after those that are `finished`, and after nothing else that optuna remembers."""
    import optuna

    seed = int(np.random.SeedSequence([rules.seed, repeat, len(finished)]).generate_state(1)[0])
    study = optuna.create_study(
        direction="maximize",
        sampler=_sampler(strategy, rules.start, seed),
        pruner=optuna.pruners.MedianPruner(rules.start, rules.patience)
        if prunes
        else optuna.pruners.NopPruner(),
    )
    study.add_trials(finished)
    trial = study.ask()
    values = chosen(trial, rules.space)
    for epoch in range(1, rules.epochs + 1):
        accuracy = trainings.accuracy(values, epoch)
        trial.report(accuracy, epoch)
        if epoch < rules.epochs and trial.should_prune():
            return study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    return study.tell(trial, accuracy)


def _sampler(strategy: Strategy, start: int, seed: int) -> "optuna.samplers.BaseSampler":
    """What draws a trial.

    `tpe` models good and bad trials apart (Bergstra et al. 2011); `evolution` crosses and changes
    the better half by NSGA-II (Deb et al. 2002), which with one aim is a plain genetic algorithm.
    """
    import optuna

    if strategy == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if strategy == "tpe":
        return optuna.samplers.TPESampler(n_startup_trials=start, seed=seed)
    return optuna.samplers.NSGAIISampler(population_size=start, seed=seed)


def _tried(trial: "optuna.trial.FrozenTrial", space: Space) -> Tried:
    import optuna

    curve = [value for _, value in sorted(trial.intermediate_values.items())]
    values = chosen(optuna.trial.FixedTrial(trial.params), space)
    return Tried(values, curve, trial.state == optuna.trial.TrialState.PRUNED)


def _key(values: Values) -> str:
    return json.dumps(values, sort_keys=True)


def opened(folder: Path, fingerprint: str) -> Callable[[str], "optuna.study.Study"]:
    """What opens a search by name, from a journal in `folder` that serves `fingerprint` alone.

    The journal of another fingerprint is removed. A line that a killed run left unfinished is cut off.
    """
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    journal, beside = folder / "trials.journal", folder / "fingerprint.txt"
    if not beside.exists() or beside.read_text() != fingerprint:
        journal.unlink(missing_ok=True)
        beside.write_text(fingerprint)
    for lock in folder.glob(f"{journal.name}.lock*"):
        lock.unlink()
    if journal.exists():
        lines = journal.read_bytes()
        journal.write_bytes(lines[: lines.rfind(b"\n") + 1])
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(journal)))
    return lambda name: optuna.create_study(
        study_name=name, storage=storage, direction="maximize", load_if_exists=True
    )
