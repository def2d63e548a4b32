"""The configuration: what it refuses, in which words, and at which line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from scripts.lib.config.load import load, schema
from scripts.lib.config.model import Config
from scripts.lib.errors import UserError

ROOT = Path(__file__).resolve().parents[2]

GOOD = """\
select: ["*"]
corpora:
  digits:
    title: Digits
    layout: "{speaker}/{label}_{take}.wav"
    sources: [{folder: recordings}, {archive: recordings.zip}]
    demo: {kind: digits, speakers: 3}
features:
  deltas: {kind: mfcc, deltas: 2}
  mean: {kind: mfcc, pool: mean}
  logmel: {kind: logmel}
splits:
  random: {kind: random}
  held_out: {kind: random, validation: 0.1}
  speakers: {kind: grouped, by: speaker}
experiments:
  flat:
    corpus: digits
    features: deltas
    split: random
    input: {arrange: flatten_then_pad}
    model:
      {kind: perceptron, hidden: [mean, 2/3], activation: relu, weights: xavier,
       derivative: activation}
    train: {optimizer: sgd, learning_rate: 0.001, epochs: 2, batch_size: 1}
    twin: frames
  frames:
    corpus: digits
    features: logmel
    split: held_out
    input: {arrange: padded, standardise: train}
    model: {kind: cnn, channels: [4, 8]}
    train:
      {optimizer: adam, learning_rate: 1.0e-3, epochs: 9, demo: {epochs: 3}, batch_size: 32,
       keep: best_validation}
    reported: {source: a report, test_accuracy: 0.5}
"""

Load = Callable[..., Config]


@pytest.fixture
def loaded(tmp_path: Path) -> Load:
    """Load GOOD with some text replaced, from a file `config.yaml`."""

    def loaded(*changes: tuple[str, str]) -> Config:
        text = GOOD
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return load(yaml.safe_load(text), [path])

    return loaded


def complaint(loaded: Load, *changes: tuple[str, str]) -> str:
    """What loading complains of, its file shown by its name alone."""
    with pytest.raises(UserError) as caught:
        loaded(*changes)
    lines = str(caught.value).splitlines()
    return "\n".join("config.yaml:" + line.split("config.yaml:", 1)[-1] for line in lines)


def line_of(text: str) -> int:
    """The one line of GOOD where `text` stands, counted from 1."""
    (number,) = [n for n, line in enumerate(GOOD.splitlines(), 1) if text in line]
    return number


def test_strangers_are_kept_out_of_the_statistics(loaded: Load) -> None:
    strangers = (
        "{kind: random, validation: 0.1}",
        "{kind: random, validation: 0.1, open_set: true}",
    )
    loaded(strangers)
    said = complaint(loaded, strangers, ("standardise: train", "standardise: all_parts"))
    assert "experiments.frames.input.standardise: the strangers of split 'held_out' need" in said


def test_labels_of_frames_need_classes_and_windows(loaded: Load) -> None:
    aligned = (
        "    labels: [B]\n    alignment: {path: '{speakr}.phn', silence: SIL, fold: {a: AA}}\n"
    )
    said = complaint(loaded, ("    title: Digits\n", "    title: Digits\n" + aligned))
    assert "corpora.digits.alignment.path: `layout` has no {speakr}" in said
    assert "corpora.digits.alignment.silence: 'SIL' is none of the labels" in said
    assert "corpora.digits.alignment.fold.a: 'AA' is none of the labels" in said
    said = complaint(loaded, ("{arrange: padded, standardise: train}", "{arrange: windows}"))
    assert "experiments.frames.input.arrange: a cnn takes padded" in said


RECOGNITION = """\
  heard:
    corpus: lectures
    features: whisper
    split: held_out
    model: {kind: whisper, pretrained: small}
    decode: {task: transcribe, language: fa}
    train: {learning_rate: 1.0e-5, epochs: 5, batch_size: 16, demo: {epochs: 2}}
    reported: {source: a report, test_wer: 0.5}
stand_ins:
  tiny: {kind: whisper, features: whisper, practice: {fa: 9}}
pretrained:
  small: {hub: someone/small, revision: abc, stand_in: tiny}
transcriber: heard
"""

LECTURES = """\
  lectures:
    title: Lectures
    layout: "{group}/{n}.wav"
    transcripts: {files: [texts.tsv], audio: path, text: text}
    max_seconds: 30
    demo: {kind: persian}
"""


@pytest.fixture
def hearing(tmp_path: Path) -> Load:
    """Load GOOD with a recognition beside the rest, some text replaced."""

    def loaded(*changes: tuple[str, str]) -> Config:
        text = GOOD.replace("features:\n", LECTURES + "features:\n", 1) + RECOGNITION
        recipe = "  whisper: {kind: whisper, demo: {mels: 40, hop_ms: 20, window_s: 3}}\n"
        text = text.replace("splits:\n", recipe + "splits:\n")
        for old, new in changes:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        path = tmp_path / "config.yaml"
        path.write_text(text)
        return load(yaml.safe_load(text), [path])

    return loaded


def test_a_recognition_is_told_by_its_model(hearing: Load) -> None:
    made = hearing()
    assert list(made.recognitions()) == ["heard"]
    assert list(made.classifications()) == ["flat", "frames"]
    assert made.model_at_hand("small") == "tiny"
    assert made.recipe("whisper").frames == 150
    assert made.training_of(made.recognitions()["heard"]).epochs == 2
    real = ('select: ["*"]', "select: [heard]\ndata: real")
    folder = ("    max_seconds: 30\n", "    max_seconds: 30\n    sources: [{folder: x}]\n")
    made = hearing(real, folder)
    assert made.model_at_hand("small") == "small"
    assert made.recipe("whisper").frames == 3000
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
        ("stand_in: tiny", "stand_in: tny", "pretrained.small.stand_in: there is no stand-in"),
        ("transcriber: heard", "transcriber: hard", "'hard' recognises nothing; did you mean"),
        ("transcriber: heard", "audio: a.wav", "transcriber: say what transcribes `audio`"),
        ("files: [texts.tsv]", "files: [texts.doc]", "transcripts.files: 'texts.doc' is none of"),
        ("    max_seconds: 30\n", "    cut_seconds: 30\n", "nobody knows what is said in a piece"),
        ("    max_seconds: 30\n", "    cut_longer: true\n", "cut_longer: needs `max_seconds`"),
        ("    features: logmel\n", "    features: whisper\n", "what a whisper takes; a cnn takes"),
        ("revision: abc, stand_in: tiny", "revision: abc", "'small' has no `stand_in`: with"),
        ("    corpus: lectures\n", "    corpus: digits\n", "'digits' has no `transcripts`"),
        ("kind: whisper, pretrained", "kind: whisper, freeze: encoder, adapters: {modules: [q]},"
         " pretrained", "`adapters` leave all of the model as it is"),
        ("    reported: {source: a report, test_wer", "    before: flat\n    reported: {source: a "
         "report, test_wer", "there is no recognition 'flat'"),
    ],
)  # fmt: skip
def test_mistakes_in_recognitions(hearing: Load, old: str, new: str, said: str) -> None:
    assert said in complaint(hearing, (old, new))


def test_good_configuration_becomes_typed(loaded: Load) -> None:
    made = loaded()
    assert (made.data, made.seeds, made.pool) == ("demo", [42], "process")
    assert made.corpora["digits"].demo.speakers == 3
    assert made.features["deltas"].width == 36
    assert made.splits["speakers"].by == "speaker"
    assert made.experiments["flat"].model.hidden == ["mean", "2/3"]
    assert made.experiments["frames"].train.learning_rate == 0.001
    assert made.experiments["frames"].reported.test_accuracy == 0.5


# What is changed in GOOD, where the mistake then stands, and what is said of it.
MISTAKES = {
    "unknown key of the whole": (
        ("select:", "selct:"),
        "select:",
        "selct: unknown key; did you mean 'select'?",
    ),
    "unknown key in a recipe": (
        ("deltas: {kind: mfcc, deltas: 2}", "deltas: {kind: mfcc, delta: 2}"),
        "deltas: {kind",
        "features.deltas.delta: unknown key; did you mean 'deltas'?",
    ),
    "unknown key in a model": (
        ("channels: [4, 8]", "chanels: [4, 8]"),
        "channels",
        "experiments.frames.model.chanels: unknown key; did you mean 'channels'?",
    ),
    "unknown key in an experiment": (
        ("    twin: frames", "    twins: frames"),
        "twin: frames",
        "experiments.flat.twins: unknown key; did you mean 'twin'?",
    ),
    "unknown key like none": (
        ("    title: Digits", "    title: Digits\n    zzz: 1"),
        "    layout",
        "corpora.digits.zzz: unknown key; known: about_mb, alignment, citation, cut_longer,",
    ),
    "missing key": (
        ("    title: Digits\n", ""),
        "  digits:",
        "corpora.digits.title: is missing",
    ),
    "text for a number": (
        ("epochs: 2", "epochs: two"),
        "epochs: 2",
        "experiments.flat.train.epochs: input should be a valid integer, not 'two'",
    ),
    "number for text": (
        ("title: Digits", "title: 5"),
        "title",
        "corpora.digits.title: input should be a valid string, not 5",
    ),
    "yes for a number": (
        ("epochs: 2", "epochs: yes"),
        "epochs: 2",
        "experiments.flat.train.epochs: input should be a valid integer, not True",
    ),
    "number out of bounds": (
        ("{kind: random, validation: 0.1}", "{kind: random, validation: 1.1}"),
        "held_out:",
        "splits.held_out.validation: input should be less than 1, not 1.1",
    ),
    "element of a list": (
        ("channels: [4, 8]", "channels: [4, 0]"),
        "channels",
        "experiments.frames.model.channels.1: input should be greater than 0, not 0",
    ),
    "exponent without a point": (
        ("1.0e-3", "1e-4"),
        "1.0e-3",
        "experiments.frames.train.learning_rate: YAML reads 1e-4 as text; write 1.0e-04",
    ),
    "unknown choice": (
        ("standardise: train", "standardise: trian"),
        "standardise",
        "experiments.frames.input.standardise: 'trian' is not a choice; did you mean 'train'?",
    ),
    "unknown kind": (
        ("kind: logmel", "kind: logmels"),
        "  logmel:",
        "features.logmel: unknown kind 'logmels'; did you mean 'logmel'?",
    ),
    "no kind": (
        ("{kind: logmel}", "{mels: 40}"),
        "  logmel:",
        "features.logmel: needs a `kind`",
    ),
    "unknown recipe": (
        ("features: logmel", "features: logmels"),
        "features: logmel",
        "experiments.frames.features: there is no features 'logmels'; did you mean 'logmel'?",
    ),
    "unknown split": (
        ("split: held_out", "split: heldout"),
        "split: held_out",
        "experiments.frames.split: there is no split 'heldout'; did you mean 'held_out'?",
    ),
    "unknown corpus": (
        ("corpus: digits\n    features: deltas", "corpus: digit\n    features: deltas"),
        None,
        "experiments.flat.corpus: there is no corpus 'digit'; did you mean 'digits'?",
    ),
    "unknown corpus of a timing": (
        ("experiments:\n", "timings:\n  cost: {corpus: digit, features: logmel}\nexperiments:\n"),
        None,
        "timings.cost.corpus: there is no corpus 'digit'; did you mean 'digits'?",
    ),
    "timing with an experiment's name": (
        ("experiments:\n", "timings:\n  flat: {corpus: digits, features: logmel}\nexperiments:\n"),
        None,
        "timings.flat: an experiment has this name: choose another",
    ),
    "unknown twin": (
        ("twin: frames", "twin: frame"),
        "twin: frames",
        "experiments.flat.twin: there is no experiment 'frame'; did you mean 'frames'?",
    ),
    "selection of nothing": (
        ('select: ["*"]', 'select: ["flat", "fram"]'),
        "select",
        "select: 'fram' is no experiment; did you mean 'frames'?",
    ),
    "layout without a label": (
        ("{label}", "{lable}"),
        "layout",
        "corpora.digits.layout: the layout '{speaker}/{lable}_{take}.wav' has no {label}",
    ),
    "two sources in one": (
        ("{folder: recordings}", "{folder: recordings, archive: a.zip}"),
        "sources",
        "corpora.digits.sources.0.archive: unknown key; known: folder",
    ),
    "no source in one": (
        ("{archive: recordings.zip}", "{}"),
        "sources",
        "corpora.digits.sources.1: needs one of `folder`, `archive`, `url`, `github`, `kaggle`",
    ),
    "more coefficients than filters": (
        ("{kind: mfcc, pool: mean}", "{kind: mfcc, pool: mean, mels: 10}"),
        "  mean:",
        "features.mean: 12 coefficients need as many mel filters, not 10",
    ),
    "grouped by nothing": (
        ("{kind: grouped, by: speaker}", "{kind: grouped}"),
        "  speakers: {",
        "splits.speakers: a grouped split needs `by`",
    ),
    "clips too short for deltas": (
        ("    title: Digits", "    title: Digits\n    min_seconds: 0.05"),
        None,
        "experiments.flat.features: 'deltas' needs clips of 0.080 s; say so:"
        " `corpora.digits.min_seconds`",
    ),
    "best of no validation": (
        ("split: held_out", "split: random"),
        "keep",
        "experiments.frames.train.keep: split 'random' has no `validation` part to choose by",
    ),
    "speakers that no path names": (
        ("{kind: random, validation: 0.1}", "{kind: grouped, by: group, validation: 0.1}"),
        "split: held_out",
        "experiments.frames.split: 'held_out' keeps each group on one side, but the layout of"
        " corpus 'digits' has no {group}",
    ),
    "perceptron by batches": (
        ("batch_size: 1}", "batch_size: 8}"),
        "batch_size: 1}",
        "experiments.flat.train.batch_size: a perceptron learns one sample a step: say 1",
    ),
    "perceptron by batches on demo data": (
        ("batch_size: 1}", "batch_size: 1, demo: {batch_size: 8}}"),
        None,
        "experiments.flat.train.demo.batch_size: a perceptron learns one sample a step: say 1",
    ),
    "perceptron by adam": (
        ("optimizer: sgd", "optimizer: adam"),
        "optimizer: sgd",
        "experiments.flat.train.optimizer: a perceptron learns by sgd",
    ),
    "perceptron on frames": (
        ("arrange: flatten_then_pad", "arrange: padded"),
        "flatten_then_pad",
        "experiments.flat.input.arrange: a perceptron takes pooled or flatten_then_pad or",
    ),
    "cnn on means": (
        ("features: logmel", "features: mean"),
        "arrange: padded",
        "experiments.frames.input.arrange: features 'mean' need `pooled`",
    ),
    "cnn on pooled": (
        ("arrange: padded", "arrange: pooled"),
        "arrange: padded",
        "experiments.frames.input.arrange: a cnn takes padded",
    ),
    "layer of no size": (
        ("hidden: [mean, 2/3]", "hidden: [half]"),
        None,
        "experiments.flat.model: hidden ['half']: say numbers, fractions such as 2/3, or mean",
    ),
    "no demo": (
        ("    demo: {kind: digits, speakers: 3}\n", ""),
        "  digits:",
        "corpora.digits: has no `demo`",
    ),
}


@pytest.mark.parametrize(("change", "place", "told"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told_with_their_place(
    loaded: Load, change: tuple[str, str], place: str | None, told: str
) -> None:
    said = complaint(loaded, change)
    assert told in said
    if place:
        line = next(line for line in said.splitlines() if told in line)
        assert line.startswith(f"config.yaml:{line_of(place)}: ")


def test_all_mistakes_are_told_at_once(loaded: Load) -> None:
    said = complaint(
        loaded,
        ("split: held_out", "split: helt"),
        ("corpus: digits\n    features: l", "corpus: x\n    features: l"),
    )
    assert len(said.splitlines()) == 2


def test_key_that_stands_twice_is_told(loaded: Load) -> None:
    said = complaint(loaded, ("  mean: {kind", "  deltas: {kind"))
    assert f"config.yaml:{line_of('  mean: {kind')}: 'deltas' stands twice" in said


def test_key_that_stands_twice_is_told_once(loaded: Load) -> None:
    said = complaint(
        loaded,
        ("train: {optimizer: sgd", "train: &t {epochs: 1, optimizer: sgd"),
        ("test_accuracy: 0.5}", "test_accuracy: 0.5}\n  again: {train: *t}"),
    )
    assert said.count("stands twice") == 1


def test_longer_field_is_not_the_speaker(loaded: Load) -> None:
    changes = ("{speaker}/", "{speakers}/"), ("split: random", "split: speakers")
    assert "has no {speaker}" in complaint(loaded, *changes)


def test_empty_selection_is_a_mistake(loaded: Load) -> None:
    assert "select" in complaint(loaded, ('select: ["*"]', "select: []"))


@pytest.mark.parametrize("setting", ["frame_ms: 0.01", "hop_ms: 0.01"])
def test_frames_of_no_sample_are_a_mistake(loaded: Load, setting: str) -> None:
    assert "features.logmel" in complaint(loaded, ("kind: logmel", f"kind: logmel, {setting}"))


def test_reported_classes_are_as_many_as_the_labels(loaded: Load) -> None:
    assert "per_class" in complaint(
        loaded,
        ("test_accuracy: 0.5", "per_class: [0.5, 0.5]"),
        ("    title: Digits", "    title: Digits\n    labels: [a, b, c]"),
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('select: ["*"]', 'select: ["*"]\nseeds: [1, 1]', "seeds: a seed stands twice"),
        ("    title: Digits", "    title: Digits\n    labels: [a, a]", "a label stands twice"),
        ("  random: {", "  Ran-dom: {", "splits.Ran-dom: string should match"),
    ],
)
def test_other_mistakes(loaded: Load, old: str, new: str, words: str) -> None:
    assert words in complaint(loaded, (old, new))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flat: {kind: gradients}", "studies.flat: an experiment or a timing has this name"),
        ("theory: {kind: gradients, netwrks: 3}", "netwrks: unknown key; did you mean 'networks'"),
    ],
)
def test_mistakes_in_studies(loaded: Load, text: str, words: str) -> None:
    assert words in complaint(loaded, ("experiments:\n", f"studies:\n  {text}\nexperiments:\n"))


def test_fields_of_fixed_width_are_fields(loaded: Load) -> None:
    loaded(("{speaker}/", "{speaker:2}/"), ("split: random", "split: speakers"))


def test_mistake_is_placed_in_the_overlay_that_makes_it(tmp_path: Path) -> None:
    base, overlay = tmp_path / "config.yaml", tmp_path / "mine.yaml"
    base.write_text(GOOD)
    overlay.write_text("# mine\nfeatures:\n  logmel:\n    mels: many\n")
    merged = yaml.safe_load(GOOD)
    merged["features"]["logmel"]["mels"] = "many"
    with pytest.raises(UserError) as caught:
        load(merged, [base, overlay])
    assert str(caught.value).startswith(f"{overlay}:4: features.logmel.mels: ")


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ('["*"]', ["flat", "frames"]),
        ('["fr*"]', ["frames"]),
        ('["frames", "fl?t"]', ["flat", "frames"]),
    ],
)
def test_selection_keeps_the_order_of_the_file(
    loaded: Load, patterns: str, names: list[str]
) -> None:
    assert list(loaded(('["*"]', patterns)).selected()) == names


def test_real_data_need_a_source(loaded: Load) -> None:
    real = ('select: ["*"]', "data: real")
    assert loaded(real).data == "real"
    none = ("sources: [{folder: recordings}, {archive: recordings.zip}]", "sources: []")
    assert "corpora.digits: has no `sources`" in complaint(loaded, real, none)


def test_what_is_not_selected_needs_no_demo(loaded: Load) -> None:
    spare = "  spare: {title: Spare, layout: '{label}'}\nfeatures:"
    change = ("corpus: digits\n    features: logmel", "corpus: spare\n    features: logmel")
    loaded(('["*"]', '["flat"]'), ("features:\n  deltas", f"{spare}\n  deltas"), change)
    assert "corpora.spare: has no `demo`" in complaint(
        loaded, ("features:\n  deltas", f"{spare}\n  deltas"), change
    )


@pytest.mark.parametrize(("data", "epochs"), [("demo", 3), ("real", 9)])
def test_demo_data_may_have_its_own_epochs(loaded: Load, data: str, epochs: int) -> None:
    made = loaded(('select: ["*"]', f'select: ["*"]\ndata: {data}'))
    train = made.training_of(made.experiments["frames"])
    assert (train.epochs, train.demo) == (epochs, None)
    assert made.training_of(made.experiments["flat"]).epochs == 2


def test_demo_data_change_what_is_said_and_no_more(loaded: Load) -> None:
    said = ("demo: {epochs: 3}", "demo: {learning_rate: 0.01, batch_size: 4}")
    train = loaded(said).training_of(loaded(said).experiments["frames"])
    assert (train.epochs, train.learning_rate, train.batch_size) == (9, 0.01, 4)
    assert (train.optimizer, train.keep, train.demo) == ("adam", "best_validation", None)


def test_shipped_configuration_loads() -> None:
    path = ROOT / "config.yaml"
    shipped = load(yaml.safe_load(path.read_text()), [path])
    families = {name.split("_")[0] for name in shipped.selected()}
    trained = {"digits", "genres", "speakers", "phonemes"}
    recognised = {"persian", "mandarin", "languages"}
    assert families == trained | recognised | {"emotions", "inference"}
    declared = {name.split("_")[0] for name in shipped.experiments}
    assert declared == families | {"hw1p2", "common"}


def test_schema_is_that_of_the_code() -> None:
    written = json.loads((ROOT / "config" / "schema.json").read_text())
    assert written == schema(), "config/schema.json is out of date: run `make schema`"
