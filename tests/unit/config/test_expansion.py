"""`like`, `grid` and `corrected`: which experiments they make, and what is wrong with others."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from resound.config.expansion import expand
from resound.config.load import load
from resound.errors import UserError
from tests.helpers.configs import GOOD, Loaded, error_of, line_of

BASE = {
    "corpus": "digits",
    "input": {"arrange": "padded", "standardise": "none"},
    "model": {"kind": "cnn", "channels": [4]},
    "train": {"epochs": 5, "schedule": "cosine"},
    "reported": {"test_accuracy": 0.5},
    "note": "as reported",
    "variant_of": "other",
}


def expanded(text: str, **base: Any) -> dict[str, Any]:
    """Return the experiments that a text describes, with `base` as in BASE."""
    made = expand({"base": {**BASE, **base}, **yaml.safe_load(text)})
    assert not made.mistakes
    return made.experiments


def mistakes(text: str) -> list[str]:
    """Return the mistakes of a text beside `base`, each as `key: what`."""
    made = expand({"base": BASE, **(yaml.safe_load(text) or {})})
    return [f"{'.'.join(map(str, key))}: {what}" for key, what in made.mistakes]


def test_corrected_is_a_second_experiment() -> None:
    difference = {"input": {"standardise": "train"}, "train": {"schedule": None}}
    made = expanded("after: {corpus: other}", corrected=difference)
    assert list(made) == ["base", "base_corrected", "after"]
    assert made["base"] == {**BASE, "corrected": "base_corrected"}
    assert made["base_corrected"] == {
        "corpus": "digits",
        "input": {"arrange": "padded", "standardise": "train"},
        "model": {"kind": "cnn", "channels": [4]},
        "train": {"epochs": 5},
    }


def test_corrected_has_the_note_and_base_that_it_gives() -> None:
    difference = {"note": "speakers apart", "variant_of": "base", "split": "speakers"}
    made = expanded("{}", corrected=difference)["base_corrected"]
    assert (made["note"], made["variant_of"], made["split"]) == (
        "speakers apart",
        "base",
        "speakers",
    )
    assert "reported" not in made and "corrected" not in made


def test_like_copies_all_but_what_was_reported() -> None:
    made = expanded("other: {like: base, model: {channels: [8]}, reported: {test_wer: 1}}")["other"]
    rest = {key: value for key, value in BASE.items() if key not in ("note", "reported", "model")}
    model = {"kind": "cnn", "channels": [8]}
    assert made == {**rest, "model": model, "reported": {"test_wer": 1}}


def test_like_copies_the_difference_and_extends_it() -> None:
    text = "other: {like: base, train: {epochs: 9}, corrected: {model: {channels: [8]}}}"
    made = expanded(text, corrected={"input": {"standardise": "train"}})
    assert made["other"]["corrected"] == "other_corrected"
    assert made["other_corrected"]["train"]["epochs"] == 9
    assert made["other_corrected"]["input"]["standardise"] == "train"
    assert made["other_corrected"]["model"]["channels"] == [8]
    assert made["base_corrected"]["model"]["channels"] == [4]


def test_like_without_a_difference_has_no_corrected() -> None:
    made = expanded("other: {like: base, corrected: null}", corrected={"split": "speakers"})
    assert list(made) == ["base", "base_corrected", "other"]
    assert "corrected" not in made["other"]


def test_like_a_later_one_a_corrected_one_and_a_chain() -> None:
    text = "first: {like: second, a: 1}\nsecond: {like: third_corrected, b: 2}\n"
    text += "third: {like: base, corrected: {c: 3}}"
    made = expanded(text)
    assert {key: made["first"].get(key) for key in "abc"} == {"a": 1, "b": 2, "c": 3}
    assert list(made) == ["base", "first", "second", "third", "third_corrected"]


def test_model_of_another_kind_is_another_model() -> None:
    made = expanded("other: {like: base, model: {kind: mlp, hidden: [3]}}")
    assert made["other"]["model"] == {"kind": "mlp", "hidden": [3]}


def test_grid_makes_every_combination() -> None:
    text = "sizes: {like: base, grid: {model.channels: [[4], [4, 8]], train.rate: [0.001, 1.0e-5]}}"
    made = expanded(text, note=None)
    names = [
        "sizes_channels_4_rate_0_001",
        "sizes_channels_4_rate_1e_05",
        "sizes_channels_4x8_rate_0_001",
        "sizes_channels_4x8_rate_1e_05",
    ]
    assert list(made) == ["base", *names]
    last = made[names[3]]
    assert (last["model"]["channels"], last["train"]["rate"]) == ([4, 8], 1e-5)
    assert last["train"]["epochs"] == 5 and "grid" not in last and "like" not in last


@pytest.mark.parametrize(
    ("grid", "names"),
    [
        ("{train.epochs: [5, 10]}", ["g_epochs_5", "g_epochs_10"]),
        ("{features: [mfcc, logmel]}", ["g_features_mfcc", "g_features_logmel"]),
        ("{model.normalise: [true, false]}", ["g_normalise_true", "g_normalise_false"]),
        ("{model.hidden: [[1/2, mean]]}", ["g_hidden_1_2xmean"]),
        ("{model: [{kind: mlp, hidden: [8]}]}", ["g_model_mlp_8"]),
        ("{model.size: [1], input.size: [2]}", ["g_model_size_1_input_size_2"]),
    ],
)  # fmt: skip
def test_names_of_a_grid_say_its_values(grid: str, names: list[str]) -> None:
    assert list(expanded(f"g: {{like: base, grid: {grid}}}"))[1:] == names


def test_grid_has_corrected_experiments() -> None:
    made = expanded("g: {like: base, grid: {train.epochs: [1, 2]}, corrected: {split: speakers}}")
    assert list(made)[1:] == [
        "g_epochs_1", "g_epochs_1_corrected", "g_epochs_2", "g_epochs_2_corrected",
    ]  # fmt: skip
    assert made["g_epochs_2_corrected"]["train"]["epochs"] == 2
    assert made["g_epochs_2_corrected"]["split"] == "speakers"


def test_entry_of_an_expanded_name_is_merged_over_it() -> None:
    text = """
    base_corrected: {train: {epochs: 2, schedule: null}}
    g: {like: base, grid: {train.epochs: [1, 2]}}
    g_epochs_2: {train: {rate: 3}}
    copy: {like: base_corrected}
    """
    made = expanded(text, corrected={"split": "speakers"})
    assert list(made) == ["base", "base_corrected", "g_epochs_1", "g_epochs_1_corrected",
        "g_epochs_2", "g_epochs_2_corrected", "copy"]  # fmt: skip
    assert made["base_corrected"]["train"] == {"epochs": 2}
    assert made["base"]["train"] == BASE["train"]
    assert made["g_epochs_2_corrected"]["train"] == {**BASE["train"], "epochs": 2, "rate": 3}
    assert made["copy"]["train"] == {"epochs": 2}


def test_change_of_an_experiment_reaches_its_corrected_one() -> None:
    made = expanded("{}", corrected={"split": "speakers"}, train={"epochs": 1})
    assert made["base_corrected"]["train"] == {"epochs": 1}


def test_null_removes_an_experiment() -> None:
    text = "gone: null\nbase_corrected: null\ng: {like: base, grid: {a: [1, 2]}}\ng_a_1: null"
    made = expanded(text, corrected={"split": "speakers"})
    assert list(made) == ["base", "g_a_2", "g_a_2_corrected"]
    assert "corrected" not in made["base"]


def test_experiment_named_like_a_corrected_one_is_its_own_without_a_difference() -> None:
    assert expanded("base_corrected: {like: base, a: 1}")["base_corrected"]["a"] == 1


MISTAKES = {
    "x: {like: bas}": "experiments.x.like: there is no experiment 'bas'; did you mean 'base'?",
    "x: {like: [base]}": "experiments.x.like: needs the name of an experiment, not ['base']",
    "x: {like: x}": "experiments.x.like: leads back to itself: x is like x",
    "x: {like: y}\ny: {like: x}": "experiments.y.like: leads back to itself: x is like y is like x",
    "x: {like: base_corrected}": "experiments.x.like: there is no experiment 'base_corrected'",
    "g: {grid: {a: [1, 2]}}\nx: {like: g}": "experiments.x.like: 'g' is a grid: name one of its"
    " experiments; known: g_a_1, g_a_2",
    "x: {corrected: base}": "experiments.x.corrected: needs a mapping of what 'x_corrected'"
    " changes,"
    " not 'base'",
    "x: {corrected: {}}": "experiments.x.corrected: needs a mapping of what 'x_corrected' changes",
    "x: {corrected: {like: base}}": "experiments.x.corrected.like: a difference cannot have it",
    "x: {corrected: {corrected: {a: 1}}}": "experiments.x.corrected.corrected: a difference cannot",
    "x: {corrected: {a: 1}}\nx_corrected: {like: base}": "experiments.x_corrected.like: what is"
    " made"
    " of another experiment cannot have it: drop it",
    "x: {corrected: {a: 1}}\nx_corrected: 5": "experiments.x_corrected: needs a mapping of what"
    " changes, not 5",
    "g: {grid: []}": "experiments.g.grid: needs settings with lists of values",
    "g: {grid: {}}": "experiments.g.grid: needs settings with lists of values",
    "g: {grid: {a: 1}}": "experiments.g.grid.a: needs a list of values, not 1",
    "g: {grid: {a: []}}": "experiments.g.grid.a: needs a list of values, not []",
    "g: {like: base, grid: {modl.size: [1, 2]}}": "experiments.g.grid.modl.size: the experiment has"
    " no mapping 'modl' to set it in",
    "g: {like: base, grid: {corpus.size: [1]}}": "experiments.g.grid.corpus.size: the experiment"
    " has"
    " no mapping 'corpus' to set it in",
    "g: {grid: {a: [b c, b_c]}}": "experiments.g.grid: makes two experiments of the name 'g_a_b_c'",
    "g: {grid: {a: [1]}}\ng_a_1: {grid: {b: [1]}}": "experiments.g_a_1.grid: what is made of"
    " another",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISTAKES.items(), ids=MISTAKES)
def test_mistakes(text: str, message: str) -> None:
    (mistake,) = mistakes(text)
    assert mistake.startswith(message)


def test_what_depends_on_a_mistake_is_no_second_one() -> None:
    text = "x: {like: bas, corrected: {a: 1}}\ny: {like: x}\ng: {like: y, grid: {a: [1, 2]}}"
    assert len(mistakes(text)) == 1


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    extra = "  like_frames:\n    like: frames\n    corrected:\n      train: {epochs: 4}\n"
    extra += "  sizes:\n    like: frames\n    grid:\n      model.channels: [[2], [4]]\n"
    return Loaded(tmp_path, GOOD + extra)


END = len(GOOD.splitlines())


def test_expanded_experiments_are_typed(loaded: Loaded) -> None:
    made = loaded().experiments
    assert list(made) == [
        "flat", "frames", "like_frames", "like_frames_corrected", "sizes_channels_2",
        "sizes_channels_4",
    ]  # fmt: skip
    assert made["like_frames"].corrected == "like_frames_corrected"
    assert (made["like_frames"].train.epochs, made["like_frames_corrected"].train.epochs) == (9, 4)
    assert made["like_frames"].reported is None and made["frames"].corrected is None
    assert made["sizes_channels_2"].model.channels == [2]


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        # Written in the difference, in the grid, and in the experiment that others are like.
        (("{epochs: 4}", "{epoch: 4}"), END + 4,
         "experiments.like_frames_corrected.train.epoch: unknown key; did you mean 'epochs'?"),
        (("[[2], [4]]", "[[2], [0]]"), END + 8,
         "experiments.sizes_channels_0.model.channels.0: input should be greater than 0, not 0"),
        (("model.channels:", "model.chanels:"), END + 8,
         "experiments.sizes_chanels_2.model.chanels: unknown key; did you mean 'channels'?"),
        (("channels: [4, 8]", "channels: [4, 0]"), line_of("channels: [4, 8]"),
         "experiments.frames.model.channels.1: input should be greater than 0, not 0"),
        (("like: frames\n    corrected", "like: frame\n    corrected"), END + 2,
         "experiments.like_frames.like: there is no experiment 'frame'; did you mean 'frames'?"),
        (("{epochs: 4}", "{epochs: 4, checkpoint: last}\n      split: helt"), END + 5,
         "experiments.like_frames_corrected.split: there is no split 'helt'; did you mean"),
    ],
)  # fmt: skip
def test_mistakes_are_located_where_they_are_written(
    loaded: Loaded, change: tuple[str, str], line: int, message: str
) -> None:
    error = error_of(loaded, change)
    assert f"config.yaml:{line}: {message}" in error.splitlines()[0]
    # Experiments that copy a mistake do not repeat it.
    assert len(error.splitlines()) == 1


def test_overlay_changes_an_expanded_experiment(tmp_path: Path) -> None:
    base, overlay = tmp_path / "config.yaml", tmp_path / "mine.yaml"
    base.write_text(GOOD + "  again: {like: frames, corrected: {split: speakers}}\n")
    text = "experiments:\n  again_corrected: {train: {checkpoint: last, epochs: 2}}\n"
    overlay.write_text(text)
    made = load(yaml.safe_load(text), [overlay], [base]).experiments
    assert (made["again_corrected"].train.epochs, made["again"].train.epochs) == (2, 9)
    assert made["again_corrected"].split == "speakers"
    text = text.replace("epochs", "epoch")
    overlay.write_text(text)
    with pytest.raises(UserError) as caught:
        load(yaml.safe_load(text), [overlay], [base])
    where = f"{overlay}:2: experiments.again_corrected.train.epoch: unknown key"
    assert str(caught.value).startswith(where)
