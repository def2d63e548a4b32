"""Decode every recording of a split with a Whisper model.

Input: the index and its summary, the split and the features of a dataset, and the model: pretrained
or fine-tuned. Output: predictions (one row per item: its reference text and the hypothesis, or its
language and the probability of each) and provenance. Method: greedy decoding in batches of similar
length, or clip by clip, repeated at higher temperatures where it seems to fail (`fallback`).
"""

from pathlib import Path

from resound.data.dataset import Dataset
from resound.features import whisper
from resound.io.csv_table import write_table
from resound.io.files import read_json
from resound.models.common.hub import model_folder
from resound.models.whisper.decoding import decode_dataset, decoded_items
from resound.models.whisper.model import Recogniser
from resound.models.whisper.settings import Decode
from resound.provenance import Stopwatch, combine_costs
from resound.runtime.progress import Progress
from resound.runtime.stage import optional_input, stage
from resound.settings import typed
from resound.training.run import Run


def main(
    dataset: Dataset, model: Path, training: Path | None, run: Run, progress: Progress
) -> None:
    """Decode by the run's settings (configuration, decode); `training` is of a fine-tuned model."""
    import torch

    torch.set_num_threads(1)
    decode = typed(Decode, run.settings["decode"])
    recogniser = Recogniser(model, run.device, decode.precision == "half")
    recogniser.check_configuration(whisper.Settings(**run.settings["configuration"]))
    items = [item for item, _ in decoded_items(dataset, decode)]
    watch = Stopwatch()

    def count(done: int) -> None:
        progress(f"{done} of {len(items)} clips")

    header, rows = decode_dataset(recogniser, dataset, decode, run.seed, count)
    write_table(run.folder / "predictions.csv", header, rows)
    audio_s = sum(float(dataset.items["seconds"][n]) for n in items)
    facts = {
        "parameters": 0,
        "total_parameters": sum(p.numel() for p in recogniser.model.parameters()),
        "decoding": {"clips": len(items), "audio_s": audio_s, "seconds": watch.seconds()},
        **recogniser.precision.facts(),
    }
    if training:
        record = read_json(training)
        facts |= {"parameters": record["parameters"], "training": record}
        facts |= combine_costs(run.provenance(), record)
    run.write_provenance(**facts)


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            dataset=Dataset.open(job.input),
            model=model_folder(dict(job.input.items())),
            training=optional_input(job.input, "training"),
            run=Run.of(job, Path(job.output.predictions).parent, progress),
            progress=progress,
        )
