"""A training run: its fingerprint, history and provenance."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from resound.data.dataset import Dataset
from resound.io.csv_table import read_table, write_table
from resound.io.files import read_json, write_json
from resound.report.history import read_history
from resound.training.run import Run

CONFIG = json.dumps({"model": {"kind": "mlp"}, "train": {"epochs": 2}})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path / "run", CONFIG, "version 1", 42, "cpu")


def test_the_columns_of_a_history_are_those_of_all_rows(run: Run) -> None:
    """A fold without a validation part has no validation accuracy."""
    run.write_history(
        [
            {"fold": 1, "epoch": 1, "loss": 0.5},
            {"fold": 2, "epoch": 1, "loss": 0.25, "validation_accuracy": 0.75},
        ]
    )
    table = read_table(run.folder / "history.csv")
    assert list(table) == ["fold", "epoch", "loss", "validation_accuracy"]
    assert table["loss"] == ["0.5", "0.25"]
    history = read_history(run.folder / "history.csv")
    np.testing.assert_array_equal(history["validation_accuracy"], [np.nan, 0.75])


def test_an_empty_history_has_no_columns(run: Run) -> None:
    run.write_history([])
    assert read_table(run.folder / "history.csv") == {}


def test_provenance_says_how_the_run_came_about(run: Run) -> None:
    run.write_provenance(parameters=7)
    record = read_json(run.folder / "provenance.json")
    assert record["config"] == run.settings == json.loads(CONFIG)
    assert (record["seed"], record["code"], record["device"]) == (42, "version 1", "cpu")
    assert record["parameters"] == 7
    assert record["utilisation"] is None and record["peak_device_memory_mb"] is None
    assert record["seconds"] >= 0
    assert "numpy" in record["versions"]


def test_facts_of_a_stage_override_the_provenance(run: Run) -> None:
    run.write_provenance("training.json", seconds=99.0, peak_memory_mb=1.5)
    record = read_json(run.folder / "training.json")
    assert (record["seconds"], record["peak_memory_mb"]) == (99.0, 1.5)
    assert record["seed"] == 42
    assert [path.name for path in run.folder.iterdir()] == ["training.json"]


def test_a_run_is_started_from_its_job(tmp_path: Path) -> None:
    job: Any = SimpleNamespace(
        resources={},
        config={"gpus_per_device": 1},
        params=SimpleNamespace(config=CONFIG, code="version 2"),
        wildcards=SimpleNamespace(seed="7"),
    )
    run = Run.of(job, tmp_path / "run", lambda line: None)
    assert (run.folder, run.seed, run.device) == (tmp_path / "run", 7, "cpu")
    assert run.settings["train"] == {"epochs": 2}


def open_dataset(folder: Path) -> Dataset:
    write_table(folder / "index.csv", ("id", "label"), [("a", "yes"), ("b", "no")])
    write_json(folder / "summary.json", {"classes": ["yes", "no"]})
    write_table(folder / "split.csv", ("fold", "id", "part"), [("all", "a", "train")])
    np.save(folder / "matrix.npy", np.zeros((2, 3), np.float32))
    np.save(folder / "offsets.npy", np.arange(3))
    names = ("index.csv", "summary.json", "split.csv", "matrix.npy", "offsets.npy")
    return Dataset.open({Path(name).stem: str(folder / name) for name in names})


def test_the_fingerprint_identifies_settings_dataset_and_origin(tmp_path: Path) -> None:
    dataset = open_dataset(tmp_path)

    def fingerprint(
        config: str = CONFIG, code: str = "a", seed: int = 1, origin: Any = None
    ) -> str:
        return Run(tmp_path / "run", config, code, seed, "cpu").fingerprint(dataset, origin)

    first = fingerprint()
    assert fingerprint() == first
    write_table(tmp_path / "split.csv", ("fold", "id", "part"), [("all", "b", "train")])
    others = [
        fingerprint(),
        fingerprint(config="{}"),
        fingerprint(code="b"),
        fingerprint(seed=2),
        fingerprint(origin={"path": "model"}),
    ]
    assert len({first, *others}) == 6
