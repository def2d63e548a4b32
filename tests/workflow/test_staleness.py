"""Only what is stale runs again: one thing changes, and exactly these jobs would run."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.conftest import CODE, Project

REPORT = {"Write the report"}


def below_training(*experiments: str) -> set[str]:
    """The jobs of experiments that are trained again, the report's included."""
    steps = ("Train", "Evaluate", "Plot")
    return {f"{step} {name}, seed 42" for step in steps for name in experiments} | REPORT


@contextmanager
def replaced(path: Path, old: str, new: str) -> Iterator[None]:
    """A file with one text in place of another, put back afterwards."""
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    try:
        yield
    finally:
        path.write_text(before)


def test_nothing_changed(built: Project) -> None:
    assert built.stale() == set()


def test_a_comment_and_a_docstring_in_a_library_module(built: Project) -> None:
    module = built.folder / "resound/features/common/dsp.py"
    comment = replaced(module, "_BLOCK = ", "# another comment\n\n_BLOCK  =  ")
    docstring = replaced(module, '"""The mel spectrum of many clips', '"""Of many clips')
    with comment, docstring:
        assert built.stale() == set()


def test_every_tracked_file_touched(built: Project) -> None:
    for name in (*CODE, "tiny.yaml"):
        top = built.folder / name
        for path in [top, *top.rglob("*")]:
            os.utime(path)
    assert built.stale() == set()


def test_the_mfcc_module(built: Project) -> None:
    module = built.folder / "resound/features/mfcc.py"
    with replaced(module, "DELTA_FRAMES = 9", "DELTA_FRAMES = 7"):
        assert built.stale() == {
            "Extract mfcc12_deltas of digits",
            "Extract mfcc12_mean of digits",
        } | below_training(
            "digits_mlp1_relu_flat", "digits_mlp1_relu_mean", "digits_mlp1_relu_mean_corrected"
        )


def test_a_module_that_all_extraction_shares(built: Project) -> None:
    module = built.folder / "resound/features/common/dsp.py"
    with replaced(module, "range_db: float = 80", "range_db: float = 70"):
        assert {job for job in built.stale() if job.startswith("Extract")} == {
            "Extract mfcc12_deltas of digits",
            "Extract mfcc12_mean of digits",
            "Extract logmel40 of digits",
        }


def test_one_learning_rate(built: Project) -> None:
    config = built.folder / "config.yaml"
    with replaced(config, "learning_rate: 1.0e-3", "learning_rate: 1.5e-3"):
        assert built.stale() == below_training("digits_cnn")


def test_a_new_experiment(built: Project) -> None:
    overlay = built.folder / "tiny.yaml"
    new = "select:\n- digits_mlp2_relu_equal\n"
    with replaced(overlay, "select:\n", new):
        assert built.stale() == below_training("digits_mlp2_relu_equal")


def test_a_new_seed(built: Project) -> None:
    with replaced(built.folder / "config.yaml", "seeds: [42]", "seeds: [42, 7]"):
        names = yaml.safe_load((built.folder / "tiny.yaml").read_text())["select"]
        again = {job.replace("seed 42", "seed 7") for job in below_training(*names)}
        assert built.stale() == again


def test_the_plot_module(built: Project) -> None:
    module = built.folder / "resound/report/plots.py"
    with replaced(module, '"#2f6db3"', '"#2f6db4"'):
        stale = built.stale()
    assert stale == {job for job in stale if job.startswith("Plot")} | REPORT
    assert len(stale) == 5


def test_the_page_of_the_report(built: Project) -> None:
    page = built.folder / "resound/report/templates/page.html"
    with replaced(page, '<h2 id="data">Data</h2>', '<h2 id="data">The data</h2>'):
        assert built.stale() == REPORT


def test_swapped_values_of_two_settings(built: Project) -> None:
    config = built.folder / "config.yaml"
    with replaced(config, "mask_frames: 8, mask_bands: 5", "mask_frames: 5, mask_bands: 8"):
        assert built.stale() == below_training("digits_cnn")


def test_reordered_keys(built: Project) -> None:
    config = built.folder / "config.yaml"
    before = config.read_text()
    content = yaml.safe_load(before)
    content["experiments"] = {
        name: dict(reversed(experiment.items()))
        for name, experiment in content["experiments"].items()
    }
    try:
        config.write_text(yaml.safe_dump(content, sort_keys=False))
        assert built.stale() == set()
    finally:
        config.write_text(before)


@pytest.mark.parametrize(
    ("before", "after"),
    [("pool: process", "pool: thread"), ("gpus_per_device: 1", "gpus_per_device: 2")],
)
def test_how_work_is_spread(built: Project, before: str, after: str) -> None:
    with replaced(built.folder / "config.yaml", before, after):
        assert built.stale() == set()


def test_a_report_on_fewer_experiments(built: Project) -> None:
    with replaced(built.folder / "tiny.yaml", "- digits_mlp1_relu_flat\n", ""):
        assert built.stale() == REPORT
