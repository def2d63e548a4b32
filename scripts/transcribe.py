"""Transcribe any recording of any length, or translate it into English.

Input: the recording, and a Whisper model: pretrained or fine-tuned. Output: a JSON with the task,
the language and its probability, the text, and its segments with their times in seconds. Method:
the recording is split at its pauses into segments that fit the model's window; the language is the
most probable one over all segments, weighted by their duration.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from resound.arrays import Array
from resound.data import audio
from resound.data.decoding.errors import UnreadableClip
from resound.data.vad import find_speech
from resound.errors import UserError
from resound.features import whisper
from resound.io.files import write_json
from resound.models.common.hub import model_folder
from resound.models.whisper.model import Recogniser
from resound.runtime.device import device_for
from resound.runtime.progress import Progress
from resound.runtime.stage import stage

_BATCH = 16


def main(
    recording: Path, model: Path, config: str, device: str, transcript: Path, progress: Progress
) -> None:
    """Write the transcript of `recording` by the model in the folder `model`.

    `config` (JSON) has the `task`: `transcribe` or `translate`.
    """
    task = json.loads(config)["task"]
    recogniser = Recogniser(model, device)
    rate_hz = recogniser.configuration.rate_hz
    try:
        samples, _ = audio.read(recording, rate_hz)
    except UnreadableClip as error:
        raise UserError(f"{recording}: {error}") from error
    result: dict[str, Any] = {
        "audio": str(recording),
        "model": str(model),
        "task": task,
        "seconds": round(len(samples) / rate_hz, 3),
        "language": None,
        "probability": None,
        "text": "",
        "segments": [],
    }
    write_json(transcript, result | _transcribe(recogniser, samples, task, progress))


def _transcribe(
    recogniser: Recogniser, samples: Array, task: str, progress: Progress
) -> dict[str, Any]:
    """Return language, probability, text and segments; nothing for a recording without speech."""
    configuration = recogniser.configuration
    rate_hz = configuration.rate_hz
    segments = find_speech(samples, rate_hz, configuration.window_s)
    if not segments:
        return {}
    clips = [whisper.extract(configuration, [samples[first:end]]) for first, end in segments]
    seconds = [(end - first) / rate_hz for first, end in segments]
    probabilities = recogniser.language_probabilities(clips, _BATCH)
    mean = np.average(probabilities, axis=0, weights=seconds)
    language = recogniser.languages[int(mean.argmax())]
    progress(f"{len(clips)} segments, language {language} ({mean.max():.0%})")
    texts = recogniser.texts(clips, [language] * len(clips), task, _BATCH)
    return {
        "language": language,
        "probability": round(float(mean.max()), 4),
        "text": " ".join(text for text in texts if text),
        "segments": [
            {"start": round(first / rate_hz, 2), "end": round(end / rate_hz, 2), "text": text}
            for (first, end), text in zip(segments, texts, strict=True)
        ],
    }


if __name__ == "__main__":
    with stage() as (job, progress):
        gpus, per_device = job.resources.get("gpu", 0), job.config["gpus_per_device"]
        main(
            recording=Path(job.input.audio),
            model=model_folder(dict(job.input.items())),
            config=job.params.config,
            device=device_for(gpus, per_device, progress),
            transcript=Path(job.output.transcript),
            progress=progress,
        )
