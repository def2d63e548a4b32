"""Turn the texts of a corpus into rows of integers: tokens or characters.

Input: the index, and the manifest of the model whose tokenizer the configuration names, if any.
Output: a matrix of rows and the offset of each item, as `.npy` files that can be memory-mapped.
Method: texts are preprocessed as configured, then divided into tokens or characters.
"""

import json
from pathlib import Path

import numpy as np

from resound.features.common.kinds import configuration_of, feature_module
from resound.features.common.texts import preprocessed_texts
from resound.io.csv_table import read_table
from resound.io.files import atomic_file, read_json
from resound.runtime.stage import optional_input, stage


def main(index: Path, pretrained: Path | None, config: str, matrix: Path, offsets: Path) -> None:
    """Write the features by `config` (JSON: the feature configuration)."""
    configuration, tokenizer = configuration_of(json.loads(config)["configuration"]), None
    if pretrained:
        from resound.models.encoder.backbone import open_tokenizer

        tokenizer = open_tokenizer(Path(read_json(pretrained)["path"]))
    texts = preprocessed_texts(configuration, read_table(index))
    rows = feature_module(configuration.kind).extract(configuration, texts, tokenizer)
    with atomic_file(matrix) as draft, atomic_file(offsets) as offsets_draft:
        np.save(draft, np.concatenate(rows))
        np.save(offsets_draft, np.cumsum([0, *map(len, rows)]))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            index=Path(job.input.index),
            pretrained=optional_input(job.input, "pretrained"),
            config=job.params.config,
            matrix=Path(job.output.matrix),
            offsets=Path(job.output.offsets),
        )
