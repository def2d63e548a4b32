"""Studies on the page: plots, flags of experiments, and table cells."""

from pathlib import Path

import pytest

from resound.io.files import write_json
from resound.report.studies import Study, collect_flags, format_cell, read_studies


def test_flags_belong_to_experiments_with_the_same_data() -> None:
    flag = {"corpus": "c", "features": "f", "split": "s", "text": "far"}
    studies = [Study("shift", {"flags": [flag]}, None)]
    settings = {"corpus": "c", "features": "f", "split": "s"}
    experiments = {"same": settings, "other": {**settings, "split": "t"}}
    assert collect_flags(studies, experiments) == {"same": [("shift", "far")], "other": []}


def test_studies_without_plots_have_no_image(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"plots": []})
    assert read_studies(["a"], tmp_path)[0].plot is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\u2013"),
        ("x", "x"),
        (1234, "1,234"),
        (3.0, "3"),
        (0.123456, "0.1235"),
        (1e-9, "1e-09"),
    ],
)
def test_cells_are_short(value: str | float | None, text: str) -> None:
    assert format_cell(value) == text
