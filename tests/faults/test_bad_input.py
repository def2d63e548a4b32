"""Bad input: errors say what is wrong, where, and what to do; existing results are kept."""

import shutil
from pathlib import Path

import pytest
import soundfile
import yaml

from tests.conftest import TINY, Project
from tests.workflow.test_builds import on_real, recordings


@pytest.fixture
def unchanged(built: Project):
    """Yield the built project; its results must be unchanged afterwards."""
    before = built.bytes_of("**/*.*")
    yield built
    assert built.bytes_of("**/*.*") == before
    (built.folder / "tiny.yaml").write_text(yaml.safe_dump(TINY))


def failed_plan(project: Project) -> str:
    """Return the output of a build that must fail before it runs any job."""
    done = project.snakemake()
    assert done.returncode != 0
    assert "Finished jobid" not in done.stdout
    return done.stdout


@pytest.mark.parametrize(
    ("change", "messages"),
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
            ["tiny.yaml:", "corpora.digits.sources", "is empty", "none of them is an audio file"],
        ),
        (
            {"corpora": {"digits": {"sources": [{"archive": "a.zip", "folder": "b"}]}}},
            ["tiny.yaml:", "corpora.digits.sources.0.archive: unknown key; known: folder"],
        ),
    ],
)
def test_configuration_errors_stop_the_build_before_any_job(
    unchanged: Project, change: dict[str, object], messages: list[str]
) -> None:
    unchanged.configure(**change)
    output = failed_plan(unchanged)
    assert [message for message in messages if message not in output] == [], output


def test_unusable_recordings_are_listed_and_reported(fresh: Project, tmp_path: Path) -> None:
    corpus = recordings(tmp_path / "AudioMNIST")
    (corpus / "data/01/0_01_0.wav").write_bytes(b"RIFF not a recording")
    (corpus / "data/01/1_01_0.wav").write_bytes(b"")
    soundfile.write(corpus / "data/01/2_01_0.wav", [], 16000)
    on_real(fresh, folder=str(corpus))
    fresh.configure(select=["digits_mlp1_relu_mean"], corpora={"digits": {"max_rejected": 0.1}})
    fresh.build()
    rejected = (fresh.folder / "results/corpora/digits.rejected.csv").read_text()
    page = (fresh.folder / "results/report.html").read_text()
    for name in ("0_01_0", "1_01_0", "2_01_0"):
        assert f"data/01/{name}.wav,cannot be read" in rejected or "contains no samples" in rejected
        assert f"data/01/{name}.wav" in page
    assert len(rejected.splitlines()) == 4


def test_too_many_unusable_recordings_stop_the_build(fresh: Project, tmp_path: Path) -> None:
    corpus = recordings(tmp_path / "AudioMNIST")
    for path in sorted(corpus.rglob("*_0.wav"))[:10]:
        path.write_bytes(b"not a recording")
    on_real(fresh, folder=str(corpus))
    done = fresh.snakemake()
    assert done.returncode != 0
    assert "10 of 80 items are rejected (12.5%)" in done.stdout
    assert "max_rejected" in done.stdout and "data/01/0_01_0.wav" in done.stdout
    log = (fresh.folder / "results/logs/index_corpus/digits.log").read_text()
    assert log.count("\nrejected: ") == 10
    assert "Traceback" not in done.stdout + log


def test_one_speaker_cannot_be_split_by_speaker(fresh: Project, tmp_path: Path) -> None:
    on_real(fresh, folder=str(recordings(tmp_path / "AudioMNIST", speakers=1)))
    fresh.configure(select=["digits_mlp1_relu_mean*"])
    done = fresh.snakemake()
    assert done.returncode != 0
    assert "splits.speakers_80_20" in done.stdout and "only 1 speaker (01)" in done.stdout
    # Experiments that do not use this split are built.
    assert fresh.bytes_of("runs/digits_mlp1_relu_mean/42/metrics.json")


def test_missing_recordings_leave_the_old_results(fresh: Project, tmp_path: Path) -> None:
    corpus = recordings(tmp_path / "AudioMNIST")
    on_real(fresh, folder=str(corpus))
    fresh.configure(select=["digits_mlp1_relu_mean"])
    fresh.build()
    before = fresh.bytes_of("runs/**/*.*", "report.html")
    shutil.rmtree(corpus)
    assert "there is no folder" in failed_plan(fresh)
    assert fresh.bytes_of("runs/**/*.*", "report.html") == before
