"""Training histories as columns of numbers."""

from pathlib import Path

from resound.io.csv_table import write_table
from resound.report.history import read_fold_histories, read_history


def test_a_history_has_a_number_per_epoch_in_each_column(tmp_path: Path) -> None:
    write_table(tmp_path / "history.csv", ("epoch", "loss"), [(1, 2.5), (2, "inf")])
    history = read_history(tmp_path / "history.csv")
    assert history == {"epoch": [1.0, 2.0], "loss": [2.5, float("inf")]}


def test_folds_have_their_own_histories(tmp_path: Path) -> None:
    rows = [("b", 1, 2.0), ("a", 1, 3.0), ("b", 2, 1.0)]
    write_table(tmp_path / "history.csv", ("fold", "epoch", "loss"), rows)
    assert read_fold_histories(tmp_path / "history.csv") == [
        {"epoch": [1.0, 2.0], "loss": [2.0, 1.0]},
        {"epoch": [1.0], "loss": [3.0]},
    ]
