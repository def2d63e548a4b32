"""Plots of studies: plain numbers on logarithmic axes, and legible names."""

from dataclasses import asdict
from pathlib import Path

from resound.report.study_plots import draw_plots
from resound.studies.common.findings import Plot, Series


def draw(tmp_path: Path, *series: Series, log: bool = False) -> str:
    plot = Plot("title", "x", "y", series, log_x=log, log_y=log)
    draw_plots([asdict(plot)], tmp_path / "plot.svg")
    return (tmp_path / "plot.svg").read_text()


def test_logarithmic_axes_have_plain_numbers(tmp_path: Path) -> None:
    svg = draw(tmp_path, Series("a", [10, 20, 2000], [1e-4, 0.1, 10]), log=True)
    assert "mathdefault" not in svg
    for number in (">20<", ">500<", ">0.001<", ">10<"):
        assert number in svg


def test_series_without_name_is_not_in_the_legend(tmp_path: Path) -> None:
    named = draw(tmp_path, Series("a", [1, 2], [1, 2]), Series("b", [1, 2], [1, 3]))
    unnamed = draw(tmp_path, Series("a", [1, 2], [1, 2]), Series("", [1, 2], [1, 3], colour=0))
    assert named.count("#d9772b") > unnamed.count("#d9772b") == 0
    assert ">b<" in named and ">a<" in unnamed


def test_bars_are_named_along_the_axis(tmp_path: Path) -> None:
    bars = [Series(name, [n], [1 + n], style="bars") for n, name in enumerate(["left", "right"])]
    svg = draw(tmp_path, *bars)
    assert svg.count(">left<") == svg.count(">right<") == 1
    assert "legend" not in svg
