"""Only what is selected is checked against its corpus, features, split, sources and models."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from resound.config.load import load, schema, shipped_files
from resound.config.schema import Config
from resound.errors import UserError


def configured(tmp_path: Path, text: str) -> Config:
    """Return the shipped configuration with an overlay."""
    overlay = tmp_path / "mine.yaml"
    overlay.write_text(text)
    return load(yaml.safe_load(text), [overlay], shipped_files())


def error(tmp_path: Path, text: str) -> str:
    """Return the error of an overlay."""
    with pytest.raises(UserError) as caught:
        configured(tmp_path, text)
    return str(caught.value)


# What an overlay takes away or breaks, which experiment needs it, and what is then missing.
LACKS = [
    ("corpora: {genres: {demo: null}}", "genres_cnn", "corpora.genres: has no `demo`"),
    ("corpora: {genres: null}", "genres_cnn", "genres_cnn.corpus: there is no corpus 'genres'"),
    ("corpora: {genres: {path_pattern: null}}", "genres_cnn", "corpora.genres: needs"
     " `path_pattern`"),
    ("corpora: {genres: {path_pattern: '{name}.wav'}}", "genres_cnn", "has no {label}"),
    ("corpora: {phonemes: {alignment: null}}", "phonemes_mlp", "phonemes.path_pattern: the path"),
    ("corpora: {emotions: {min_seconds: 0.01}}", "emotions_hubert_layers", "needs clips of at"
     " least"),
    ("features: {logmel64: null}", "genres_crops", "there is no features 'logmel64'"),
    ("features: {waveform16: null}", "emotions_hubert_layers", "hubert_layers.of: there is no"),
    ("splits: {nli_parts: null}", "nli_full", "nli_full.split: there is no split 'nli_parts'"),
    ("splits: {random_64_16_20: {validation: 0}}", "persian_finetuned", "has no `validation` part"),
    ("pretrained: {parsbert: null}", "nli_full", "there is no pretrained 'parsbert'"),
    ("pretrained: {parsbert: null}", "nli_parsbert_layers", "there is no pretrained 'parsbert'"),
    ("pretrained: {parsbert: {demo_model: null}}", "nli_full", "parsbert: has no `demo_model`"),
    ("demo_models: {tiny_bert: null}", "nli_full", "there is no demo model 'tiny_bert'"),
    ("demo_models: {tiny_whisper: {features: logmel40}}", "persian_zero_shot", "is no features of"),
    ("experiments: {genres_cnn: {corpus: gener}}", "genres_cnn", "there is no corpus 'gener'"),
    ("experiments: {genres_cnn: {input: {arrange: pooled}}}", "genres_cnn", "single_conv takes"),
    ("experiments: {genres_cnn: {variant_of: x}}", "genres_cnn", "no classification 'x'"),
    ("experiments: {nli_full: null}", "nli_head_only", "'nli_full' is removed"),
    ("studies: {theory_search: {baseline: x}}", "theory_search", "no classification 'x'"),
    ("studies: {theory_matching: {data: [{corpus: x, features: mfcc12_mean, split:"
     " random_80_20}]}}",
     "theory_matching", "theory_matching.data.0.corpus: there is no corpus 'x'"),
    ("extraction_benchmarks: {speakers_extraction: {corpus: x}}", "speakers_extraction",
     "there is no corpus 'x'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "selected", "message"), LACKS)
def test_what_is_missing_matters_to_what_is_selected(
    text: str, selected: str, message: str, tmp_path: Path
) -> None:
    assert message in error(tmp_path, f"{text}\nselect: [digits_cnn, {selected}]")
    if selected != "nli_head_only":  # made of another experiment, which is an error everywhere
        config = configured(tmp_path, f"{text}\nselect: [digits_cnn]\ntranscriber: ''")
        assert list(config.selected()) == ["digits_cnn"]
        assert config.corpora_in_use() == {"digits"}


@pytest.mark.parametrize(
    "text",
    [
        "experiments: {genres_cnn: {corpora: genres}}",
        "experiments: {genres_cnn: {train: {epochs: many}}}",
        "corpora: {genres: {title: 5}}",
        "features: {mfcc13: {mels: 10}}",
        "splits: {speaker_folds: {group_by: null}}",
        "experiments: {nli_first_9_layers: {model: {freeze: 10}}}",
    ],
)
def test_types_keys_and_contradictions_matter_everywhere(text: str, tmp_path: Path) -> None:
    assert "mine.yaml:1: " in error(tmp_path, f"{text}\nselect: [digits_cnn]")


def test_nothing_is_selected(tmp_path: Path) -> None:
    config = configured(tmp_path, "select: []")
    assert config.selected() == config.selected_studies() == config.selected_benchmarks() == {}
    assert config.corpora_in_use() == set()


def test_corpora_in_use_are_those_of_experiments_benchmarks_and_studies(tmp_path: Path) -> None:
    def used(*names: str) -> set[str]:
        return configured(tmp_path, f"select: [{', '.join(names)}]").corpora_in_use()

    assert used("genres_cnn") == {"genres"}
    assert used("speakers_extraction") == {"speakers"}
    assert used("theory_clustering") == {"speakers", "digits"}
    assert used("theory_distances", "theory_gradients") == set()
    assert used("theory_distances", "nli_full") == {"nli"}


def test_transcription_with_a_pretrained_model_needs_no_corpus(tmp_path: Path) -> None:
    text = "audio: talk.mp3\ntranscriber: whisper_small\ndata: real\nselect: []\ncorpora: "
    without = "{digits: {sources: []}, persian: {sources: []}}"
    assert configured(tmp_path, text + without).corpora_in_use() == set()
    text = text.replace("whisper_small", "persian_zero_shot")
    assert configured(tmp_path, text + without).transcriber == "persian_zero_shot"
    text = text.replace("persian_zero_shot", "persian_finetuned")
    assert "corpora.persian: has no `sources`" in error(tmp_path, text + without)


@pytest.mark.parametrize(
    ("transcriber", "message"),
    [
        ("whisper_small", "whisper_small: has no `demo_model`"),
        ("", "name what transcribes `audio`"),
    ],
)
def test_transcriber_is_checked_where_it_is_used(
    transcriber: str, message: str, tmp_path: Path
) -> None:
    text = f"transcriber: '{transcriber}'\nselect: []\n"
    text += "pretrained: {whisper_small: {demo_model: null}}"
    assert configured(tmp_path, text).audio is None
    assert message in error(tmp_path, text + "\naudio: talk.mp3")


def test_evaluation_by_steps_is_for_fine_tuning(tmp_path: Path) -> None:
    text = "select: [digits_cnn]\nexperiments: {digits_cnn: {train: {demo: {evaluate_every: 5}}}}"
    assert "digits_cnn.train.demo.evaluate_every: is for fine-tuning" in error(tmp_path, text)


def test_search_changes_settings_that_fit(tmp_path: Path) -> None:
    text = "select: [theory_search]\nstudies: {theory_search: {space: {model.hidden: [[half]]}}}"
    assert "space.model.hidden: ['half']: model: hidden ['half']" in error(tmp_path, text)


def test_null_is_the_default_of_what_may_be_null() -> None:
    """Null in an overlay removes a setting, which gives its default."""

    def properties(node: Any) -> Any:
        if isinstance(node, dict):
            yield from node.get("properties", {}).items()
            for inner in node.values():
                yield from properties(inner)

    for name, node in properties(schema()):
        if {"type": "null"} in node.get("anyOf", []):
            assert node.get("default") is None, name
