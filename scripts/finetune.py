"""Fine-tune a Whisper model on the training part of a corpus.

Input: the index, the split, the features, and the model as it came. Output: the model in the files
of `save_pretrained`, the history (a row each look at the validation part) and the provenance of
the training. Method: `Seq2SeqTrainer`; the model of the lowest validation word error rate is kept;
a killed run goes on after its last whole checkpoint.
"""

import json
import shutil
from pathlib import Path

from resound.data.feature_cache import Features
from resound.data.folds import ONLY_FOLD, Part, read_folds
from resound.features import whisper
from resound.io.csv_table import read_table, write_table
from resound.io.files import atomic_folder, read_json, write_json
from resound.models.whisper.finetuning import Utterances, tune
from resound.models.whisper.model import Recogniser
from resound.models.whisper.settings import Decode, FineTuning, Whisper
from resound.provenance import Stopwatch, provenance
from resound.runtime.device import device_for
from resound.runtime.gpu_monitor import Utilisation
from resound.runtime.progress import Progress
from resound.runtime.stage import stage
from resound.settings import typed
from resound.training.fingerprint import run_fingerprint


def main(
    source: Path,
    index: Path,
    parts: Path,
    matrix: Path,
    offsets: Path,
    config: str,
    code: str,
    seed: int,
    gpus: int,
    gpus_per_device: int,
    folder: Path,
    progress: Progress,
) -> None:
    """Tune by `config` (JSON: configuration, model, decode, train) and write all outputs into `folder`."""
    watch, settings, origin = Stopwatch(), json.loads(config), read_json(source)
    device = device_for(gpus, gpus_per_device, progress)
    model, decode = typed(Whisper, settings["model"]), Decode(**settings["decode"])
    training, busy = FineTuning(**settings["train"]), Utilisation.of(device)
    recogniser = Recogniser(Path(origin["path"]), device)
    recogniser.check_configuration(whisper.Settings(**settings["configuration"]))
    features, table = Features.open(matrix, offsets), read_table(index)
    texts = table["text" if decode.task == "transcribe" else "translation"]
    items_of = read_folds(parts, table["id"])[ONLY_FOLD]

    def utterances(part: Part) -> Utterances:
        items = items_of[part]
        return Utterances(recogniser, features, items, [texts[n] for n in items], decode)

    checkpoints = folder / "checkpoints"
    _keep_only(checkpoints, run_fingerprint(code, config, seed, device, parts, [matrix], origin))
    tuned = tune(
        recogniser,
        model,
        decode,
        training,
        utterances("train"),
        utterances("validation"),
        seed,
        checkpoints,
        progress,
    )
    with atomic_folder(folder / "model") as draft:
        recogniser.save(draft)
    columns = ("epoch", "loss", "validation_loss", "validation_wer")
    write_table(
        folder / "history.csv", columns, ([row[c] for c in columns] for row in tuned.history)
    )
    facts = {"parameters": tuned.parameters, "seed": seed, "config": settings, "code": code}
    facts |= {"origin": origin, **tuned.precision.facts()}
    write_json(folder / "training.json", provenance(watch, device, busy.mean(), **facts))
    shutil.rmtree(checkpoints)


def _keep_only(checkpoints: Path, fingerprint: str) -> None:
    """An empty folder of checkpoints, unless it holds those of this very run."""
    note = checkpoints / "fingerprint"
    if not note.is_file() or note.read_text() != fingerprint:
        shutil.rmtree(checkpoints, ignore_errors=True)
        checkpoints.mkdir(parents=True)
        note.write_text(fingerprint)


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            source=Path(job.input.source),
            index=Path(job.input.index),
            parts=Path(job.input.parts),
            matrix=Path(job.input.matrix),
            offsets=Path(job.input.offsets),
            config=job.params.config,
            code=job.params.code,
            seed=int(job.wildcards.seed),
            gpus=job.resources.get("gpu", 0),
            gpus_per_device=job.config["gpus_per_device"],
            folder=Path(job.output.history).parent,
            progress=progress,
        )
