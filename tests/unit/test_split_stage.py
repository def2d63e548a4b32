"""The split stage: strangers and their place in the index move no item between parts."""

import json
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from scripts import split
from scripts.lib.files import write_json
from scripts.lib.splits import read_folds
from scripts.lib.tables import write_table

LABELS = ["Ann"] * 20 + ["_noise_"] * 7 + ["Bob"] * 20 + ["other"] * 3


def folds(folder: Path, labels: list[str], **settings: object) -> dict[str, np.ndarray]:
    rows = [(f"{n}", f"{label}/{n}.wav", label) for n, label in enumerate(labels)]
    write_table(folder / "index.csv", ("id", "path", "label"), rows)
    write_json(folder / "summary.json", {"classes": ["Ann", "Bob"]})
    config = json.dumps({"split": settings})
    parts = folder / "parts.csv"
    split.main(folder / "index.csv", folder / "summary.json", config, "s", parts)
    return read_folds(parts)


def test_known_items_are_drawn_as_if_there_were_no_strangers(tmp_path: Path) -> None:
    (parts,) = folds(tmp_path, LABELS, kind="random", test=0.2, seed=42).values()
    known = np.flatnonzero(np.isin(LABELS, ["Ann", "Bob"]))
    train, test = train_test_split(known, test_size=0.2, random_state=42)
    assert np.flatnonzero(parts == "train").tolist() == sorted(train)
    assert np.flatnonzero(parts == "test").tolist() == sorted(test)
    assert set(parts[np.isin(LABELS, ["_noise_", "other"])]) == {"none"}


def test_an_open_set_has_a_fold_for_each_class(tmp_path: Path) -> None:
    made = folds(tmp_path, LABELS, kind="blocks", test=0.2, validation=0.2, gap=1, open_set=True)
    assert list(made) == ["Ann", "Bob"]
    ann = np.array(LABELS) == "Ann"
    assert set(made["Ann"][ann]) == {"none", "stranger"}
    assert (made["Ann"] == "stranger").sum() == 4 + 10
    assert not (made["Bob"][ann] == "stranger").any()
