"""Only what is stale runs again: one thing changes, and exactly these jobs would run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from resound.config.load import load, shipped_files
from resound.config.schema import Config
from tests.conftest import CODE, Project

REPORT = {"Write the report"}

MEL_KINDS = {"mfcc", "logmel", "mel_image", "whisper"}
"""Kinds of features of mel bands."""
MEL_MODELS = {"tiny_hubert", "tiny_whisper"}
"""Demo models that are trained on such features."""


def below_training(*experiments: str) -> set[str]:
    """The jobs of experiments that are trained again, the report's included."""
    steps = ("Train", "Evaluate", "Plot")
    return {f"{step} {name}, seed 42" for step in steps for name in experiments} | REPORT


@contextmanager
def replaced(path: Path, old: str, new: str) -> Iterator[None]:
    """A file with one text in place of another, restored afterwards."""
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    try:
        yield
    finally:
        path.write_text(before)


@contextmanager
def edited(project: Project, module: str) -> Iterator[None]:
    """A module with one more constant."""
    path = project.folder / module
    before = path.read_text()
    path.write_text(f"{before}\n_ADDED = 1\n")
    try:
        yield
    finally:
        path.write_text(before)


@pytest.fixture(scope="module")
def shipped() -> Config:
    """The configuration of the whole demo."""
    return load({}, [], shipped_files())


def steps(stale: set[str], *starts: str) -> set[str]:
    """What the stale jobs of some steps are about."""
    return {job.removeprefix(start) for job in stale for start in starts if job.startswith(start)}


# The whole demo


def test_nothing_is_stale_in_the_whole_demo(recorded: Project) -> None:
    assert recorded.stale() == set()


def test_a_mel_filter(recorded: Project, shipped: Config) -> None:
    """Stale are features of mel bands, demo models trained on such, and what is below them."""

    def is_stale(features: str) -> bool:
        pretrained = shipped.pretrained_of(features)
        source = getattr(shipped.features[features], "of", None)
        return (
            shipped.features[features].kind in MEL_KINDS
            or (pretrained is not None and shipped.model_in_use(pretrained) in MEL_MODELS)
            or (source is not None and is_stale(source))
        )

    def is_trained_again(name: str) -> bool:
        experiment = shipped.selected()[name]
        pretrained = getattr(experiment.model, "pretrained", None)
        model = shipped.model_in_use(pretrained) if pretrained else None
        return is_stale(experiment.features) or model in MEL_MODELS

    with edited(recorded, "resound/features/common/mel.py"):
        stale = recorded.stale()
    assert steps(stale, "Get the model ") == MEL_MODELS
    assert not steps(stale, "Get the recordings ", "Index ", "Split ", "Tokenize ", "List ")
    used = {(e.features, e.corpus) for e in shipped.selected().values()}
    used |= {(d.features, d.corpus) for n in shipped.selected_studies() for d in shipped.data_of(n)}
    # What an encoder takes is extracted, too.
    sources = {(getattr(shipped.features[name], "of", None), corpus) for name, corpus in used}
    used |= {(name, corpus) for name, corpus in sources if name}
    expected = {f"{features} of {corpus}" for features, corpus in used if is_stale(features)}
    assert steps(stale, "Extract ") == expected
    trained = {name for name in shipped.classifications() if name in shipped.selected()}
    again = {f"{name}, seed 42" for name in trained if is_trained_again(name)}
    # Conclusions have some experiments trained with other seeds, too.
    train_jobs = steps(stale, "Train ")
    assert train_jobs >= again
    assert {job.split(",")[0] for job in train_jobs} == {job.split(",")[0] for job in again}
    assert {"digits_cnn, seed 42", "emotions_mfcc, seed 42"} <= again
    others = {f"{name}, seed 42" for name in trained} - again
    assert {"nli_full, seed 42", "speakers_logreg_spectral, seed 42"} <= others
    decoded = {f"{name}, seed 42" for name in shipped.recognitions() if name in shipped.selected()}
    assert steps(stale, "Decode ") == decoded
    assert steps(stale, "Evaluate ") == again | decoded
    assert stale >= REPORT


@pytest.mark.parametrize("module", ["stage", "gpu_leases", "progress", "pool"])
def test_a_log_line_and_a_lease_message(recorded: Project, module: str) -> None:
    with edited(recorded, f"resound/runtime/{module}.py"):
        assert recorded.stale() == set()


def test_the_table_reader(recorded: Project, shipped: Config) -> None:
    """Stale are corpora with tables, and what is below them."""
    with edited(recorded, "resound/io/tables/excel.py"):
        stale = recorded.stale()
    used = {name: shipped.corpora[name] for name in shipped.corpora_in_use()}
    tables = {name for name, corpus in used.items() if corpus.transcripts or corpus.pairs}
    assert steps(stale, "Index ") == tables == {"persian", "mandarin", "nli"}
    assert not steps(stale, "Get ")
    trained = {name.split("_")[0] for name in steps(stale, "Train ", "Fine-tune ", "Decode ")}
    assert trained == {"persian", "mandarin", "nli"}


def test_plots(recorded: Project) -> None:
    with edited(recorded, "resound/report/plots.py"):
        stale = recorded.stale()
    assert stale == {job for job in stale if job.startswith("Plot ")} | REPORT
    assert len(stale) > 50


def test_a_module_of_one_study(recorded: Project, shipped: Config) -> None:
    kinds = {study.kind: name for name, study in shipped.studies.items()}
    name = kinds["matching"]
    with edited(recorded, "resound/studies/matching/adaptation.py"):
        assert recorded.stale() == {f"Study {name}", f"Plot the study {name}"} | REPORT


def test_touched_and_copied_files(recorded: Project) -> None:
    """Of any size: features are larger than what Snakemake compares of its own accord."""
    results = recorded.folder / "results"
    matrix = results / "features/digits/logmel40/matrix.npy"
    assert matrix.stat().st_size > 1e6
    os.utime(matrix)
    assert recorded.stale() == set()
    shutil.copytree(results, recorded.folder / "copy", copy_function=shutil.copyfile)
    shutil.rmtree(results)
    (recorded.folder / "copy").rename(results)
    assert recorded.stale() == set()
    with matrix.open("r+b") as file:
        file.write(b"1")
    stale = recorded.stale()
    assert steps(stale, "Train ") >= {"digits_cnn, seed 42"}
    with matrix.open("r+b") as file:
        file.write(b"\0")
    assert recorded.stale() == set()


def test_a_dry_run_names_the_setting_and_the_module(recorded: Project) -> None:
    command = [sys.executable, "-m", "resound.workflow.why", "--configfile", "tiny.yaml"]

    def why() -> list[str]:
        done = subprocess.run(
            [*command, "--cores", "1"],
            cwd=recorded.folder,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.splitlines()

    assert why() == ["Nothing is stale."]
    overlay = recorded.folder / "tiny.yaml"
    cnn = {"experiments": {"digits_cnn": {"train": {"learning_rate": 0.0015}}}}
    with edited(recorded, "resound/features/characters.py"), replaced(overlay, "{}", str(cnn)):
        lines = why()
    assert lines[:2] == ["resound/features/characters.py changed", "    Tokenize nli as hypotheses"]
    assert lines[2:5] == [
        "train.learning_rate: 0.001 -> 0.0015",
        "    Train digits_cnn, seed 42",
        "    Train digits_cnn_corrected, seed 42",
    ]
    assert len(lines) == 6 and lines[5].endswith("more jobs use these")


# A project that was built


def test_nothing_changed(built: Project) -> None:
    assert built.stale() == set()


def test_a_comment_and_a_docstring_in_a_library_module(built: Project) -> None:
    module = built.folder / "resound/features/common/dsp.py"
    comment = replaced(module, "_BLOCK = ", "# another comment\n\n_BLOCK  =  ")
    docstring = replaced(module, '"""How a clip is divided', '"""The division of a clip')
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
            "Extract mfcc12_deltas_32ms of digits",
            "Extract mfcc12_mean of digits",
            "Extract mfcc12_mean_32ms of digits",
        } | below_training(
            "digits_mlp1_relu_flat", "digits_mlp1_relu_mean", "digits_mlp1_relu_mean_corrected"
        )


def test_a_module_that_all_extraction_shares(built: Project) -> None:
    module = built.folder / "resound/features/common/dsp.py"
    with replaced(module, "_BLOCK = 128", "_BLOCK = 64"):
        assert {job for job in built.stale() if job.startswith("Extract")} == {
            "Extract mfcc12_deltas_32ms of digits",
            "Extract mfcc12_mean of digits",
            "Extract mfcc12_mean_32ms of digits",
            "Extract logmel40 of digits",
        }


def test_one_learning_rate(built: Project) -> None:
    config = built.folder / "config/experiments/digits.yaml"
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
    assert len(stale) == 6


def test_the_page_of_the_report(built: Project) -> None:
    page = built.folder / "resound/report/templates/page.html"
    with replaced(page, '<h2 id="data">Data</h2>', '<h2 id="data">The data</h2>'):
        assert built.stale() == REPORT


def test_swapped_values_of_two_settings(built: Project) -> None:
    config = built.folder / "config/experiments/digits.yaml"
    with replaced(config, "mask_frames: 8, mask_bands: 5", "mask_frames: 5, mask_bands: 8"):
        assert built.stale() == below_training("digits_cnn")


def test_reordered_keys(built: Project) -> None:
    file = built.folder / "config/experiments/digits.yaml"
    before = file.read_text()
    content = yaml.safe_load(before)
    content["experiments"] = {
        name: dict(reversed(experiment.items()))
        for name, experiment in content["experiments"].items()
    }
    try:
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        assert built.stale() == set()
    finally:
        file.write_text(before)


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
