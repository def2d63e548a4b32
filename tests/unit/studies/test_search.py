"""Architecture search: its space, its trials, what it goes on from, what it never sees."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy.stats import spearmanr

from resound.config.load import load
from resound.config.schema import Config
from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.metrics.significance import difference_interval
from resound.studies import search
from resound.studies.common.findings import Findings
from resound.studies.common.material import Data, Material
from resound.studies.search import Settings, findings, trials
from resound.studies.search.findings import Judged, Search
from resound.studies.search.space import Range
from resound.studies.search.trials import Tried

EXPERIMENT: dict[str, Any] = {
    "input": {"arrange": "pooled", "standardise": "train"},
    "model": {
        "kind": "perceptron",
        "hidden": [4],
        "activation": "relu",
        "weights": "xavier",
        "derivative": "pre_activation",
    },
    "train": {"optimizer": "sgd", "learning_rate": 0.01, "epochs": 3, "batch_size": 1},
}
DATA = Data(corpus="tones", features="means", split="parts")
SETTINGS = Settings(
    kind="search",
    data=[DATA],
    beside="by_hand",
    space={
        "model.hidden": [[2], [8], [8, 8]],
        "model.activation": ["relu", "bipolar"],
        "train.learning_rate": Range(low=0.001, high=0.1, log=True),
    },
    trials=9,
    epochs=3,
    repeats=2,
    start=3,
    patience=1,
)


@pytest.fixture
def material() -> Material:
    """Three classes that overlap: 60 items to train, 30 to validate, 30 to test."""
    random = np.random.default_rng(5)
    labels = np.arange(120) % 3
    rows = random.normal(0, 1, (120, 6)) + 1.2 * np.eye(6)[labels]
    table = {"label": [str(label) for label in labels]}
    parts = {"train": np.arange(60), "validation": np.arange(60, 90), "test": np.arange(90, 120)}
    features = Features(rows.astype(np.float32), np.arange(121))
    return Material(DATA, features, table, ["0", "1", "2"], {"only": parts})


def run(material: Material, folder: Path, settings: Settings = SETTINGS) -> Findings:
    return search.run(settings, [material], folder, lambda line: None, EXPERIMENT)


def finished_trials(folder: Path) -> list[tuple[Any, ...]]:
    """What the journal holds of each finished trial, without times."""
    import optuna

    backend = optuna.storages.journal.JournalFileBackend(str(folder / "trials.journal"))
    storage = optuna.storages.JournalStorage(backend)
    return [
        (study.study_name, trial.params, trial.intermediate_values, trial.state)
        for study in storage.get_all_studies()
        for trial in storage.get_all_trials(study._study_id)
    ]


class Killed(Exception):
    """Stands for a signal."""


def killed_after(trainings: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the search break in the middle of a training."""
    count, accuracy = 0, trials.Trainings.accuracy

    def counting(self: Any, values: Any, epoch: int) -> float:
        nonlocal count
        count += 1
        if count > trainings:
            raise Killed
        return accuracy(self, values, epoch)

    monkeypatch.setattr(trials.Trainings, "accuracy", counting)


@pytest.mark.parametrize("steps", [1, 40, 131, 200])
def test_broken_search_goes_on_as_if_unbroken(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    unbroken = run(material, tmp_path / "unbroken")
    with monkeypatch.context() as patch:
        killed_after(steps, patch)
        with pytest.raises(Killed):
            run(material, tmp_path / "broken")
    journal = tmp_path / "broken" / "trials.journal"
    with journal.open("a") as file:
        file.write('{"op_code": 4, "half a li')
    (tmp_path / "broken" / "trials.journal.lock").symlink_to(journal)
    known = len(trials_of_text(journal))
    assert run(material, tmp_path / "broken") == unbroken
    assert finished_trials(tmp_path / "broken") == finished_trials(tmp_path / "unbroken")
    assert len(finished_trials(tmp_path / "broken")) == 3 * 2 * 2 * 9 > known


def trials_of_text(journal: Path) -> list[str]:
    return [line for line in journal.read_text().splitlines() if '"params"' in line]


def test_what_is_known_is_not_trained_again(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(material, tmp_path)
    monkeypatch.setattr(trials.Trainings, "_trained", None)
    assert run(material, tmp_path) == first


@pytest.mark.parametrize("change", ["settings", "experiment", "features", "targets"])
def test_changed_purpose_starts_anew(material: Material, tmp_path: Path, change: str) -> None:
    run(material, tmp_path)
    settings, experiment = SETTINGS, EXPERIMENT
    if change == "settings":
        settings = replace(SETTINGS, epochs=2)
    elif change == "experiment":
        experiment = {**EXPERIMENT, "model": {**EXPERIMENT["model"], "weights": "normal"}}
    elif change == "features":
        material.features.matrix[70] += 1
    else:
        material.table["label"][70] = "2"  # type: ignore[index]
    search.run(settings, [material], tmp_path, lambda line: None, experiment)
    kept = finished_trials(tmp_path)
    search.run(settings, [material], tmp_path / "fresh", lambda line: None, experiment)
    assert kept == finished_trials(tmp_path / "fresh")


def test_words_of_the_study_do_not_start_anew(material: Material, tmp_path: Path) -> None:
    run(material, tmp_path)
    before = trials_of_text(tmp_path / "trials.journal")
    run(material, tmp_path, replace(SETTINGS, margin=0.1))
    assert trials_of_text(tmp_path / "trials.journal") == before


def test_search_never_looks_at_the_test_part(material: Material, tmp_path: Path) -> None:
    first = run(material, tmp_path / "clean")
    for item in material.parts["test"]:
        material.table["label"][item] = "0"  # type: ignore[index]
        material.features.matrix[item] = 1e3
    poisoned = run(material, tmp_path / "poisoned")
    assert finished_trials(tmp_path / "poisoned") == finished_trials(tmp_path / "clean")
    assert poisoned.tables[1:] == first.tables[1:]
    column = first.tables[0].columns.index("test accuracy")
    assert [row[:column] for row in poisoned.tables[0].rows] == [
        row[:column] for row in first.tables[0].rows
    ]
    assert poisoned.tables[0].rows != first.tables[0].rows


def test_strategies_begin_alike_and_then_differ(material: Material, tmp_path: Path) -> None:
    run(material, tmp_path)
    drawn: dict[str, list[Any]] = {}
    for name, params, _, _ in finished_trials(tmp_path):
        drawn.setdefault(name, []).append(params)
    for other in ("tpe", "evolution"):
        assert drawn[f"{other}, whole, 1"][0] != drawn[f"{other}, whole, 2"][0]
        assert drawn[f"{other}, whole, 1"] != drawn["random, whole, 1"]
    assert drawn["tpe, whole, 1"][:3] == drawn["random, whole, 1"][:3]
    assert drawn["random, pruned, 1"] == drawn["random, whole, 1"]


def test_pruned_trials_are_below_the_median_and_win_nothing(
    material: Material, tmp_path: Path
) -> None:
    run(material, tmp_path)
    cut, whole = 0, []
    for name, _, curve, state in finished_trials(tmp_path):
        if name != "random, pruned, 1":
            continue
        if state.name == "PRUNED":
            cut += 1
            last = max(curve)
            assert 1 <= last < 3
            # The best so far against the median of those before at the same epoch.
            assert max(curve.values()) < np.median([other[last] for other in whole])
        else:
            whole.append(curve)
    assert cut


def test_seed_reaches_the_search(material: Material, tmp_path: Path) -> None:
    run(material, tmp_path / "one")
    run(material, tmp_path / "other", replace(SETTINGS, seed=2))
    assert finished_trials(tmp_path / "one") != finished_trials(tmp_path / "other")


def test_found_model_is_the_most_accurate_on_validation(material: Material, tmp_path: Path) -> None:
    found = run(material, tmp_path)
    whole = [
        (max(curve.items())[1], params)
        for _, params, curve, state in finished_trials(tmp_path)
        if state.name == "COMPLETE"
    ]
    best = max(accuracy for accuracy, _ in whole)
    rows = {row[0]: row[-1] for row in found.tables[1].rows}
    assert rows["model.hidden"] in {
        str(json.loads(params["model.hidden"])) for accuracy, params in whole if accuracy == best
    }
    assert max(row[5] for row in found.tables[2].rows) <= best


# Verdicts


def judged(right: list[bool]) -> Judged:
    return Judged(1, 0.5, np.array(right))


@pytest.mark.parametrize(
    ("better", "worse", "holds"),
    [(40, 5, True), (5, 40, False), (20, 22, None), (0, 0, True), (6, 3, True)],
)
def test_as_good_is_judged_by_the_interval(better: int, worse: int, holds: bool | None) -> None:
    both = 500 - better - worse
    found = judged([True] * better + [False] * worse + [True] * both)
    by_hand = judged([False] * better + [True] * worse + [True] * both)
    assert findings.as_good(found, by_hand, 0.02).holds is holds


def searches(random: float, tpe: float, evolution: float, repeats: int = 8) -> list[Search]:
    def of(strategy: Any, accuracy: float) -> Search:
        tried = [Tried({}, [accuracy + n / 1000], False) for n in range(repeats)]
        return Search(strategy, False, [[one, one] for one in tried])

    return [of("random", random), of("tpe", tpe), of("evolution", evolution)]


@pytest.mark.parametrize(
    ("tpe", "evolution", "repeats", "holds"),
    [
        (0.8, 0.8, 8, True),
        (0.8, 0.7, 8, True),
        (0.8, 0.6, 8, None),
        (0.6, 0.7, 8, False),
        (0.7, 0.7, 8, None),
        (0.8, 0.8, 5, None),  # too few: 2 / 32 is above 0.025
    ],
)
def test_learning_pays_if_ahead_in_enough_repeats(
    tpe: float, evolution: float, repeats: int, holds: bool | None
) -> None:
    assert findings.learning_pays(searches(0.7, tpe, evolution, repeats)).holds is holds


@pytest.mark.parametrize(
    ("epochs", "lost", "holds"),
    [
        (5, [0.0] * 8, True),
        (10, [0.0] * 8, False),  # nothing saved
        (5, [0.1, 0.11] * 4, False),
        (5, [0.1, -0.1] * 4, None),
    ],
)
def test_pruning_pays_by_epochs_and_accuracy(
    epochs: int, lost: list[float], holds: bool | None
) -> None:
    def of(prunes: bool, accuracies: list[float], second: int) -> Search:
        cut = [Tried({}, [0.1] * second, True) for _ in accuracies]
        runs = [[Tried({}, [a] * 10, False), c] for a, c in zip(accuracies, cut)]
        return Search("random", prunes, runs)

    whole = of(False, [0.7] * len(lost), 10)
    pruned = of(True, [0.7 - loss for loss in lost], epochs)
    assert findings.pruning_pays([whole, pruned], 0.02).holds is holds


def test_best_so_far_and_epochs_spent() -> None:
    run = [
        Tried({}, [0.3, 0.5], False),
        Tried({}, [0.9], True),
        Tried({}, [0.1, 0.4], False),
        Tried({}, [0.2, 0.8], False),
    ]
    found = Search("random", True, [run])
    assert found.best.tolist() == [[0.5, 0.5, 0.5, 0.8]]
    assert found.spent.tolist() == [[2, 3, 5, 7]]


def test_rank_correlation_is_spearmans() -> None:
    random = np.random.default_rng(3)
    one, other = random.integers(5, size=30) / 5, random.integers(5, size=30) / 5
    assert findings.rank_correlation(one, other) == pytest.approx(spearmanr(one, other).statistic)
    assert np.isnan(findings.rank_correlation(np.ones(4), np.arange(4.0)))


def test_difference_interval_covers_as_often_as_it_says() -> None:
    """Of tables drawn with a known difference, 95 % hold it."""
    random = np.random.default_rng(4)
    drawn = random.multinomial(200, [0.12, 0.07, 0.81], 4000)
    inside = [low < 0.05 < high for low, high in (difference_interval(*d[:2], 200) for d in drawn)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.012)


# Configuration

CONFIG = yaml.safe_load("""
corpora:
  digits: {title: Digits, path_pattern: "{speaker}/{label}_{take}.wav", demo: {kind: digits, speakers: 3}}
features:
  mean: {kind: mfcc, pool: mean}
  logmel: {kind: logmel}
splits:
  random: {kind: random}
  held_out: {kind: random, validation: 0.1}
experiments:
  by_hand:
    corpus: digits
    features: mean
    split: random
    input: {arrange: pooled}
    model:
      {kind: perceptron, hidden: [mean], activation: relu, weights: xavier, derivative: activation}
    train: {optimizer: sgd, epochs: 5, demo: {epochs: 7}}
studies:
  theory_search:
    kind: search
    data: [{corpus: digits, features: mean, split: held_out}]
    beside: by_hand
    space:
      model.hidden: [[mean], [1/2, 8]]
      train.learning_rate: {low: 0.001, high: 0.1, log: true}
    trials: 4
    epochs: 2
""")


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[dict[str, Any]], Config]:
    def configured(changes: dict[str, Any]) -> Config:
        told = json.loads(json.dumps(CONFIG))
        told["studies"]["theory_search"] |= changes
        file = tmp_path / "config.yaml"
        file.write_text(yaml.safe_dump(told))
        return load(told, [file])

    return configured


def test_space_becomes_typed(configured: Callable[..., Config]) -> None:
    config = configured({})
    study = config.studies["theory_search"]
    assert isinstance(study, Settings)
    assert study.space["train.learning_rate"] == Range(low=0.001, high=0.1, log=True)
    assert study.space["model.hidden"] == [["mean"], ["1/2", 8]]
    experiment = config.experiment_of("theory_search")
    assert experiment is not None
    assert experiment["train"].epochs == 7


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"space": {"model.hiden": [[4]]}}, "did you mean 'model.hidden'"),
        ({"space": {"model.dropout": [0.1]}}, "a perceptron has no such setting"),
        ({"space": {"train.epochs": [3]}}, "a perceptron has no such setting"),
        ({"space": {"model.kind": ["cnn"]}}, "a perceptron has no such setting"),
        ({"space": {"model.activation": ["relu", "rely"]}}, "'rely' is not a choice"),
        ({"space": {"model.hidden": [["a third"]]}}, "say numbers, fractions"),
        ({"space": {"train.batch_size": [1, 8]}}, "one sample a step"),
        ({"space": {"train.learning_rate": []}}, "names no choices"),
        ({"space": {"train.learning_rate": {"low": 2, "high": 1}}}, "is no less than high"),
        ({"space": {"train.learning_rate": {"low": 0, "high": 1, "log": True}}}, "above zero"),
        ({"beside": "by_hands"}, "did you mean 'by_hand'"),
        ({"data": [{"corpus": "digits", "features": "mean", "split": "random"}]}, "`validation`"),
        ({"data": [{"corpus": "digits", "features": "logmel", "split": "held_out"}]}, "`pooled`"),
        ({"data": [{"corpus": "digit", "features": "mean", "split": "held_out"}]}, "'digits'"),
        ({"data": []}, "at least 1"),
    ],
)
def test_mistakes_name_what_is_wrong(
    configured: Callable[..., Config], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(UserError) as caught:
        configured(changes)
    assert said in str(caught.value)
    assert "studies.theory_search" in str(caught.value)
