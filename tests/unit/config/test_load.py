"""The configuration: how it is read, and the messages and lines of mistakes in its form."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from resound.config.load import combine, load, read, shipped_files
from resound.errors import UserError
from tests.helpers.configs import GOOD, Loaded, assert_error, error_of, line_of


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


# What is changed in GOOD, the line of the mistake, and its message.
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
        ("    note: as", "    notes: as"),
        "note: as",
        "experiments.flat.notes: unknown key; did you mean 'note'?",
    ),
    "unknown key like none": (
        ("    title: Digits", "    title: Digits\n    zzz: 1"),
        "    path_pattern",
        "corpora.digits.zzz: unknown key; known: alignment, chunk_seconds, citation, demo,",
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
        'corpora.digits.title: input should be a valid string, not 5; for the text, write "5"'
        " with quotes",
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


@pytest.mark.parametrize(("change", "place", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_of_form_have_their_place(
    loaded: Loaded, change: tuple[str, str], place: str | None, message: str
) -> None:
    assert_error(loaded, change, place, message)


def test_all_mistakes_come_at_once(loaded: Loaded) -> None:
    error = error_of(
        loaded,
        ("split: held_out", "split: helt"),
        ("corpus: digits\n    features: l", "corpus: x\n    features: l"),
    )
    assert len(error.splitlines()) == 2


def test_repeated_key_is_a_mistake(loaded: Loaded) -> None:
    error = error_of(loaded, ("  mean: {kind", "  deltas: {kind"))
    assert f"config.yaml:{line_of('  mean: {kind')}: 'deltas' is here twice" in error


def test_repeated_key_of_an_anchor_is_one_mistake(loaded: Loaded) -> None:
    error = error_of(
        loaded,
        ("train: {optimizer: sgd", "train: &t {epochs: 1, optimizer: sgd"),
        ("test_accuracy: 0.5}", "test_accuracy: 0.5}\n  again: {train: *t}"),
    )
    assert error.count("is here twice") == 1


def test_empty_selection_is_allowed(loaded: Loaded) -> None:
    config = loaded(('select: ["*"]', "select: []"))
    assert config.selected() == {} and config.corpora_in_use() == set()


def test_mistake_is_placed_in_the_overlay_that_makes_it(tmp_path: Path) -> None:
    base, overlay = tmp_path / "config.yaml", tmp_path / "mine.yaml"
    base.write_text(GOOD)
    overlay.write_text("# mine\nfeatures:\n  logmel:\n    mels: many\n")
    merged = yaml.safe_load(GOOD)
    merged["features"]["logmel"]["mels"] = "many"
    with pytest.raises(UserError) as caught:
        load(merged, [base, overlay])
    assert str(caught.value).startswith(f"{overlay}:4: features.logmel.mels: ")


def test_mistakes_of_the_command_line_are_not_blamed_on_a_file(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(GOOD)
    command_line = {"select": "flat", "features": {"logmel": {"mels": "many", "melss": 3}}}
    merged = combine(yaml.safe_load(GOOD), command_line)
    with pytest.raises(UserError) as caught:
        load(merged, [tmp_path / "config.yaml"], command_line=command_line)
    lines = str(caught.value).splitlines()
    assert len(lines) == 3 and all(line.startswith("--config: ") for line in lines)
    assert "--config: features.logmel.melss: unknown key" in str(caught.value)


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


def test_demo_data_change_what_demo_says_and_no_more(loaded: Loaded) -> None:
    change = ("demo: {epochs: 3}", "demo: {learning_rate: 0.01, batch_size: 4}")
    train = loaded(change).training_of(loaded(change).experiments["frames"])
    assert (train.epochs, train.learning_rate, train.batch_size) == (9, 0.01, 4)
    assert (train.optimizer, train.checkpoint, train.demo) == ("adam", "best_validation", None)


def test_shipped_configuration_loads() -> None:
    shipped = load({}, [], shipped_files())
    families = {name.split("_")[0] for name in shipped.selected()}
    trained = {"digits", "genres", "speakers", "phonemes"}
    recognised = {"persian", "mandarin", "languages"}
    assert families == trained | recognised | {"emotions", "nli"}
    declared = {name.split("_")[0] for name in shipped.experiments}
    assert declared == families | {"hw1p2", "common", "more"}


def test_demo_data_are_no_mistake_of_what_has_none(loaded: Loaded) -> None:
    """Null removes a key of a mapping, here the `demo` that trains for fewer epochs."""
    config = loaded(("demo: {epochs: 3}", "demo: null"))
    assert config.training_of(config.experiments["frames"]).epochs == 9


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("  random: {", "  01: {"), "splits.01: YAML reads the key 01 as a number; write \"01\""
         " with"),
        (("  random: {", "  yes: {"), "splits.yes: YAML reads the key yes as true or false; write"),
        (("  random: {", "  ~: {"), "splits.~: YAML reads the key ~ as null; write \"~\" with"
         " quotes"),
        (("  random: {", "  1.5: {"), "splits.1.5: YAML reads the key 1.5 as a number; write"),
        (("title: Digits", "title: 012"), "digits.title: YAML reads 012 as 10; write \"012\" with"
         " quotes,"
         " or 12 for the number"),
        (("title: Digits", "title: 2020-01-01"), "digits.title: YAML reads 2020-01-01 as a date;"
         " write"),
        (("title: Digits", "title: 1:30"), "YAML reads 1:30 as 90; write \"1:30\" with quotes"),
        (("title: Digits", "title: D\n    labels: [01, 2]"), "labels: YAML reads 01 as 1; write"
         " \"01\""),
        (("title: Digits", "title: D\n    labels: [yes, no]"), "labels.0: input should be a valid"
         " string,"
         " not True; for the text, write \"yes\" with quotes"),
        (("title: Digits", "title: D\n    label_names: {no: one}"), "label_names.no: YAML reads"
         " the key no"),
        (("title: Digits", "title: D\n    labels: [1, 2]"), "labels.0: input should be a valid"
         " string,"
         " not 1; for the text, write \"1\" with quotes"),
    ],
)  # fmt: skip
def test_yaml_keeps_the_kind_of_what_is_written(
    loaded: Loaded, change: tuple[str, str], message: str
) -> None:
    assert message in error_of(loaded, change)


@pytest.mark.parametrize(
    "change",
    [
        ("title: Digits", 'title: "012"'),
        ("title: Digits", "title: D\n    label_names: {1: a, -2: b, \"01\": c, y: d}\n    labels:"
         " [a, b, c, d]"),
        ("path_pattern:", "citation: A 2020\n    path_pattern:"),
        ("validation: 0.1}", "validation: 0.1, seed: 0}"),
    ],
)  # fmt: skip
def test_quoted_text_and_plain_numbers_are_allowed(loaded: Loaded, change: tuple[str, str]) -> None:
    loaded(change)


def files(folder: Path, **texts: str) -> list[Path]:
    """Write files of these names and texts, and return their paths."""
    paths = [folder / f"{name}.yaml" for name in texts]
    for path, text in zip(paths, texts.values()):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return paths


def test_overlay_reaches_what_other_files_say(tmp_path: Path) -> None:
    whole, overlay = files(tmp_path, whole=GOOD, overlay="features: {logmel: {mels: 33}}")
    made = load(yaml.safe_load(overlay.read_text()), [overlay], [whole])
    assert (made.features["logmel"].mels, made.features["deltas"].deltas) == (33, 2)
    assert list(made.experiments) == ["flat", "frames"]


def test_null_in_an_overlay_removes_a_key(tmp_path: Path) -> None:
    text = "corpora: {digits: {demo: null}}\nexperiments: {flat: null, frames: {reported: null}}"
    whole, overlay = files(tmp_path, whole=GOOD, overlay=text + "\ndata: real")
    made = load(yaml.safe_load(overlay.read_text()), [overlay], [whole])
    assert made.corpora["digits"].demo is None
    assert list(made.experiments) == ["frames"] and made.experiments["frames"].reported is None


def test_model_of_another_kind_in_an_overlay_is_another_model(tmp_path: Path) -> None:
    text = "experiments: {frames: {model: {kind: single_conv, channels: 3}}}"
    whole, overlay = files(tmp_path, whole=GOOD, overlay=text)
    made = load(yaml.safe_load(overlay.read_text()), [overlay], [whole])
    assert (made.experiments["frames"].model.kind, made.experiments["frames"].model.channels) == (
        "single_conv",
        3,
    )


def test_mistake_is_placed_in_the_file_that_makes_it(tmp_path: Path) -> None:
    broken = GOOD.replace("kind: logmel}", "kind: logmel, mls: 3}")
    whole, overlay = files(tmp_path, whole=broken, overlay="\nfeatures: {mean: {mls: 3}}")
    with pytest.raises(UserError) as caught:
        load(yaml.safe_load(overlay.read_text()), [overlay], [whole])
    lines = str(caught.value).splitlines()
    assert lines[0].startswith(f"{overlay}:2: features.mean.mls: unknown key")
    assert lines[1].startswith(f"{whole}:{line_of('kind: logmel}')}: features.logmel.mls: unknown")


def test_same_file_may_be_a_default_and_a_configuration_file(tmp_path: Path) -> None:
    (whole,) = files(tmp_path, config=GOOD.replace("  mean: {kind", "  deltas: {kind"))
    with pytest.raises(UserError) as caught:
        load(yaml.safe_load(whole.read_text()), [whole], [whole])
    assert str(caught.value).count("is here twice") == 1


def test_entry_in_two_files_of_the_configuration_is_a_mistake(tmp_path: Path) -> None:
    again = "experiments:\n  frames: {note: again}\n"
    first, second, last = files(tmp_path, first=GOOD, second=again, config=again)
    with pytest.raises(UserError) as caught:
        load({}, [], [first, second, last])
    line = line_of("  frames:")
    assert str(caught.value) == (
        f"{second}:2: experiments: 'frames' is in {first}:{line}, too; choose another name, or"
        f" use an"
        " overlay"
    )
    assert load({}, [], [first, last]).experiments["frames"].note == "again"


def test_files_are_read_in_the_order_of_the_report(tmp_path: Path) -> None:
    names = ["config", "config/studies", "config/corpora", "config/real"]
    names += [f"config/experiments/{name}" for name in ("nli", "genres", "mine", "a", "digits")]
    files(tmp_path, **dict.fromkeys(names, "{}"))
    read_files = [path.relative_to(tmp_path).as_posix() for path in shipped_files(tmp_path)]
    experiments = [f"config/experiments/{name}.yaml" for name in "digits genres nli a mine".split()]
    assert read_files == ["config/corpora.yaml", "config/studies.yaml", *experiments, "config.yaml"]


def test_file_without_keys_is_a_mistake(tmp_path: Path) -> None:
    (path,) = files(tmp_path, wrong="[1, 2]")
    with pytest.raises(UserError, match="needs keys and values"):
        read([path])


def test_empty_file_says_nothing(tmp_path: Path) -> None:
    assert read(files(tmp_path, empty="# nothing\n", other="data: real")) == {"data": "real"}


def test_later_files_take_precedence_and_experiments_keep_null() -> None:
    first = {"data": "demo", "corpora": {"a": {"x": 1}}, "experiments": {"e": {"y": 1}}}
    second = {"data": None, "corpora": {"a": {"x": None}}, "experiments": {"e": {"y": None}}}
    assert combine(first, second) == {"corpora": {"a": {}}, "experiments": {"e": {"y": None}}}


def test_shipped_experiments_are_short() -> None:
    """Written in full, without `like` and `corrected`, an experiment takes about ten lines."""
    families = [path for path in shipped_files() if path.parent.name == "experiments"]
    lines = sum(len(path.read_text().splitlines()) for path in families)
    assert lines <= 7 * len(load({}, [], shipped_files()).experiments)
    (own,) = [path for path in shipped_files() if path.name == "config.yaml"]
    assert len(own.read_text().splitlines()) <= 45


def test_every_corrected_experiment_differs_from_its_faithful_one() -> None:
    experiments = load({}, [], shipped_files()).experiments
    corrected = {name: e.corrected for name, e in experiments.items() if e.corrected}
    assert len(corrected) == 33
    for name, other in corrected.items():
        assert other == f"{name}_corrected"
        same = {
            "reported": None,
            "corrected": None,
            "note": "",
            "variant_of": None,
            "baseline": None,
        }
        bare = [
            replace(e, **{key: value for key, value in same.items() if hasattr(e, key)})
            for e in (experiments[name], experiments[other])
        ]
        assert bare[0] != bare[1]
        assert experiments[other].reported is None and experiments[other].corrected is None
