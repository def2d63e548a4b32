"""Predict the classes of any recordings, or texts, with a trained classifier.

Input: the model of a run and its metrics; a recording, a folder or a list of them, or a table of
texts; the manifest of the pretrained model whose tokenizer or hidden states are the features, if
any. Output: one row per recording or text with the predicted class and the score of each, or one
row per segment if the model predicts frames; a rejected item has the reason instead. Method:
features are extracted some files at a time over a pool, and scored in the order of the files.
"""

from pathlib import Path

from resound.io.files import read_json
from resound.io.tables.read import read_rows
from resound.prediction.predictor import Predictor
from resound.prediction.recordings import find_recordings
from resound.prediction.tables import write_predictions
from resound.runtime.device import device_for
from resound.runtime.pool import Pool
from resound.runtime.progress import Progress
from resound.runtime.stage import optional_input, stage


def main(
    run: Path,
    source: Path,
    pretrained: Path | None,
    output: Path,
    device: str,
    pool: Pool,
    workers: int,
    progress: Progress,
) -> None:
    """Write the predictions for the recordings or texts in `source` by the model of `run`."""
    folder = pretrained and Path(read_json(pretrained)["path"])
    predictor = Predictor(run, pretrained=folder, device=device)
    if predictor.takes_texts:
        fields = predictor.configuration.fields
        rows = read_rows(source, fields)
        texts = {name: [row.cells.get(name, "") for row in rows] for name in fields}
        predictions, items = predictor.predict_texts(texts), len(rows)
    else:
        paths = find_recordings(source)
        predictions, items = predictor.predict(paths, pool, workers), len(paths)
    write_predictions(output, predictor, predictions, items, progress)


if __name__ == "__main__":
    with stage() as (job, progress):
        gpus, per_device = job.resources.get("gpu", 0), job.config["gpus_per_device"]
        main(
            run=Path(job.params.run),
            source=Path(job.input.source),
            pretrained=optional_input(job.input, "pretrained"),
            output=Path(job.output.predictions),
            device=device_for(gpus, per_device, progress),
            pool=job.config["pool"],
            workers=job.threads,
            progress=progress,
        )
