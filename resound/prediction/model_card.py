"""Model cards: the README.md of a model, as the Hugging Face hub reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from resound.settings import settings

NAMES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "uar": "unweighted average recall",
    "accuracy_without_silence": "accuracy without silence",
    "wer": "word error rate",
    "cer": "character error rate",
    "bleu": "BLEU",
    "chrf": "chrF",
}


@settings
class CardSettings:
    """What the configuration contains about a model."""

    experiment: str
    data: str
    """`demo` or `real`."""
    corpus: str
    title: str
    licence: str
    note: str
    pretrained: str | None
    """The pretrained model that it starts from, by its name on the hub."""
    pretrained_licence: str | None
    split: Mapping[str, Any]
    """How the corpus is divided."""


@dataclass(frozen=True)
class Card:
    """Everything that a model card is written from."""

    settings: CardSettings
    metrics: Mapping[str, Any]
    """The contents of `metrics.json`."""
    provenance: Mapping[str, Any]
    """The contents of `provenance.json`."""
    description: Mapping[str, Any]
    """The contents of `model.json`; empty for a Whisper model."""
    formats: Sequence[str]
    """The open formats in the folder, of `export_model`."""


def model_card(card: Card) -> str:
    """Return the text: metadata in YAML, then data, metrics, training, and how to use the model."""
    from huggingface_hub import ModelCardData

    known, values = card.settings, _test_metrics(card.metrics)
    metadata = ModelCardData(
        license="other",
        license_name=_licence(known),
        library_name="transformers" if {"bert", "whisper"} & {*card.formats} else "resound",
        pipeline_tag=_pipeline(card),
        base_model=known.pretrained,
        tags=["resound", *card.formats],
        metrics=list(values),
    )
    sections = [
        f"---\n{metadata.to_yaml()}\n---\n\n# {known.experiment}\n",
        _data(card),
        _metrics(card, values),
        _training(card),
        _usage(card),
    ]
    return "\n".join(sections)


def _test_metrics(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return the metrics of the test part that a card has, by their keys."""
    part = metrics["parts"]["test"]
    part = part.get("normalised") or part.get("raw") or part
    return {name: part[name] for name in NAMES if part.get(name) is not None}


def _licence(card_settings: CardSettings) -> str:
    if card_settings.data == "demo":
        return "MIT, as the synthesised recordings"
    base = card_settings.pretrained_licence
    return f"corpus: {card_settings.licence}" + (f"; pretrained model: {base}" if base else "")


def _pipeline(card: Card) -> str:
    if "whisper" in card.formats:
        return "automatic-speech-recognition"
    texts = {"tokens", "characters"} & {_kind(card)}
    return "text-classification" if texts else "audio-classification"


def _kind(card: Card) -> str:
    """Return the kind of the features that recordings or texts become."""
    features = card.description.get("of") or card.description.get("features") or {}
    return str(features.get("kind", "whisper"))


def _data(card: Card) -> str:
    known = card.settings
    title = known.title or known.corpus
    if known.data == "demo":
        title = f"synthesised recordings or texts in the layout of {title}"
    lines = [f"Trained on **{title}** by the experiment `{known.experiment}` of resound."]
    if known.data == "demo":
        lines.append("**A demonstration**: nothing that it has learned holds for real recordings.")
    if classes := card.description.get("classes"):
        lines.append(f"Classes: {', '.join(f'`{name}`' for name in classes)}.")
    if known.pretrained:
        lines.append(f"It starts from the pretrained model `{known.pretrained}`.")
    if known.note:
        lines.append(known.note)
    lines.append(f"Licence of the data: {_licence(known)}.")
    return "\n\n".join(lines) + "\n"


def _metrics(card: Card, values: Mapping[str, float]) -> str:
    part = card.metrics["parts"]["test"]
    rows = "\n".join(f"| {NAMES[name]} | {value:.4g} |" for name, value in values.items())
    normaliser = card.metrics.get("normaliser")
    texts = f" Texts are normalised by `{normaliser}`." if normaliser else ""
    split = ", ".join(f"`{key}: {value}`" for key, value in card.settings.split.items() if value)
    interval = part.get("interval")
    of_accuracy = (
        f" 95 % interval of the accuracy: {interval[0]:.4g} to {interval[1]:.4g}"
        f" ({part['interval_method']})."
        if interval and "accuracy" in values
        else ""
    )
    return (
        f"## Metrics\n\nOn the {part['items']:,} items of the test part (split: {split}).{texts}"
        f"{of_accuracy}\n\n| | test |\n|---|---|\n{rows}\n"
    )


def _training(card: Card) -> str:
    provenance = card.provenance
    settings = dict(provenance.get("training", provenance)["config"])
    lines = [
        f"- {name}: " + ", ".join(f"`{key}: {value}`" for key, value in part.items())
        for name, part in settings.items()
        if isinstance(part, dict) and part
    ]
    facts = (
        f"Seed {provenance['seed']}, {provenance['parameters']:,} trained parameters,"
        f" {provenance['seconds']:.0f} s on {provenance['device_name']};"
        f" commit `{provenance['commit']}`."
    )
    return f"## Training\n\n{facts}\n\n" + "\n".join(lines) + "\n"


def _usage(card: Card) -> str:
    parts = ["## Use\n"]
    if "whisper" in card.formats:
        parts.append(
            _python(
                "from transformers import pipeline",
                'pipeline("automatic-speech-recognition", "<this folder>")("talk.wav")',
            )
        )
        call = 'resound.load("<this folder>").transcribe("talk.m4a").text'
    elif "bert" in card.formats:
        parts.append(
            _python(
                "from transformers import pipeline",
                'classify = pipeline("text-classification", "<this folder>")',
                'classify({"text": "...", "text_pair": "..."}, truncation=True)',
            )
        )
        if steps := card.description["features"].get("prepare"):
            parts.append(
                f"The texts that it was trained on were preprocessed ({', '.join(steps)}): resound"
                " does that, the pipeline does not.\n"
            )
        call = 'resound.load("<this folder>", pretrained="<this folder>").predict_texts({...})'
    else:
        texts = _kind(card) in ("tokens", "characters")
        what = "predict_texts({...})" if texts else 'predict(["one.wav"])'
        call = f'resound.load("<this folder>").{what}'
    parts.append(_python("import resound", call))
    if "onnx" in card.formats:
        parts.append(
            "`model.onnx` maps `inputs`, the features (`model.json`) arranged, padded and"
            " standardised as in `inputs.json` and `inputs.safetensors`, to `probabilities`.\n"
        )
    return "\n".join(parts)


def _python(*lines: str) -> str:
    return "```python\n" + "\n".join(lines) + "\n```\n"
