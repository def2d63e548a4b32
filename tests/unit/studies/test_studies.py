"""The stages of studies: their findings and their plots."""

import json
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from resound.io.csv_table import write_table
from resound.io.files import read_json, write_json
from resound.studies.common.findings import Heatmap, Plot, Series
from resound.studies.common.material import Data
from scripts import plot_study, study

POINTS = Series("simulated", [1, 10], [2, 3], [0.1, 0.2], "points")
LINE = Series("formula", [1, 10], [2, 2], style="dashed")
PLOT = asdict(Plot("estimates", "n", "value", [POINTS, LINE], log_x=True))
HEATMAP = asdict(Heatmap("distances", ["a", "b"], ["x", "y"], [[0.5, None], [1.0, 0.0]]))


def test_stage_writes_findings(tmp_path: Path) -> None:
    config = {"study": {"kind": "gradients", "networks": 3, "max_units": 5, "seed": 1}, "data": []}
    file = tmp_path / "findings.json"
    study.main([], None, json.dumps(config), "code", "cpu", tmp_path, file, lambda line: None)
    findings = read_json(file)
    assert findings["claims"][0]["verdict"] is True
    assert findings["provenance"]["device"] == "cpu"
    plot_study.main(file, tmp_path / "plot.svg")
    assert ElementTree.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")


def test_material_is_read_from_the_outputs_of_earlier_stages(tmp_path: Path) -> None:
    rows = [("a", "yes", "ann"), ("b", "no", "ann"), ("c", "yes", "bob")]
    write_table(tmp_path / "index.csv", ("id", "label", "speaker"), rows)
    write_json(tmp_path / "summary.json", {"classes": ["no", "yes"]})
    split = [("all", "a", "train"), ("all", "b", "test"), ("all", "c", "train")]
    write_table(tmp_path / "split.csv", ("fold", "id", "part"), split)
    np.save(tmp_path / "matrix.npy", np.arange(10, dtype=np.float32).reshape(5, 2))
    np.save(tmp_path / "offsets.npy", np.array([0, 2, 3, 5]))
    files = ("index.csv", "summary.json", "split.csv", "matrix.npy", "offsets.npy")
    inputs = {Path(file).stem: [str(tmp_path / file)] for file in files}
    data = {"corpus": "c", "features": "f", "split": "s"}
    (material,) = study.open_materials(inputs, json.dumps({"data": [data]}))
    assert material.data == Data(**data)
    train = material.parts["train"]
    assert train.tolist() == [0, 2]
    assert material.means(train).tolist() == [[1, 2], [7, 8]]
    assert material.labels(train).tolist() == [1, 1]
    assert material.column("speaker", train).tolist() == ["ann", "bob"]


@pytest.mark.parametrize("plots", [[], [PLOT], [PLOT, HEATMAP], [HEATMAP, PLOT, PLOT]])
def test_plots_are_reproducible(tmp_path: Path, plots: list[object]) -> None:
    write_json(tmp_path / "findings.json", {"plots": plots})
    images = []
    for name in ("one.svg", "two.svg"):
        plot_study.main(tmp_path / "findings.json", tmp_path / name)
        images.append((tmp_path / name).read_text())
    assert images[0] == images[1]
    for plot in plots:
        assert plot["title"] in images[0]  # type: ignore[index]
