"""Turn the texts of a corpus into rows of whole numbers by a configuration.

Input: the index, and where the tokenizer's model lies if the configuration needs one. Output: a matrix of
rows and an offset an item, as `.npy` files that open with `mmap_mode="r"`. Method: texts are
prepared as the configuration says, then cut into tokens or characters.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from resound.features.common.extraction import kind_module
from resound.features.common.texts import texts_of
from resound.io.csv_table import read_table
from resound.io.files import atomic_file, read_json
from resound.runtime.stage import given, stage


def main(index: Path, source: Path | None, config: str, matrix: Path, offsets: Path) -> None:
    """Write the features by `config` (JSON: the configuration); `source` says where the model lies."""
    settings = json.loads(config)["configuration"]
    module = kind_module(SimpleNamespace(**settings))
    configuration, tokenizer = module.Settings(**settings), None
    if source:
        from resound.models.encoder.backbone import open_tokenizer

        tokenizer = open_tokenizer(Path(read_json(source)["path"]))
    rows = module.extract(configuration, texts_of(configuration, read_table(index)), tokenizer)
    with atomic_file(matrix) as draft, atomic_file(offsets) as offsets_draft:
        np.save(draft, np.concatenate(rows))
        np.save(offsets_draft, np.cumsum([0, *map(len, rows)]))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            source=given(job.input, "source"),
            config=job.params.config,
            matrix=Path(job.output.matrix),
            offsets=Path(job.output.offsets),
        )
