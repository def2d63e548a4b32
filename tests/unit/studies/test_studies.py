"""Studies: their stage, their figures, and what the report makes of verdicts and flags."""

import json
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from resound.io.csv_table import write_table
from resound.io.files import read_json, write_json
from resound.report.studies import Study, cell, flags, read_studies
from resound.studies.common.findings import Heat, Plot, Series
from resound.studies.common.material import Data
from scripts import plot_study, study

DOTS = Series("drawn", [1, 10], [2, 3], [0.1, 0.2], "dots")
LINE = Series("formula", [1, 10], [2, 2], look="dashes")
PLOT = asdict(Plot("estimates", "n", "value", [DOTS, LINE], log_x=True))
HEAT = asdict(Heat("distances", ["a", "b"], ["x", "y"], [[0.5, None], [1.0, 0.0]]))


def test_the_stage_writes_findings(tmp_path: Path) -> None:
    config = {"study": {"kind": "gradients", "networks": 3, "widest": 5, "seed": 1}, "data": []}
    made = tmp_path / "made.json"
    study.main([], json.dumps(config), tmp_path, made, lambda line: None)
    found = read_json(made)
    assert found["claims"][0]["holds"] is True
    assert found["provenance"]["device"] == "cpu"
    plot_study.main(made, tmp_path / "made.svg")
    assert ElementTree.parse(tmp_path / "made.svg").getroot().tag.endswith("svg")


def test_material_is_what_the_stages_before_made(tmp_path: Path) -> None:
    rows = [("a", "yes", "ann"), ("b", "no", "ann"), ("c", "yes", "bob")]
    write_table(tmp_path / "index.csv", ("id", "label", "speaker"), rows)
    write_json(tmp_path / "summary.json", {"classes": ["no", "yes"]})
    split = [("all", "a", "train"), ("all", "b", "test"), ("all", "c", "train")]
    write_table(tmp_path / "parts.csv", ("fold", "id", "part"), split)
    np.save(tmp_path / "matrix.npy", np.arange(10, dtype=np.float32).reshape(5, 2))
    np.save(tmp_path / "offsets.npy", np.array([0, 2, 3, 5]))
    names = ("index.csv", "summary.json", "parts.csv", "matrix.npy", "offsets.npy")
    data = Data(corpus="c", features="f", split="s")
    material = study.opened(data, *(tmp_path / name for name in names))
    train = material.parts["train"]
    assert train.tolist() == [0, 2]
    assert material.means(train).tolist() == [[1, 2], [7, 8]]
    assert material.labels(train).tolist() == [1, 1]
    assert material.column("speaker", train).tolist() == ["ann", "bob"]


@pytest.mark.parametrize("figures", [[], [PLOT], [PLOT, HEAT], [HEAT, PLOT, PLOT]])
def test_figures_are_drawn_the_same_each_time(tmp_path: Path, figures: list[object]) -> None:
    write_json(tmp_path / "made.json", {"figures": figures})
    drawn = []
    for name in ("one.svg", "two.svg"):
        plot_study.main(tmp_path / "made.json", tmp_path / name)
        drawn.append((tmp_path / name).read_text())
    assert drawn[0] == drawn[1]
    for figure in figures:
        assert figure["title"] in drawn[0]  # type: ignore[index]


def test_flags_are_those_of_the_same_data() -> None:
    flag = {"corpus": "c", "features": "f", "split": "s", "text": "far"}
    found = [Study("shift", {"flags": [flag]}, None)]
    told = {"corpus": "c", "features": "f", "split": "s"}
    experiments = {"same": told, "other": {**told, "split": "t"}}
    assert flags(found, experiments) == {"same": [("shift", "far")], "other": []}


def test_studies_without_figures_have_no_plot(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"figures": []})
    assert read_studies(["a"], tmp_path)[0].plot is None


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "\u2013"),
        ("x", "x"),
        (1234, "1,234"),
        (3.0, "3"),
        (0.123456, "0.1235"),
        (1e-9, "1e-09"),
    ],
)
def test_cells_are_short(value: object, shown: str) -> None:
    assert cell(value) == shown  # type: ignore[arg-type]
