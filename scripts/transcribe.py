"""Transcribe any recordings of any length, or translate them into English, or identify languages.

Input: a recording, a folder or a list of them, and a Whisper model: the manifest of a pretrained
one, or the folder of a run. Output: a JSON with the task and, for each recording, the language, the
text, and its segments with their times in seconds, or why it was rejected. Method: Silero VAD finds
the speech, which is decoded in Whisper's own long form, or in segments by models without
timestamps; the language is the most probable one over windows all over the recording.
"""

import json
from pathlib import Path

import torch

from resound.io.files import read_json, write_json
from resound.models.whisper.settings import Transcription
from resound.prediction.recordings import find_recordings
from resound.prediction.transcriber import Transcriber, transcribe_all
from resound.prediction.transcripts import to_json
from resound.runtime.device import device_for
from resound.runtime.progress import Progress
from resound.runtime.stage import optional_input, stage
from resound.settings import typed


def main(
    source: Path,
    model: Path,
    config: str,
    device: str,
    threads: int,
    output: Path,
    progress: Progress,
) -> None:
    """Write the transcripts of the recordings in `source` by the model in the folder `model`.

    `config` (JSON) has the `task` and how recordings are decoded (`transcription`).
    """
    torch.set_num_threads(threads)
    settings = json.loads(config)
    task = settings["task"]
    transcriber = Transcriber(model, typed(Transcription, settings["transcription"]), device)
    transcripts = transcribe_all(transcriber, find_recordings(source), task, progress)
    recordings = [to_json(transcript) for transcript in transcripts]
    write_json(output, {"model": str(model), "task": task, "recordings": recordings})


if __name__ == "__main__":
    with stage() as (job, progress):
        gpus, per_device = job.resources.get("gpu", 0), job.config["gpus_per_device"]
        pretrained = optional_input(job.input, "pretrained")
        main(
            source=Path(job.input.source),
            model=Path(read_json(pretrained)["path"] if pretrained else job.params.run),
            config=job.params.config,
            device=device_for(gpus, per_device, progress),
            threads=job.threads,
            output=Path(job.output.transcript),
            progress=progress,
        )
