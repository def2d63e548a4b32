"""Training histories as columns of numbers."""

from pathlib import Path

from resound.io.csv_table import read_table, rows_of

History = dict[str, list[float]]
"""One value per epoch (or evaluation) in each column."""


def read_history(path: Path) -> History:
    """Read a history of a single training run."""
    return {name: list(map(float, column)) for name, column in read_table(path).items()}


def read_only_history(path: Path) -> History:
    """Read a history, with or without a column `fold`; of several folds there is no single one."""
    table = read_table(path)
    folds = set(table.pop("fold", []))
    return {} if len(folds) > 1 else {name: list(map(float, c)) for name, c in table.items()}


def read_fold_histories(path: Path) -> list[History]:
    """Read a history with a column `fold`; return one history per fold, in the file's order."""
    rows = rows_of(read_table(path))
    folds = dict.fromkeys(row["fold"] for row in rows)
    columns = [name for name in rows[0] if name != "fold"]
    return [
        {name: [float(row[name]) for row in rows if row["fold"] == fold] for name in columns}
        for fold in folds
    ]
