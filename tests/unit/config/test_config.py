"""The configuration: how it is read, how mistakes of its form are told, and at which line."""

import json
from pathlib import Path

import pytest
import yaml

from resound.config.load import load, schema
from resound.errors import UserError
from tests.helpers.configs import GOOD, Loaded, assert_told, complaint, line_of

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return Loaded(tmp_path)


def test_good_configuration_becomes_typed(loaded: Loaded) -> None:
    made = loaded()
    assert (made.data, made.seeds, made.pool) == ("demo", [42], "process")
    assert made.corpora["digits"].demo.speakers == 3
    assert made.features["deltas"].width == 36
    assert made.splits["speakers"].group_by == "speaker"
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
    "unknown key in a configuration": (
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
        "    path_pattern",
        "corpora.digits.zzz: unknown key; known: size_mb, alignment, citation, truncate,",
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
}


@pytest.mark.parametrize(("change", "place", "told"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_of_form_are_told_with_their_place(
    loaded: Loaded, change: tuple[str, str], place: str | None, told: str
) -> None:
    assert_told(loaded, change, place, told)


def test_all_mistakes_are_told_at_once(loaded: Loaded) -> None:
    said = complaint(
        loaded,
        ("split: held_out", "split: helt"),
        ("corpus: digits\n    features: l", "corpus: x\n    features: l"),
    )
    assert len(said.splitlines()) == 2


def test_key_that_stands_twice_is_told(loaded: Loaded) -> None:
    said = complaint(loaded, ("  mean: {kind", "  deltas: {kind"))
    assert f"config.yaml:{line_of('  mean: {kind')}: 'deltas' stands twice" in said


def test_key_that_stands_twice_is_told_once(loaded: Loaded) -> None:
    said = complaint(
        loaded,
        ("train: {optimizer: sgd", "train: &t {epochs: 1, optimizer: sgd"),
        ("test_accuracy: 0.5}", "test_accuracy: 0.5}\n  again: {train: *t}"),
    )
    assert said.count("stands twice") == 1


def test_empty_selection_is_a_mistake(loaded: Loaded) -> None:
    assert "select" in complaint(loaded, ('select: ["*"]', "select: []"))


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
    loaded: Loaded, patterns: str, names: list[str]
) -> None:
    assert list(loaded(('["*"]', patterns)).selected()) == names


@pytest.mark.parametrize(("data", "epochs"), [("demo", 3), ("real", 9)])
def test_demo_data_may_have_its_own_epochs(loaded: Loaded, data: str, epochs: int) -> None:
    made = loaded(('select: ["*"]', f'select: ["*"]\ndata: {data}'))
    train = made.training_of(made.experiments["frames"])
    assert (train.epochs, train.demo) == (epochs, None)
    assert made.training_of(made.experiments["flat"]).epochs == 2


def test_demo_data_change_what_is_said_and_no_more(loaded: Loaded) -> None:
    said = ("demo: {epochs: 3}", "demo: {learning_rate: 0.01, batch_size: 4}")
    train = loaded(said).training_of(loaded(said).experiments["frames"])
    assert (train.epochs, train.learning_rate, train.batch_size) == (9, 0.01, 4)
    assert (train.optimizer, train.checkpoint, train.demo) == ("adam", "best_validation", None)


def test_shipped_configuration_loads() -> None:
    path = ROOT / "config.yaml"
    shipped = load(yaml.safe_load(path.read_text()), [path])
    families = {name.split("_")[0] for name in shipped.selected()}
    trained = {"digits", "genres", "speakers", "phonemes"}
    recognised = {"persian", "mandarin", "languages"}
    assert families == trained | recognised | {"emotions", "nli"}
    declared = {name.split("_")[0] for name in shipped.experiments}
    assert declared == families | {"hw1p2", "common"}


def test_schema_is_that_of_the_code() -> None:
    written = json.loads((ROOT / "config" / "schema.json").read_text())
    assert written == schema(), "config/schema.json is out of date: run `make schema`"
