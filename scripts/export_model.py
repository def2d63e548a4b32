"""Write a trained model as a folder of its own, with a model card and in open formats.

Input: the model of a run, its metrics and provenance, and the manifest of the pretrained model of a
classifier of texts. Output: a folder with the files of the model; `model.onnx` of networks on
features; transformers' own files of BERT and Whisper models; and README.md, the model card.
"""

import json
from pathlib import Path

from resound.io.files import read_json, write_text
from resound.models.common.saved_model import DESCRIPTION
from resound.prediction.export import export_model
from resound.prediction.model_card import Card, CardSettings, model_card
from resound.runtime.stage import optional_input, stage


def main(
    run: Path, metrics: Path, provenance: Path, pretrained: Path | None, config: str, folder: Path
) -> None:
    """Write the model of `run` into `folder`; `config` (JSON) are the `CardSettings`."""
    tokenizer = pretrained and Path(read_json(pretrained)["path"])
    formats = export_model(run / "model", folder, tokenizer)
    description = folder / DESCRIPTION
    card = Card(
        settings=CardSettings(**json.loads(config)),
        metrics=read_json(metrics),
        provenance=read_json(provenance),
        description=read_json(description) if description.is_file() else {},
        formats=formats,
    )
    write_text(folder / "README.md", model_card(card))


if __name__ == "__main__":
    with stage() as (job, _):
        main(
            run=Path(job.params.run),
            metrics=Path(job.input.metrics),
            provenance=Path(job.input.provenance),
            pretrained=optional_input(job.input, "pretrained"),
            config=job.params.config,
            folder=Path(job.output.folder),
        )
