"""Fine-tune a Whisper model on the training part of a corpus.

Input: the index and its summary, the split and the features of a dataset, and the manifest of the
pretrained model. Output: the model in the files of `save_pretrained`, the history (one row per
evaluation on the validation part) and the provenance of the training. Method: `Seq2SeqTrainer`; the
last model is kept, or that of the lowest word error rate on the validation part; a killed run
resumes after its last complete checkpoint.
"""

import shutil
from pathlib import Path

from resound.data.dataset import Dataset
from resound.data.folds import ONLY_FOLD, Part
from resound.features import whisper
from resound.io.files import atomic_folder, read_json
from resound.models.whisper.finetuning import Utterances, tune
from resound.models.whisper.model import Recogniser
from resound.models.whisper.settings import Decode, FineTuning, Whisper
from resound.runtime.progress import Progress
from resound.runtime.stage import stage
from resound.settings import typed
from resound.training.run import Run


def main(dataset: Dataset, pretrained: Path, run: Run, progress: Progress) -> None:
    """Fine-tune by the run's settings: configuration, model, decode, train."""
    settings, origin = run.settings, read_json(pretrained)
    model, decode = typed(Whisper, settings["model"]), typed(Decode, settings["decode"])
    training = typed(FineTuning, settings["train"])
    recogniser = Recogniser(Path(origin["path"]), run.device)
    recogniser.check_configuration(whisper.Settings(**settings["configuration"]))
    texts = dataset.items["text" if decode.task == "transcribe" else "translation"]

    def utterances(part: Part) -> Utterances:
        items = dataset.folds[ONLY_FOLD][part]
        return Utterances(recogniser, dataset.features, items, [texts[n] for n in items], decode)

    checkpoints = run.folder / "checkpoints"
    _prepare_checkpoints(checkpoints, run.fingerprint(dataset, origin))
    parts = utterances("train"), utterances("validation")
    result = tune(recogniser, model, decode, training, *parts, run.seed, checkpoints, progress)
    with atomic_folder(run.folder / "model") as draft:
        recogniser.save(draft)
    run.write_history(result.history)
    facts = {"parameters": result.parameters, "origin": origin, **result.precision.facts()}
    run.write_provenance("training.json", **facts)
    shutil.rmtree(checkpoints)


def _prepare_checkpoints(checkpoints: Path, fingerprint: str) -> None:
    """Empty the folder of checkpoints, unless it holds those of this very run."""
    note = checkpoints / "fingerprint"
    if not note.is_file() or note.read_text() != fingerprint:
        shutil.rmtree(checkpoints, ignore_errors=True)
        checkpoints.mkdir(parents=True)
        note.write_text(fingerprint)


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            dataset=Dataset.open(job.input),
            pretrained=Path(job.input.pretrained),
            run=Run.of(job, Path(job.output.history).parent, progress),
            progress=progress,
        )
