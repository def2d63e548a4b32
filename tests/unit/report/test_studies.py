"""Studies on the page: plots, flags of experiments, and table cells."""

import re
from dataclasses import asdict
from pathlib import Path
from unittest.mock import Mock

import pytest
from jinja2 import Environment, PackageLoader

from resound.io.files import write_json
from resound.report.studies import Study, collect_flags, format_cell, format_source, read_studies
from resound.studies.common.findings import Claim, Findings, Source


def test_flags_belong_to_experiments_with_the_same_data() -> None:
    flag = {"corpus": "c", "features": "f", "split": "s", "text": "far"}
    studies = [Study("shift", {"flags": [flag]}, None)]
    settings = {"corpus": "c", "features": "f", "split": "s"}
    experiments = {"same": settings, "other": {**settings, "split": "t"}}
    assert collect_flags(studies, experiments) == {"same": [("shift", "far")], "other": []}


def test_studies_without_plots_have_no_image(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"plots": []})
    assert read_studies(["a"], tmp_path)[0].plot is None


def test_claims_of_our_own_are_marked() -> None:
    environment = Environment(loader=PackageLoader("resound.report"), autoescape=True)
    environment.filters |= {"source": format_source, "cell": format_cell, "duration": str}
    claims = [
        Claim("From the report.", Source("report", "theory report, page 3"), True, ""),
        Claim("From us.", Source("ours", "a textbook"), False, ""),
        Claim("From us, too.", Source("ours", "a paper"), None, ""),
    ]
    findings = {**asdict(Findings("title", "method", claims)), "provenance": Mock()}
    html = environment.get_template("studies.html").render(studies=[Study("s", findings, None)])
    text = " ".join(re.sub("<[^>]*>", "", html).split())
    assert "reports: 1. Our own, marked “ours”, which stand in no report: 2." in text
    assert "true From the report. theory report, page 3" in text
    assert "false From us. ours: a textbook" in text
    assert "open From us, too. ours: a paper" in text


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
