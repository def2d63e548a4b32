"""Figures of studies: plain numbers along logarithmic axes, names where they can be read."""

from dataclasses import asdict
from pathlib import Path

from resound.report.study_plots import draw
from resound.studies.common.findings import Plot, Series


def drawn(tmp_path: Path, *series: Series, log: bool = False) -> str:
    figure = Plot("title", "across", "up", series, log_x=log, log_y=log)
    draw([asdict(figure)], tmp_path / "figure.svg")
    return (tmp_path / "figure.svg").read_text()


def test_logarithmic_axes_have_plain_numbers(tmp_path: Path) -> None:
    text = drawn(tmp_path, Series("a", [10, 20, 2000], [1e-4, 0.1, 10]), log=True)
    assert "mathdefault" not in text
    for number in (">20<", ">500<", ">0.001<", ">10<"):
        assert number in text


def test_a_series_without_a_name_is_not_in_the_legend(tmp_path: Path) -> None:
    named = drawn(tmp_path, Series("a", [1, 2], [1, 2]), Series("b", [1, 2], [1, 3]))
    bare = drawn(tmp_path, Series("a", [1, 2], [1, 2]), Series("", [1, 2], [1, 3], shade=0))
    assert named.count("#d9772b") > bare.count("#d9772b") == 0
    assert ">b<" in named and ">a<" in bare


def test_bars_are_named_along_the_axis(tmp_path: Path) -> None:
    bars = [Series(name, [n], [1 + n], look="bars") for n, name in enumerate(["left", "right"])]
    text = drawn(tmp_path, *bars)
    assert text.count(">left<") == text.count(">right<") == 1
    assert "legend" not in text
