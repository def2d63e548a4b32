"""Mistakes in the configuration of recognitions, pretrained models and their demo models."""

from pathlib import Path

import pytest

from tests.helpers.configs import GOOD, Loaded, error_of

RECOGNITION = """\
  recognised:
    corpus: lectures
    features: whisper
    split: held_out
    model: {kind: whisper, pretrained: small}
    decode: {task: transcribe, language: fa}
    train: {learning_rate: 1.0e-5, epochs: 5, batch_size: 16, demo: {epochs: 2}}
    reported: {source: a report, test_wer: 0.5}
demo_models:
  tiny: {kind: whisper, features: whisper, sentences: {fa: 9}}
pretrained:
  small: {hub: someone/small, revision: abc, demo_model: tiny}
transcriber: recognised
"""

LECTURES = """\
  lectures:
    title: Lectures
    path_pattern: "{group}/{n}.wav"
    transcripts: {files: [texts.tsv], audio: path, text: text}
    max_seconds: 30
    demo: {kind: persian}
"""
CONFIGURATION = "  whisper: {kind: whisper, demo: {mels: 40, hop_ms: 20, window_s: 3}}\n"


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """Return what loads GOOD with a recognition beside the rest."""
    text = GOOD.replace("features:\n", LECTURES + "features:\n", 1)
    return Loaded(tmp_path, text.replace("splits:\n", CONFIGURATION + "splits:\n") + RECOGNITION)


def test_recognition_is_known_by_its_model(loaded: Loaded) -> None:
    made = loaded()
    assert list(made.recognitions()) == ["recognised"]
    assert list(made.classifications()) == ["flat", "frames"]
    assert made.model_in_use("small") == "tiny"
    assert made.feature_configuration("whisper").frames == 150
    assert made.training_of(made.recognitions()["recognised"]).epochs == 2
    real = ('select: ["*"]', "select: [recognised]\ndata: real")
    folder = ("    max_seconds: 30\n", "    max_seconds: 30\n    sources: [{folder: x}]\n")
    made = loaded(real, folder)
    assert made.model_in_use("small") == "small"
    assert made.feature_configuration("whisper").frames == 3000
    assert made.training_of(made.recognitions()["recognised"]).epochs == 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pretrained: small}", "pretrained: smal}", "there is no pretrained 'smal'; did you mean"),
        ("{task: transcribe, language: fa}", "{task: transcribe}", "decode.language: fine-tuning"),
        ("task: transcribe", "task: translate", "name no `translation`"),
        ("task: transcribe", "task: identify", "'lectures' has no {label}, which is the language"),
        ("task: transcribe", "task: sing", "decode.task: 'sing' is not a choice"),
        ("    split: held_out\n    model: {kind: whisper", "    split: random\n    model: "
         "{kind: whisper", "recognised.train: split 'random' has no `validation` part"),
        ("features: whisper\n", "features: logmel\n", "takes features of kind `whisper`, not"),
        ("features: whisper,", "features: logmel,", "'logmel' is no features of kind `whisper`"),
        ("batch_size: 16, demo", "batchsize: 16, demo", "train.batchsize: unknown key; did you"),
        ("demo_model: tiny", "demo_model: tny", "pretrained.small.demo_model: there is no demo"
         " model"),
        ("transcriber: recognised", "transcriber: recognise",
         "'recognise' is no recognition or pretrained model; did you mean"),
        ("transcriber: recognised", "audio: a.wav", "transcriber: name what transcribes `audio`"),
        ("files: [texts.tsv]", "files: [texts.doc]", "transcripts.files: the format of"
         " 'texts.doc' is not supported"),
        ("    max_seconds: 30\n", "    chunk_seconds: 30\n", "the text of a chunk is not known"),
        ("    max_seconds: 30\n", "    truncate: true\n", "truncate: needs `max_seconds`"),
        ("    max_seconds: 30\n", "", "'lectures' may have recordings of more than 30 s"),
        ("    max_seconds: 30\n", "    max_seconds: 31\n", "set its `max_seconds` to 30 or less"),
        ("    features: logmel\n", "    features: whisper\n", "are the input of an encoder; a cnn"
         " takes"),
        ("revision: abc, demo_model: tiny", "revision: abc", "pretrained.small: has no"
         " `demo_model`"),
        ("    corpus: lectures\n", "    corpus: digits\n", "'digits' has no `transcripts`"),
        ("kind: whisper, pretrained", "kind: whisper, freeze: encoder, adapters: {modules: [q]},"
         " pretrained", "`adapters` leave the whole model unchanged"),
        ("    reported: {source: a report, test_wer", "    baseline: flat\n    reported: {source:"
         " a "
         "report, test_wer", "there is no recognition 'flat'"),
    ],
)  # fmt: skip
def test_mistakes_in_recognitions(loaded: Loaded, old: str, new: str, message: str) -> None:
    assert message in error_of(loaded, (old, new))
