"""Configuration of recognitions, pretrained models and their demo models: what cannot be."""

from pathlib import Path

import pytest

from tests.helpers.configs import GOOD, Loaded, complaint

RECOGNITION = """\
  heard:
    corpus: lectures
    features: whisper
    split: held_out
    model: {kind: whisper, pretrained: small}
    decode: {task: transcribe, language: fa}
    train: {learning_rate: 1.0e-5, epochs: 5, batch_size: 16, demo: {epochs: 2}}
    reported: {source: a report, test_wer: 0.5}
demo_models:
  tiny: {kind: whisper, features: whisper, practice: {fa: 9}}
pretrained:
  small: {hub: someone/small, revision: abc, demo_model: tiny}
transcriber: heard
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
def hearing(tmp_path: Path) -> Loaded:
    """Loads GOOD with a recognition beside the rest."""
    text = GOOD.replace("features:\n", LECTURES + "features:\n", 1)
    return Loaded(tmp_path, text.replace("splits:\n", CONFIGURATION + "splits:\n") + RECOGNITION)


def test_a_recognition_is_told_by_its_model(hearing: Loaded) -> None:
    made = hearing()
    assert list(made.recognitions()) == ["heard"]
    assert list(made.classifications()) == ["flat", "frames"]
    assert made.model_at_hand("small") == "tiny"
    assert made.configuration("whisper").frames == 150
    assert made.training_of(made.recognitions()["heard"]).epochs == 2
    real = ('select: ["*"]', "select: [heard]\ndata: real")
    folder = ("    max_seconds: 30\n", "    max_seconds: 30\n    sources: [{folder: x}]\n")
    made = hearing(real, folder)
    assert made.model_at_hand("small") == "small"
    assert made.configuration("whisper").frames == 3000
    assert made.training_of(made.recognitions()["heard"]).epochs == 5


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("pretrained: small}", "pretrained: smal}", "there is no pretrained 'smal'; did you mean"),
        ("{task: transcribe, language: fa}", "{task: transcribe}", "decode.language: fine-tuning"),
        ("task: transcribe", "task: translate", "name no `translation`"),
        ("task: transcribe", "task: identify", "'lectures' has no {label}, which is the language"),
        ("task: transcribe", "task: sing", "decode.task: 'sing' is not a choice"),
        ("    split: held_out\n    model: {kind: whisper", "    split: random\n    model: "
         "{kind: whisper", "heard.train: split 'random' has no `validation` part"),
        ("features: whisper\n", "features: logmel\n", "takes features of kind `whisper`, not"),
        ("features: whisper,", "features: logmel,", "'logmel' is no features of kind `whisper`"),
        ("batch_size: 16, demo", "batchsize: 16, demo", "train.batchsize: unknown key; did you"),
        ("demo_model: tiny", "demo_model: tny", "pretrained.small.demo_model: there is no demo model"),
        ("transcriber: heard", "transcriber: hard", "'hard' recognises nothing; did you mean"),
        ("transcriber: heard", "audio: a.wav", "transcriber: say what transcribes `audio`"),
        ("files: [texts.tsv]", "files: [texts.doc]", "transcripts.files: 'texts.doc' is none of"),
        ("    max_seconds: 30\n", "    chunk_seconds: 30\n", "nobody knows what is said in a piece"),
        ("    max_seconds: 30\n", "    truncate: true\n", "truncate: needs `max_seconds`"),
        ("    features: logmel\n", "    features: whisper\n", "what a whisper takes; a cnn takes"),
        ("revision: abc, demo_model: tiny", "revision: abc", "'small' has no `demo_model`: with"),
        ("    corpus: lectures\n", "    corpus: digits\n", "'digits' has no `transcripts`"),
        ("kind: whisper, pretrained", "kind: whisper, freeze: encoder, adapters: {modules: [q]},"
         " pretrained", "`adapters` leave all of the model as it is"),
        ("    reported: {source: a report, test_wer", "    baseline: flat\n    reported: {source: a "
         "report, test_wer", "there is no recognition 'flat'"),
    ],
)  # fmt: skip
def test_mistakes_in_recognitions(hearing: Loaded, old: str, new: str, said: str) -> None:
    assert said in complaint(hearing, (old, new))
