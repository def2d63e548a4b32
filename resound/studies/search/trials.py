"""Architecture search by optuna, whose trials are pruned when they are not promising.

Each trial is determined by the seed and the trials finished before it, and each training by the
seed and its settings. So a search that was interrupted and resumed makes the same trials as an
uninterrupted one, and settings that several searches try are trained once.
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
from resound.studies.search.space import Space, Values, replace_settings, suggest_values
from resound.training.learner import Examples, Learner, predict_classes
from resound.training.settings import Training

if TYPE_CHECKING:
    import optuna

Strategy = Literal["random", "tpe", "evolution"]


@dataclass(frozen=True)
class Trial:
    """A finished trial."""

    values: Values
    curve: list[float]
    """The accuracy on the validation part after each epoch."""
    pruned: bool
    """Whether it ended before its last epoch."""


@dataclass(frozen=True)
class SearchSettings:
    """The settings that all searches of a study share, each as in `Settings`."""

    space: Space
    trials: int
    epochs: int
    startup_trials: int
    min_epochs: int
    seed: int


class TrainingCurves:
    """Accuracies on the validation part by settings and epoch; settings are trained only once."""

    def __init__(
        self, experiment: Mapping[str, Any], examples: Examples, settings: SearchSettings
    ) -> None:
        self._experiment, self._examples, self._settings = experiment, examples, settings
        self._trainings: dict[str, Iterator[float]] = {}
        self.curves: dict[str, list[float]] = {}
        """The accuracy after each epoch so far, by the values as JSON."""

    def add(self, trial: Trial) -> None:
        """Add the accuracies of a trial of an earlier run."""
        key = _key(trial.values)
        self.curves[key] = max(self.curves.get(key, []), trial.curve, key=len)

    def accuracy(self, values: Values, epoch: int) -> float:
        """Return the accuracy after `epoch` epochs, training as far as needed."""
        key = _key(values)
        curve = self.curves.setdefault(key, [])
        while len(curve) < epoch:
            if key not in self._trainings:
                self._trainings[key] = self._train(values, len(curve))
            curve.append(next(self._trainings[key]))
        if len(curve) == self._settings.epochs:
            self._trainings.pop(key, None)
        return curve[epoch - 1]

    def _train(self, values: Values, known: int) -> Iterator[float]:
        """Yield the accuracy after each epoch but the first `known` ones, which are repeated."""
        experiment = replace_settings(self._experiment, values)
        experiment["train"] |= {
            "epochs": self._settings.epochs,
            "evaluations_per_epoch": 1,
            "checkpoint": "last",
        }
        text = f"{self._settings.seed} {_key(values)}"
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
        learner = build_learner(experiment, self._examples, seed)
        inputs = self._examples.inputs["validation"]
        targets = self._examples.targets["validation"]
        for epoch in range(1, self._settings.epochs + 1):
            # Some settings diverge; their accuracy is that of chance.
            with np.errstate(all="ignore"):
                learner.epoch(epoch)
                if epoch > known:
                    yield float((predict_classes(learner, inputs) == targets).mean())


def build_learner(experiment: Mapping[str, Any], examples: Examples, seed: int) -> Learner:
    """Return a learner with the `model` and `train` settings of an experiment, on the CPU."""
    kind = kind_module(experiment["model"]["kind"])
    model, training = typed(kind.Settings, experiment["model"]), Training(**experiment["train"])
    learner: Learner = kind.learner(model, training, examples, seed, "cpu")
    return learner


def run_search(
    strategy: Strategy,
    pruning: bool,
    repeat: int,
    settings: SearchSettings,
    curves: TrainingCurves,
    stored: "optuna.study.Study",
) -> list[Trial]:
    """Return the trials of a search.

    `stored` has the trials of an earlier run, and each new trial is added to it.
    """
    finished = stored.get_trials()
    for trial in finished:
        curves.add(_to_trial(trial, settings.space))
    while len(finished) < settings.trials:
        finished.append(_next_trial(strategy, pruning, repeat, settings, curves, finished))
        # The journal gets a single line, so a trial is stored completely or not at all.
        stored.add_trial(finished[-1])
    return [_to_trial(trial, settings.space) for trial in finished]


def _next_trial(
    strategy: Strategy,
    pruning: bool,
    repeat: int,
    settings: SearchSettings,
    curves: TrainingCurves,
    finished: Sequence["optuna.trial.FrozenTrial"],
) -> "optuna.trial.FrozenTrial":
    """Run the trial after the `finished` ones; it depends on no other state of optuna."""
    import optuna

    seeds = np.random.SeedSequence([settings.seed, repeat, len(finished)])
    study = optuna.create_study(
        direction="maximize",
        sampler=_sampler(strategy, settings.startup_trials, int(seeds.generate_state(1)[0])),
        pruner=optuna.pruners.MedianPruner(settings.startup_trials, settings.min_epochs)
        if pruning
        else optuna.pruners.NopPruner(),
    )
    study.add_trials(finished)
    trial = study.ask()
    values = suggest_values(trial, settings.space)
    for epoch in range(1, settings.epochs + 1):
        accuracy = curves.accuracy(values, epoch)
        trial.report(accuracy, epoch)
        if epoch < settings.epochs and trial.should_prune():
            return study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    return study.tell(trial, accuracy)


def _sampler(strategy: Strategy, startup_trials: int, seed: int) -> "optuna.samplers.BaseSampler":
    """Return the sampler of a strategy.

    `tpe` models good and bad trials separately (Bergstra et al. 2011). `evolution` recombines and
    mutates the better half by NSGA-II (Deb et al. 2002), which with a single objective is a plain
    genetic algorithm.
    """
    import optuna

    if strategy == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    if strategy == "tpe":
        return optuna.samplers.TPESampler(n_startup_trials=startup_trials, seed=seed)
    return optuna.samplers.NSGAIISampler(population_size=startup_trials, seed=seed)


def _to_trial(trial: "optuna.trial.FrozenTrial", space: Space) -> Trial:
    """Convert a trial of optuna."""
    import optuna

    curve = [value for _, value in sorted(trial.intermediate_values.items())]
    values = suggest_values(optuna.trial.FixedTrial(trial.params), space)
    return Trial(values, curve, trial.state == optuna.trial.TrialState.PRUNED)


def _key(values: Values) -> str:
    return json.dumps(values, sort_keys=True)


def open_journal(folder: Path, fingerprint: str) -> Callable[[str], "optuna.study.Study"]:
    """Return a function that opens a search by name, from a journal in `folder`.

    A journal with another fingerprint is removed first, and an incomplete last line, which a killed
    run leaves, is cut off.
    """
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    journal, fingerprint_file = folder / "trials.journal", folder / "fingerprint.txt"
    if not fingerprint_file.exists() or fingerprint_file.read_text() != fingerprint:
        journal.unlink(missing_ok=True)
        fingerprint_file.write_text(fingerprint)
    for lock in folder.glob(f"{journal.name}.lock*"):
        lock.unlink()
    if journal.exists():
        lines = journal.read_bytes()
        journal.write_bytes(lines[: lines.rfind(b"\n") + 1])
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(journal)))
    return lambda name: optuna.create_study(
        study_name=name, storage=storage, direction="maximize", load_if_exists=True
    )
