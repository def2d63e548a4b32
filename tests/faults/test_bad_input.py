"""Bad input: what is wrong, where, what to do; and results already made stay as they are."""

import shutil
from pathlib import Path

import pytest
import soundfile
import yaml

from tests.conftest import TINY, Project
from tests.workflow.test_builds import on_real, recordings


@pytest.fixture
def untouched(built: Project):
    """The built project, whose results must be the same afterwards."""
    before = built.bytes_of("**/*.*")
    yield built
    assert built.bytes_of("**/*.*") == before
    (built.folder / "tiny.yaml").write_text(yaml.safe_dump(TINY))


def refused(project: Project) -> str:
    """What a build that must fail says, before it ran a single job."""
    done = project.snakemake()
    assert done.returncode != 0
    assert "Finished jobid" not in done.stdout
    return done.stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sede": [1]}, ["tiny.yaml:", "sede", "unknown key", "did you mean 'seeds'?"]),
        ({"seeds": ["one"]}, ["tiny.yaml:", "seeds", "integer", "'one'"]),
        ({"select": ["digits_cn"]}, ["tiny.yaml:", "did you mean 'digits_cnn'?"]),
        (
            {"experiments": {"digits_cnn": {"features": "logmel400"}}},
            ["tiny.yaml:", "experiments.digits_cnn.features", "did you mean 'logmel40'?"],
        ),
        (
            {"experiments": {"digits_cnn": {"train": {"lerning_rate": 0.1}}}},
            ["experiments.digits_cnn.train.lerning_rate", "did you mean 'learning_rate'?"],
        ),
        (
            {"data": "real", "corpora": {"digits": {"sources": [{"folder": "nowhere"}]}}},
            ["tiny.yaml:", "corpora.digits.sources", "there is no folder nowhere"],
        ),
        (
            {"data": "real", "corpora": {"digits": {"sources": [{"folder": "rules"}]}}},
            ["tiny.yaml:", "corpora.digits.sources", "is empty", "none of them audio"],
        ),
        (
            {"corpora": {"digits": {"sources": [{"archive": "a.zip", "folder": "b"}]}}},
            ["tiny.yaml:", "corpora.digits.sources.0.archive: unknown key; known: folder"],
        ),
    ],
)
def test_mistakes_in_configuration_stop_before_any_work(
    untouched: Project, change: dict[str, object], words: list[str]
) -> None:
    untouched.configure(**change)
    said = refused(untouched)
    assert [word for word in words if word not in said] == [], said


def test_unusable_clips_are_listed_and_reported(fresh: Project, tmp_path: Path) -> None:
    home = recordings(tmp_path / "AudioMNIST")
    (home / "data/01/0_01_0.wav").write_bytes(b"RIFF not a recording")
    (home / "data/01/1_01_0.wav").write_bytes(b"")
    soundfile.write(home / "data/01/2_01_0.wav", [], 16000)
    on_real(fresh, folder=str(home))
    fresh.configure(select=["digits_mlp1_relu_mean"], corpora={"digits": {"max_rejected": 0.1}})
    fresh.build()
    listed = (fresh.folder / "results/corpora/digits.rejected.csv").read_text()
    page = (fresh.folder / "results/report.html").read_text()
    for name in ("0_01_0", "1_01_0", "2_01_0"):
        assert f"data/01/{name}.wav,cannot be read" in listed or "holds no samples" in listed
        assert f"data/01/{name}.wav" in page
    assert len(listed.splitlines()) == 4


def test_too_many_unusable_clips_stop_the_run(fresh: Project, tmp_path: Path) -> None:
    home = recordings(tmp_path / "AudioMNIST")
    for path in sorted(home.rglob("*_0.wav"))[:10]:
        path.write_bytes(b"not a recording")
    on_real(fresh, folder=str(home))
    done = fresh.snakemake()
    assert done.returncode != 0
    assert "10 of 80 items cannot be used (12.5%)" in done.stdout
    assert "max_rejected" in done.stdout and "data/01/0_01_0.wav" in done.stdout
    log = (fresh.folder / "results/logs/index/digits.log").read_text()
    assert log.count("set aside:") == 10
    assert "Traceback" not in done.stdout + log


def test_one_speaker_cannot_be_split_by_speaker(fresh: Project, tmp_path: Path) -> None:
    on_real(fresh, folder=str(recordings(tmp_path / "AudioMNIST", speakers=1)))
    fresh.configure(select=["digits_mlp1_relu_mean*"])
    done = fresh.snakemake()
    assert done.returncode != 0
    assert "splits.speakers_80_20" in done.stdout and "only 1 speaker (01)" in done.stdout
    # What does not need that split is built all the same.
    assert fresh.bytes_of("runs/digits_mlp1_relu_mean/42/metrics.json")


def test_a_recording_that_vanishes_leaves_the_old_features(fresh: Project, tmp_path: Path) -> None:
    home = recordings(tmp_path / "AudioMNIST")
    on_real(fresh, folder=str(home))
    fresh.configure(select=["digits_mlp1_relu_mean"])
    fresh.build()
    before = fresh.bytes_of("runs/**/*.*", "report.html")
    shutil.rmtree(home)
    assert "there is no folder" in refused(fresh)
    assert fresh.bytes_of("runs/**/*.*", "report.html") == before
