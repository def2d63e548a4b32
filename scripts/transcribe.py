"""Transcribe any recording of any length.

Input: the recording, and a Whisper model: fine-tuned, or as it came. Output: a JSON of the language
and its probability, the text, and its segments with their times in seconds. Method: the recording
is cut at its pauses into what the model hears at once; the language is the likeliest one over all
segments, by their duration.
"""

from pathlib import Path

import numpy as np

from resound.data import audio
from resound.data.vad import spoken
from resound.errors import UserError
from resound.features import whisper
from resound.io.files import write_json
from resound.models.common.pretrained import folder_of
from resound.models.whisper.model import Recogniser
from resound.runtime.device import device_for
from resound.runtime.progress import Progress
from resound.runtime.stage import stage

_BATCH = 16


def main(
    recording: Path,
    model: Path,
    gpus: int,
    gpus_per_device: int,
    transcript: Path,
    progress: Progress,
) -> None:
    """Write what `model` hears in `recording`."""
    recogniser = Recogniser(model, device_for(gpus, gpus_per_device, progress))
    configuration = recogniser.configuration
    try:
        samples, _ = audio.read(recording, configuration.rate_hz)
    except audio.UnreadableClip as error:
        raise UserError(f"{recording}: {error}") from error
    stretches = spoken(samples, configuration.rate_hz, configuration.window_s)
    clips = [whisper.extract(configuration, [samples[first:end]]) for first, end in stretches]
    told = {
        "audio": str(recording),
        "model": str(model),
        "seconds": round(len(samples) / configuration.rate_hz, 3),
        "language": None,
        "probability": None,
        "text": "",
        "segments": [],
    }
    if clips:
        seconds = [(end - first) / configuration.rate_hz for first, end in stretches]
        shares = recogniser.language_probabilities(clips, _BATCH)
        mean = np.average(shares, axis=0, weights=seconds)
        language = recogniser.languages[int(mean.argmax())]
        progress(f"{len(clips)} segments, language {language} ({mean.max():.0%})")
        texts = recogniser.texts(clips, [language] * len(clips), "transcribe", _BATCH)
        told |= {"language": language, "probability": round(float(mean.max()), 4)}
        told["text"] = " ".join(text for text in texts if text)
        told["segments"] = [
            {
                "start": round(first / configuration.rate_hz, 2),
                "end": round(end / configuration.rate_hz, 2),
                "text": text,
            }
            for (first, end), text in zip(stretches, texts, strict=True)
        ]
    write_json(transcript, told)


if __name__ == "__main__":
    with stage() as (job, progress):
        main(
            recording=Path(job.input.audio),
            model=folder_of(dict(job.input.items())),
            gpus=job.resources.get("gpu", 0),
            gpus_per_device=job.config["gpus_per_device"],
            transcript=Path(job.output.transcript),
            progress=progress,
        )
