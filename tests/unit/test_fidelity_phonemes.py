"""The phonemes experiments against their report: size of the network, frames, first epoch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resound.config.load import read, shipped_files
from resound.data.recording_index import index_recordings
from resound.report.published import describes_report

FRAMES = {"train-clean-100": 36_091_157, "dev-clean": 1_928_204, "test-clean": 1_934_138}


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    return read(shipped_files())


def test_the_reported_frames_are_those_of_the_report(shipped: dict[str, Any]) -> None:
    corpus = shipped["corpora"]["hw1p2"]
    assert corpus["reported_frames"] == FRAMES and "reported_items" not in corpus


@pytest.mark.parametrize(
    ("data", "changes", "comparable"),
    [
        ("real", {}, True),
        ("demo", {}, False),
        ("real", {"dev-clean": 1_928_203}, False),
        ("real", {"another": 5}, True),
    ],
)
def test_a_corpus_of_frames_is_compared_by_frames(
    data: str, changes: dict[str, int], comparable: bool
) -> None:
    corpus = {"items": 5, "reported_items": None, "reported_frames": FRAMES}
    assert describes_report(data, corpus | {"frames": FRAMES | changes}) == comparable
    assert not describes_report("real", corpus)


def test_the_index_counts_the_frames_of_each_partition(tmp_path: Path) -> None:
    for partition, lengths in {"train": [7, 4], "dev": [5], "test": [3]}.items():
        for number, length in enumerate(lengths):
            place = tmp_path / partition
            for kind, array in {
                "mfcc": np.zeros((length, 2), np.float32),
                "transcript": np.array(["[SOS]", *["A"] * length, "[EOS]"]),
            }.items():
                (place / kind).mkdir(parents=True, exist_ok=True)
                np.save(place / kind / f"1-2-{number}.npy", array)
    settings = {
        "path_pattern": "{partition}/mfcc/{speaker}-{chapter}-{number}.npy",
        "exclude": [],
        "labels": ["A", "B"],
        "label_names": {},
        "unknown": [],
        "min_seconds": 0.01,
        "max_seconds": None,
        "truncate": False,
        "chunk_seconds": None,
        "transcripts": None,
        "alignment": {
            "path": "{partition}/transcript/{speaker}-{chapter}-{number}.npy",
            "silence": "B",
            "ends": ["[SOS]", "[EOS]"],
            "unlabelled": ["test/*"],
        },
        "frame_ms": 10,
        "max_rejected": 0,
    }
    index = index_recordings(tmp_path, settings, "none", 1)
    assert index.summary["frames"] == {"dev": 5, "test": 3, "train": 11}


def test_the_faithful_arm_is_the_reported_network(shipped: dict[str, Any]) -> None:
    experiment = shipped["experiments"]["hw1p2_mlp"]
    base = shipped["experiments"][experiment["like"]]
    inputs = (2 * base["input"]["context"] + 1) * shipped["features"]["course28"]["width"]
    (hidden,) = base["model"]["hidden"]
    classes = len(shipped["corpora"]["hw1p2"]["labels"])
    parameters = (inputs + 1) * hidden + (hidden + 1) * classes
    assert parameters == 609_834 == experiment["reported"]["parameters"]


def test_the_reported_figures_belong_to_the_first_epoch(shipped: dict[str, Any]) -> None:
    reported = shipped["experiments"]["hw1p2_mlp"]["reported"]
    assert reported == {
        "source": "phonemes report",
        "after_epochs": 1,
        "test_accuracy": 0.688041,
        "test_loss": 1.0077,
        "train_accuracy": 0.697034,
        "train_loss": 0.9805,
        "parameters": 609_834,
    }
