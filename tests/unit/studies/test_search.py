"""Architecture search: space, trials, resumption, verdicts, and no use of the test part."""

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
from resound.studies.search.findings import FinalModel, Search
from resound.studies.search.space import Range
from resound.studies.search.trials import Trial

CODE = "version of the code"
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
    baseline="by_hand",
    space={
        "model.hidden": [[2], [8], [8, 8]],
        "model.activation": ["relu", "bipolar"],
        "train.learning_rate": Range(low=0.001, high=0.1, log=True),
    },
    trials=9,
    epochs=3,
    repeats=2,
    startup_trials=3,
    min_epochs=1,
)


@pytest.fixture
def material() -> Material:
    """Return three overlapping classes with 60 training, 30 validation and 30 test items."""
    random = np.random.default_rng(5)
    labels = np.arange(120) % 3
    rows = random.normal(0, 1, (120, 6)) + 1.2 * np.eye(6)[labels]
    table = {"label": [str(label) for label in labels]}
    parts = {"train": np.arange(60), "validation": np.arange(60, 90), "test": np.arange(90, 120)}
    features = Features(rows.astype(np.float32), np.arange(121))
    return Material(DATA, features, table, ["0", "1", "2"], {"only": parts})


def run(material: Material, folder: Path, settings: Settings = SETTINGS) -> Findings:
    return search.run(settings, [material], folder, lambda line: None, EXPERIMENT, CODE)


def finished_trials(folder: Path) -> list[tuple[Any, ...]]:
    """Return the finished trials of the journal, without times."""
    import optuna

    backend = optuna.storages.journal.JournalFileBackend(str(folder / "trials.journal"))
    storage = optuna.storages.JournalStorage(backend)
    return [
        (study.study_name, trial.params, trial.intermediate_values, trial.state)
        for study in storage.get_all_studies()
        for trial in storage.get_all_trials(study._study_id)
    ]


class Killed(Exception):
    """Simulates a signal."""


def kill_after(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt the search in the middle of a training."""
    count, accuracy = 0, trials.TrainingCurves.accuracy

    def counting(self: Any, values: Any, epoch: int) -> float:
        nonlocal count
        count += 1
        if count > epochs:
            raise Killed
        return accuracy(self, values, epoch)

    monkeypatch.setattr(trials.TrainingCurves, "accuracy", counting)


@pytest.mark.parametrize("epochs", [1, 40, 131, 200])
def test_interrupted_search_resumes_with_the_same_trials(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epochs: int
) -> None:
    uninterrupted = run(material, tmp_path / "uninterrupted")
    with monkeypatch.context() as patch:
        kill_after(epochs, patch)
        with pytest.raises(Killed):
            run(material, tmp_path / "interrupted")
    journal = tmp_path / "interrupted" / "trials.journal"
    with journal.open("a") as file:
        file.write('{"op_code": 4, "half a li')
    (tmp_path / "interrupted" / "trials.journal.lock").symlink_to(journal)
    known = len(journal_lines(journal))
    assert run(material, tmp_path / "interrupted") == uninterrupted
    assert finished_trials(tmp_path / "interrupted") == finished_trials(tmp_path / "uninterrupted")
    assert len(finished_trials(tmp_path / "interrupted")) == 3 * 2 * 2 * 9 > known


def journal_lines(journal: Path) -> list[str]:
    return [line for line in journal.read_text().splitlines() if '"params"' in line]


def test_known_epochs_are_not_trained_again(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(material, tmp_path)
    monkeypatch.setattr(trials.TrainingCurves, "_train", None)
    assert run(material, tmp_path) == first


@pytest.mark.parametrize("change", ["settings", "experiment", "code", "features", "targets"])
def test_changed_fingerprint_restarts_the_search(
    material: Material, tmp_path: Path, change: str
) -> None:
    run(material, tmp_path)
    settings, experiment, code = SETTINGS, EXPERIMENT, CODE
    if change == "settings":
        settings = replace(SETTINGS, epochs=2)
    elif change == "experiment":
        experiment = {**EXPERIMENT, "model": {**EXPERIMENT["model"], "weights": "normal"}}
    elif change == "code":
        code = "another version"
    elif change == "features":
        material.features.matrix[70] += 1
    else:
        material.table["label"][70] = "2"  # type: ignore[index]
    search.run(settings, [material], tmp_path, lambda line: None, experiment, code)
    restarted = finished_trials(tmp_path)
    search.run(settings, [material], tmp_path / "fresh", lambda line: None, experiment, code)
    assert restarted == finished_trials(tmp_path / "fresh")


def test_changed_margin_does_not_restart_the_search(material: Material, tmp_path: Path) -> None:
    run(material, tmp_path)
    before = journal_lines(tmp_path / "trials.journal")
    run(material, tmp_path, replace(SETTINGS, margin=0.1))
    assert journal_lines(tmp_path / "trials.journal") == before


def test_search_does_not_use_the_test_part(material: Material, tmp_path: Path) -> None:
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


def test_strategies_have_the_same_startup_trials_and_then_differ(
    material: Material, tmp_path: Path
) -> None:
    run(material, tmp_path)
    values: dict[str, list[Any]] = {}
    for name, params, _, _ in finished_trials(tmp_path):
        values.setdefault(name, []).append(params)
    for other in ("tpe", "evolution"):
        assert values[f"{other}, unpruned, 1"][0] != values[f"{other}, unpruned, 2"][0]
        assert values[f"{other}, unpruned, 1"] != values["random, unpruned, 1"]
    assert values["tpe, unpruned, 1"][:3] == values["random, unpruned, 1"][:3]
    assert values["random, pruned, 1"] == values["random, unpruned, 1"]


def test_pruned_trials_are_below_the_median(material: Material, tmp_path: Path) -> None:
    run(material, tmp_path)
    pruned, complete = 0, []
    for name, _, curve, state in finished_trials(tmp_path):
        if name != "random, pruned, 1":
            continue
        if state.name == "PRUNED":
            pruned += 1
            last = max(curve)
            assert 1 <= last < 3
            # The best so far is compared with the median of earlier trials at the same epoch.
            assert max(curve.values()) < np.median([other[last] for other in complete])
        else:
            complete.append(curve)
    assert pruned


def test_seed_reaches_the_search(material: Material, tmp_path: Path) -> None:
    run(material, tmp_path / "one")
    run(material, tmp_path / "other", replace(SETTINGS, seed=2))
    assert finished_trials(tmp_path / "one") != finished_trials(tmp_path / "other")


def test_searched_model_is_the_most_accurate_on_validation(
    material: Material, tmp_path: Path
) -> None:
    result = run(material, tmp_path)
    complete = [
        (max(curve.items())[1], params)
        for _, params, curve, state in finished_trials(tmp_path)
        if state.name == "COMPLETE"
    ]
    best = max(accuracy for accuracy, _ in complete)
    rows = {row[0]: row[-1] for row in result.tables[1].rows}
    assert rows["model.hidden"] in {
        str(json.loads(params["model.hidden"])) for accuracy, params in complete if accuracy == best
    }
    assert max(row[5] for row in result.tables[2].rows) <= best


# Verdicts


def final_model(correct: list[bool]) -> FinalModel:
    return FinalModel(1, 0.5, np.array(correct))


@pytest.mark.parametrize(
    ("better", "worse", "verdict"),
    [(40, 5, True), (5, 40, False), (20, 22, None), (0, 0, True), (6, 3, True)],
)
def test_equivalence_follows_from_the_interval(
    better: int, worse: int, verdict: bool | None
) -> None:
    both = 500 - better - worse
    searched = final_model([True] * better + [False] * worse + [True] * both)
    by_hand = final_model([False] * better + [True] * worse + [True] * both)
    assert findings.equivalence_claim(searched, by_hand, 0.02).verdict is verdict


def searches(random: float, tpe: float, evolution: float, repeats: int = 8) -> list[Search]:
    def of(strategy: Any, accuracy: float) -> Search:
        trials = [Trial({}, [accuracy + n / 1000], False) for n in range(repeats)]
        return Search(strategy, False, [[trial, trial] for trial in trials])

    return [of("random", random), of("tpe", tpe), of("evolution", evolution)]


@pytest.mark.parametrize(
    ("tpe", "evolution", "repeats", "verdict"),
    [
        (0.8, 0.8, 8, True),
        (0.8, 0.7, 8, True),
        (0.8, 0.6, 8, None),
        (0.6, 0.7, 8, False),
        (0.7, 0.7, 8, None),
        (0.8, 0.8, 5, None),  # too few: 2 / 32 is above 0.025
    ],
)
def test_learning_claim_needs_enough_better_repeats(
    tpe: float, evolution: float, repeats: int, verdict: bool | None
) -> None:
    assert findings.learning_claim(searches(0.7, tpe, evolution, repeats)).verdict is verdict


@pytest.mark.parametrize(
    ("epochs", "losses", "verdict"),
    [
        (5, [0.0] * 8, True),
        (10, [0.0] * 8, False),  # nothing saved
        (5, [0.1, 0.11] * 4, False),
        (5, [0.1, -0.1] * 4, None),
    ],
)
def test_pruning_claim_depends_on_epochs_and_accuracy(
    epochs: int, losses: list[float], verdict: bool | None
) -> None:
    def of(pruning: bool, accuracies: list[float], second: int) -> Search:
        seconds = [Trial({}, [0.1] * second, True) for _ in accuracies]
        runs = [[Trial({}, [a] * 10, False), pruned] for a, pruned in zip(accuracies, seconds)]
        return Search("random", pruning, runs)

    unpruned = of(False, [0.7] * len(losses), 10)
    pruned = of(True, [0.7 - loss for loss in losses], epochs)
    assert findings.pruning_claim([unpruned, pruned], 0.02).verdict is verdict


def test_best_and_epochs_so_far() -> None:
    run = [
        Trial({}, [0.3, 0.5], False),
        Trial({}, [0.9], True),
        Trial({}, [0.1, 0.4], False),
        Trial({}, [0.2, 0.8], False),
    ]
    search = Search("random", True, [run])
    assert search.best.tolist() == [[0.5, 0.5, 0.5, 0.8]]
    assert search.epochs.tolist() == [[2, 3, 5, 7]]


def test_rank_correlation_matches_scipy() -> None:
    random = np.random.default_rng(3)
    x, y = random.integers(5, size=30) / 5, random.integers(5, size=30) / 5
    assert findings.rank_correlation(x, y) == pytest.approx(spearmanr(x, y).statistic)
    assert np.isnan(findings.rank_correlation(np.ones(4), np.arange(4.0)))


def test_difference_interval_has_its_nominal_coverage() -> None:
    """The intervals of 95 % of tables drawn with a known difference include it."""
    random = np.random.default_rng(4)
    tables = random.multinomial(200, [0.12, 0.07, 0.81], 4000)
    inside = [low < 0.05 < high for low, high in (difference_interval(*d[:2], 200) for d in tables)]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.012)


# Configuration

CONFIG = yaml.safe_load("""
corpora:
  digits:
    title: Digits
    path_pattern: "{speaker}/{label}_{take}.wav"
    demo: {kind: digits, speakers: 3}
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
    baseline: by_hand
    space:
      model.hidden: [[mean], [1/2, 8]]
      train.learning_rate: {low: 0.001, high: 0.1, log: true}
    trials: 4
    epochs: 2
""")


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[dict[str, Any]], Config]:
    def configured(changes: dict[str, Any]) -> Config:
        config = json.loads(json.dumps(CONFIG))
        config["studies"]["theory_search"] |= changes
        file = tmp_path / "config.yaml"
        file.write_text(yaml.safe_dump(config))
        return load(config, [file])

    return configured


def test_space_is_typed(configured: Callable[..., Config]) -> None:
    config = configured({})
    study = config.studies["theory_search"]
    assert isinstance(study, Settings)
    assert study.space["train.learning_rate"] == Range(low=0.001, high=0.1, log=True)
    assert study.space["model.hidden"] == [["mean"], ["1/2", 8]]
    experiment = config.experiment_of("theory_search")
    assert experiment is not None
    assert experiment["train"].epochs == 7


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"space": {"model.hiden": [[4]]}}, "did you mean 'model.hidden'"),
        ({"space": {"model.dropout": [0.1]}}, "a perceptron has no such setting"),
        ({"space": {"train.epochs": [3]}}, "a perceptron has no such setting"),
        ({"space": {"model.kind": ["cnn"]}}, "a perceptron has no such setting"),
        ({"space": {"model.activation": ["relu", "rely"]}}, "'rely' is not a choice"),
        ({"space": {"model.hidden": [["a third"]]}}, "use numbers, fractions"),
        ({"space": {"train.batch_size": [1, 8]}}, "one sample per step"),
        ({"space": {"train.learning_rate": []}}, "names no choices"),
        ({"space": {"train.learning_rate": {"low": 2, "high": 1}}}, "is not less than high"),
        ({"space": {"train.learning_rate": {"low": 0, "high": 1, "log": True}}}, "above zero"),
        ({"baseline": "by_hands"}, "did you mean 'by_hand'"),
        ({"data": [{"corpus": "digits", "features": "mean", "split": "random"}]}, "`validation`"),
        ({"data": [{"corpus": "digits", "features": "logmel", "split": "held_out"}]}, "`pooled`"),
        ({"data": [{"corpus": "digit", "features": "mean", "split": "held_out"}]}, "'digits'"),
        ({"data": []}, "at least 1"),
    ],
)
def test_mistakes_name_the_problem_and_the_key(
    configured: Callable[..., Config], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UserError) as caught:
        configured(changes)
    assert message in str(caught.value)
    assert "studies.theory_search" in str(caught.value)
