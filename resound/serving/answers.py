"""What the page shows of a recording or of texts: predictions or a transcript, as JSON."""

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from resound.data import audio
from resound.features import logmel
from resound.prediction.predictor import Prediction, Predictor
from resound.prediction.segments import find_segments
from resound.prediction.transcriber import Transcriber

Model = Predictor | Transcriber

_SPECTROGRAM = logmel.Settings(kind="logmel", mels=64)
_SHOWN_S = 60
"""Seconds of a recording whose spectrogram is shown."""


def describe_model(name: str, model: Model) -> dict[str, Any]:
    """Return what the page needs to know of the model before it is used."""
    texts = isinstance(model, Predictor) and model.takes_texts
    fields = list(model.configuration.fields) if isinstance(model, Predictor) and texts else []
    return {"name": name, "fields": fields, "speech": isinstance(model, Transcriber)}


def answer_recording(model: Model, recording: Path, task: Any = "transcribe") -> dict[str, Any]:
    """Return what the model says of a recording, with its spectrogram; or why it is rejected."""
    if isinstance(model, Transcriber):
        transcript = model.transcribe(recording, task)
        answer = asdict(transcript)
        answer["segments"] = [segment._asdict() for segment in transcript.segments]
    else:
        (prediction,) = model.predict([recording])
        answer = _answer(model, prediction)
    if not answer["rejected"] or answer.get("scores"):
        answer["spectrogram"] = spectrogram(recording)
    return answer


def answer_texts(model: Predictor, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return what the model says of a text, or of a pair of them, by field."""
    (prediction,) = model.predict_texts({name: [text] for name, text in texts.items()})
    return _answer(model, prediction)


def _answer(model: Predictor, prediction: Prediction) -> dict[str, Any]:
    answer: dict[str, Any] = {"label": prediction.label, "rejected": prediction.rejected}
    if prediction.frames is not None:
        segments = find_segments(prediction.frames, model.classes, model.hop_s)
        return answer | {"segments": [one._asdict() | {"text": one.label} for one in segments]}
    scores = sorted(zip(prediction.scores, model.classes), reverse=True)
    return answer | {
        "scores": [{"name": name, "value": value} for value, name in scores],
        "probabilities": model.scores_are_probabilities,
    }


def spectrogram(recording: Path) -> str:
    """Return an image of the log-mel spectrogram of a recording's first minute, as a data URI."""
    from matplotlib.figure import Figure

    samples, rate_hz = audio.read(recording, _SPECTROGRAM.rate_hz)
    samples = samples[: _SHOWN_S * rate_hz]
    rows = logmel.extract(_SPECTROGRAM, [samples])
    figure = Figure(figsize=(8, 2.4), layout="constrained")
    axes = figure.add_subplot()
    extent = (0.0, len(samples) / rate_hz, 0.0, float(rows.shape[1]))
    axes.imshow(rows.T, origin="lower", aspect="auto", extent=extent)
    axes.set(xlabel="time in s", ylabel="mel band")
    image = io.BytesIO()
    figure.savefig(image, format="png", dpi=110)
    return "data:image/png;base64," + base64.b64encode(image.getvalue()).decode()
