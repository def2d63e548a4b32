"""Mistakes beyond types: names that nothing has, and settings that cannot work together."""

from pathlib import Path

import pytest

from tests.helpers.configs import Loaded, assert_error, error_of


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    return Loaded(tmp_path)


# What is changed in GOOD, the line of the mistake, and its message.
MISTAKES = {
    "unknown configuration": (
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
    "unknown corpus of a benchmark": (
        (
            "experiments:\n",
            "extraction_benchmarks:\n  cost: {corpus: digit, features: logmel}\nexperiments:\n",
        ),
        None,
        "extraction_benchmarks.cost.corpus: there is no corpus 'digit'; did you mean 'digits'?",
    ),
    "benchmark with an experiment's name": (
        (
            "experiments:\n",
            "extraction_benchmarks:\n  flat: {corpus: digits, features: logmel}\nexperiments:\n",
        ),
        None,
        "extraction_benchmarks.flat: an experiment has this name: choose another",
    ),
    "unknown variant": (
        ("note: as reported", "variant_of: frame"),
        "note: as reported",
        "experiments.flat.variant_of: there is no classification 'frame'; did you mean 'frames'?",
    ),
    "selection of nothing": (
        ('select: ["*"]', 'select: ["flat", "fram"]'),
        "select",
        "select: 'fram' is no experiment; did you mean 'frames'?",
    ),
    "path pattern without a label": (
        ("{label}", "{lable}"),
        "path_pattern",
        "corpora.digits.path_pattern: the path pattern '{speaker}/{lable}_{take}.wav' has no"
        " {label}",
    ),
    "more coefficients than filters": (
        ("{kind: mfcc, pool: mean}", "{kind: mfcc, pool: mean, mels: 10}"),
        "  mean:",
        "features.mean: 12 coefficients need as many mel filters, not 10",
    ),
    "grouped by nothing": (
        ("{kind: grouped, group_by: speaker}", "{kind: grouped}"),
        "  speakers: {",
        "splits.speakers: a grouped split needs `group_by`",
    ),
    "clips too short for deltas": (
        ("    title: Digits", "    title: Digits\n    min_seconds: 0.05"),
        None,
        "experiments.flat.features: 'deltas' needs clips of at least 0.080 s:"
        " raise `corpora.digits.min_seconds`",
    ),
    "best of no validation": (
        ("split: held_out", "split: random"),
        "checkpoint",
        "experiments.frames.train.checkpoint: split 'random' has no `validation` part to choose by",
    ),
    "speakers that no path names": (
        ("{kind: random, validation: 0.1}", "{kind: grouped, group_by: group, validation: 0.1}"),
        "split: held_out",
        "experiments.frames.split: 'held_out' keeps each group on one side, but the path pattern of"
        " corpus 'digits' has no {group}",
    ),
    "perceptron by batches": (
        ("batch_size: 1}", "batch_size: 8}"),
        "batch_size: 1}",
        "experiments.flat.train.batch_size: a perceptron learns from one sample per step: write 1",
    ),
    "perceptron by batches on demo data": (
        ("batch_size: 1}", "batch_size: 1, demo: {batch_size: 8}}"),
        None,
        "experiments.flat.train.demo.batch_size: a perceptron learns from one sample per step:"
        " write 1",
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
    "principal components of frames": (
        ("{arrange: padded, standardise: train}", "{arrange: padded, components: 5}"),
        "arrange: padded",
        "experiments.frames.input.components: are of one vector per clip, which `padded` does not",
    ),
    "columns of frames": (
        (
            "{arrange: padded, standardise: train}",
            "{arrange: padded, standardise: train, standardise_by: column}",
        ),
        "arrange: padded",
        "experiments.frames.input.standardise_by: `column` is for `flatten_then_pad` that is",
    ),
    "cnn on pooled": (
        ("arrange: padded", "arrange: pooled"),
        "arrange: padded",
        "experiments.frames.input.arrange: a cnn takes padded",
    ),
    "layer of no size": (
        ("hidden: [mean, 2/3]", "hidden: [half]"),
        None,
        "experiments.flat.model: hidden ['half']: use numbers, fractions such as 2/3, or mean",
    ),
    "range that begins with the greatest": (
        ("    title: Digits", "    title: Digits\n    reported_items: [9, 7]"),
        None,
        "corpora.digits.reported_items: a range begins with its least number",
    ),
    "reported frames of recordings that are audio": (
        ("    title: Digits", "    title: Digits\n    reported_frames: {train: 5}"),
        None,
        "corpora.digits.reported_frames: is for arrays of frames (`frame_ms`): use",
    ),
    "no demo": (
        ("    demo: {kind: digits, speakers: 3}\n", ""),
        "  digits:",
        "corpora.digits: has no `demo`",
    ),
}


@pytest.mark.parametrize(("change", "place", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_have_their_place(
    loaded: Loaded, change: tuple[str, str], place: str | None, message: str
) -> None:
    assert_error(loaded, change, place, message)


def test_unknown_classes_are_kept_out_of_the_statistics(loaded: Loaded) -> None:
    unknown = (
        "{kind: random, validation: 0.1}",
        "{kind: random, validation: 0.1, open_set: true}",
    )
    loaded(unknown)
    error = error_of(loaded, unknown, ("standardise: train", "standardise: all_parts"))
    assert "experiments.frames.input.standardise: unknown classes, of split 'held_out'" in error


def test_labels_of_frames_need_classes_and_windows(loaded: Loaded) -> None:
    aligned = (
        "    labels: [B]\n    alignment: {path: '{speakr}.phn', silence: SIL, fold: {a: AA}}\n"
    )
    error = error_of(loaded, ("    title: Digits\n", "    title: Digits\n" + aligned))
    assert "corpora.digits.alignment.path: `path_pattern` has no {speakr}" in error
    assert "corpora.digits.alignment.silence: 'SIL' is none of the labels" in error
    assert "corpora.digits.alignment.fold.a: 'AA' is none of the labels" in error
    error = error_of(loaded, ("{arrange: padded, standardise: train}", "{arrange: windows}"))
    assert "experiments.frames.input.arrange: a cnn takes padded" in error


def test_longer_field_is_not_the_speaker(loaded: Loaded) -> None:
    changes = ("{speaker}/", "{speakers}/"), ("split: random", "split: speakers")
    assert "has no {speaker}" in error_of(loaded, *changes)


@pytest.mark.parametrize("setting", ["frame_ms: 0.01", "hop_ms: 0.01"])
def test_frames_of_no_sample_are_a_mistake(loaded: Loaded, setting: str) -> None:
    assert "features.logmel" in error_of(loaded, ("kind: logmel", f"kind: logmel, {setting}"))


def test_reported_classes_are_as_many_as_the_labels(loaded: Loaded) -> None:
    assert "per_class" in error_of(
        loaded,
        ("test_accuracy: 0.5", "per_class: [0.5, 0.5]"),
        ("    title: Digits", "    title: Digits\n    labels: [a, b, c]"),
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('select: ["*"]', 'select: ["*"]\nseeds: [1, 1]', "seeds: a seed is here twice"),
        ("    title: Digits", "    title: Digits\n    labels: [a, a]", "a label is here twice"),
        ("  random: {", "  Ran-dom: {", "splits.Ran-dom: string should match"),
    ],
)
def test_other_mistakes(loaded: Loaded, old: str, new: str, words: str) -> None:
    assert words in error_of(loaded, (old, new))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flat: {kind: gradients}", "studies.flat: an experiment or a benchmark has this name"),
        ("theory: {kind: gradients, netwrks: 3}", "netwrks: unknown key; did you mean 'networks'"),
    ],
)
def test_mistakes_in_studies(loaded: Loaded, text: str, words: str) -> None:
    assert words in error_of(loaded, ("experiments:\n", f"studies:\n  {text}\nexperiments:\n"))


def test_fields_of_fixed_width_are_fields(loaded: Loaded) -> None:
    loaded(("{speaker}/", "{speaker:2}/"), ("split: random", "split: speakers"))


def test_real_data_need_a_source(loaded: Loaded) -> None:
    real = ('select: ["*"]', "data: real")
    assert loaded(real).data == "real"
    none = ("sources: [{folder: recordings}, {archive: recordings.zip}]", "sources: []")
    assert "corpora.digits: has no `sources`" in error_of(loaded, real, none)


def test_what_is_not_selected_needs_no_demo(loaded: Loaded) -> None:
    spare = "  spare: {title: Spare, path_pattern: '{label}'}\nfeatures:"
    change = ("corpus: digits\n    features: logmel", "corpus: spare\n    features: logmel")
    loaded(('["*"]', '["flat"]'), ("features:\n  deltas", f"{spare}\n  deltas"), change)
    assert "corpora.spare: has no `demo`" in error_of(
        loaded, ("features:\n  deltas", f"{spare}\n  deltas"), change
    )


def test_unknown_corpus_is_an_error_beside_a_study_of_what_is_selected(loaded: Loaded) -> None:
    unknown = ("corpus: digits\n    features: deltas", "corpus: digit\n    features: deltas")
    study = ("experiments:\n", "studies:\n  apart: {kind: distances}\nexperiments:\n")
    assert "there is no corpus 'digit'" in error_of(loaded, unknown, study)


def test_mistakes_of_availability_come_in_the_order_of_the_file(loaded: Loaded) -> None:
    others = [f"part_{n}" for n in range(9)]
    corpora = "".join(f"  {name}: {{title: T, path_pattern: '{{label}}'}}\n" for name in others)
    benchmarks = "".join(f"  of_{n}: {{corpus: {n}, features: logmel}}\n" for n in reversed(others))
    error = error_of(
        loaded,
        ("features:\n  deltas", f"{corpora}features:\n  deltas"),
        ("experiments:\n", f"extraction_benchmarks:\n{benchmarks}experiments:\n"),
    )
    lines = [line.split("corpora.")[1] for line in error.splitlines()]
    assert [line.split(":")[0] for line in lines] == others
