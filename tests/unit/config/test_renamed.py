"""Keys, kinds and names that changed: the error of an old one says the new one."""

from pathlib import Path

import pytest
import yaml

from resound.config.load import load, schema, shipped_files
from resound.config.renamed import ENTRIES, KEYS, KINDS, name
from resound.errors import UserError

OLD = {
    "timings: {cost: {corpus: digits, features: logmel40}}": "timings: unknown key; it is now"
    " `extraction_benchmarks`",
    "resources: {train: {mem_mb: 9}}": "resources: unknown key; it is now part of the rules",
    "stand_ins: {}": "stand_ins: unknown key; it is now `demo_models`",
    "corpora: {digits: {layout: x}}": "corpora.digits.layout: unknown key; it is now"
    " `path_pattern`",
    "corpora: {digits: {names: {a: b}}}": "names: unknown key; it is now `label_names`",
    "corpora: {digits: {strangers: [x]}}": "strangers: unknown key; it is now `unknown`",
    "corpora: {digits: {cut_seconds: 1}}": "cut_seconds: unknown key; it is now `chunk_seconds`",
    "corpora: {digits: {cut_longer: true}}": "cut_longer: unknown key; it is now `truncate`",
    "corpora: {digits: {about_mb: 1}}": "about_mb: unknown key; it is now `size_mb`",
    "corpora: {digits: {demo: {kind: inference}}}": "corpora.digits.demo: unknown kind 'inference';"
    " it is now `nli`",
    "corpora: {inference: {sources: []}}": "corpora.inference.title: is missing; 'inference' is now"
    " 'nli'",
    "features: {new: {kind: stored}}": "features.new: unknown kind 'stored'; it is now"
    " `precomputed`",
    "features: {new: {kind: melimage}}": "unknown kind 'melimage'; it is now `mel_image`",
    "features: {new: {kind: hidden}}": "unknown kind 'hidden'; it is now `hidden_states`",
    "splits: {random_80_20: {by: speaker}}": "by: unknown key; it is now `group_by`",
    "splits: {random_80_20: {without: [a]}}": "without: unknown key; it is now `exclude_classes`",
    "pretrained: {parsbert: {stand_in: x}}": "stand_in: unknown key; it is now `demo_model`",
    "demo_models: {tiny_whisper: {practice: {fa: 9}}}": "practice: unknown key; it is now"
    " `sentences`",
    "experiments: {digits_cnn: {twin: x}}": "experiments.digits_cnn.twin: unknown key; it is now"
    " `corrected`",
    "experiments: {persian_finetuned: {before: x}}": "before: unknown key; it is now `baseline`",
    "experiments: {digits_cnn: {train: {keep: last}}}": "keep: unknown key; it is now `checkpoint`",
    "experiments: {digits_cnn: {train: {rounds: 2}}}": "rounds: unknown key; it is now"
    " `evaluations_per_epoch`",
    "experiments: {genres_crops: {model: {votes: 2}}}": "votes: unknown key; it is now `crops`",
    "experiments: {genres_crops: {model: {excerpt_frames: 2}}}": "it is now `crop_frames`",
    "experiments: {genres_crops: {model: {kind: excerpt_cnn}}}": "unknown kind 'excerpt_cnn'; it is"
    " now `crop_cnn`",
    "experiments: {emotions_mfcc: {model: {kind: layer_probe}}}": "it is now `linear_probe`",
    "experiments: {digits_cnn_honest: {seed: 1}}": "experiments.digits_cnn_honest.corpus: is"
    " missing; 'digits_cnn_honest' is now 'digits_cnn_corrected'",
    "experiments: {digits_cnn: {variant_of: digits_kan_honest}}": "there is no classification"
    " 'digits_kan_honest'",
    "experiments: {digits_kan: {variant_of: digits_cnn_honest}}": "there is no classification"
    " 'digits_cnn_honest'; it is now 'digits_cnn_corrected'",
    "studies: {theory_kan: {kind: kan}}": "unknown kind 'kan'; it is now `spline_networks`",
    "studies: {theory_search: {beside: x}}": "beside: unknown key; it is now `baseline`",
    "studies: {theory_search: {space: {train.keep: [last]}}}": "it is now `train.checkpoint`",
    "select: ['inference_*']": "select: 'inference_*' is no experiment; it is now 'nli_*'",
    "select: [digits_cnn_honest]": "it is now 'digits_cnn_corrected'",
    "transcriber: persian_zero_shot_told": "it is now 'persian_zero_shot_corrected'",
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), OLD.items(), ids=OLD)
def test_old_names_lead_to_new_ones(text: str, message: str, tmp_path: Path) -> None:
    overlay = tmp_path / "old.yaml"
    overlay.write_text(text)
    with pytest.raises(UserError) as caught:
        load(yaml.safe_load(text), [overlay], shipped_files())
    assert message in str(caught.value)
    assert f"{overlay}:1: " in str(caught.value)


def test_each_old_key_and_kind_is_tested() -> None:
    tested = " ".join(OLD)
    sections = [section for section in KEYS if section not in ("studies.*", "demo_models.*")]
    for old in [
        *(key for at in sections for key in KEYS[at]),
        *(k for t in KINDS.values() for k in t),
    ]:
        assert old.removeprefix("model.").removeprefix("train.") in tested, old


def test_new_keys_exist() -> None:
    text = str(schema())
    for table in [*KEYS.values(), *KINDS.values()]:
        for new in table.values():
            for word in new.split("`")[1::2] or [new]:
                word = word.rsplit(".", 1)[-1]
                assert word.startswith("--") or f"'{word}'" in text, word


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("inference_full_honest", "nli_full_corrected"),
        ("inference_*", "nli_*"),
        ("persian_zero_shot_told", "persian_zero_shot_corrected"),
        ("genres_excerpts", "genres_crops"),
        ("*_honest", "*_corrected"),
        ("digits_cnn", None),
    ],
)
def test_names_of_experiments(old: str, new: str | None) -> None:
    assert name("experiments", old) == new


def test_new_names_of_entries_exist() -> None:
    shipped = load({}, [], shipped_files())
    assert ENTRIES["corpora"]["inference"] in shipped.corpora
    assert ENTRIES["splits"]["inference_parts"] in shipped.splits
    assert {"genres_crops", "persian_zero_shot_corrected", "nli_full"} <= shipped.experiments.keys()
