"""Demo HuBERT: files, reproducibility, training data and training."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from transformers import AutoFeatureExtractor, HubertModel, Wav2Vec2FeatureExtractor

from resound.demo.corpora import emotions
from resound.demo.models import hubert
from resound.demo.models.hubert import Settings
from resound.demo.synthesis import phrases
from resound.features import mfcc
from resound.runtime.progress import silent

TINY = Settings(
    kind="hubert", width=16, layers=1, heads=2, clips=12, clusters=8, steps=12, batch_size=4
)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model_folder = tmp_path_factory.mktemp("hubert")
    hubert.make(TINY, model_folder, silent)
    return model_folder


def test_files_are_those_of_hubert_and_load(folder: Path) -> None:
    assert {"config.json", "model.safetensors", "preprocessor_config.json"} <= set(files(folder))
    assert json.loads((folder / "config.json").read_text())["model_type"] == "hubert"
    model, report = HubertModel.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    assert isinstance(extractor, Wav2Vec2FeatureExtractor)
    clip = np.random.default_rng(0).normal(3, 7, 16000).astype(np.float32)
    inputs = extractor(clip, sampling_rate=16000, return_tensors="pt").input_values
    assert inputs.mean().item() == pytest.approx(0, abs=1e-5)
    assert inputs.std().item() == pytest.approx(1, abs=1e-3)
    # The receptive field of a frame is 740 samples, and the hop is 640.
    assert model(inputs).last_hidden_state.shape == (1, 1 + (16000 - 740) // 640, 16)


def test_training_changes_the_saved_weights(folder: Path) -> None:
    before = hubert.build_model(TINY).state_dict()
    after = HubertModel.from_pretrained(folder).state_dict()
    assert before.keys() == after.keys()
    assert not any(torch.equal(before[name], after[name]) for name in before if "conv." in name)


def test_training_is_reproducible(folder: Path, tmp_path: Path) -> None:
    # The state of the global generators must not matter.
    np.random.seed(99)
    torch.manual_seed(99)
    hubert.make(TINY, tmp_path, silent)
    assert files(tmp_path) == files(folder)


def test_the_initial_weights_depend_only_on_the_seed() -> None:
    first, again = (hubert.build_model(TINY).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    other = hubert.build_model(Settings(kind="hubert", width=16, layers=1, heads=2, seed=2))
    assert not torch.equal(
        first["feature_projection.projection.weight"],
        other.state_dict()["feature_projection.projection.weight"],
    )


def test_padding_changes_no_frame(folder: Path) -> None:
    model = HubertModel.from_pretrained(folder).eval()
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    rng = np.random.default_rng(1)
    clips = [rng.normal(0, 1, n).astype(np.float32) for n in (9000, 24000, 40001)]
    batch = extractor(clips, sampling_rate=16000, padding=True, return_tensors="pt")
    with torch.no_grad():
        together = model(**batch, output_hidden_states=True).hidden_states
        for row, clip in enumerate(clips):
            alone = model(
                **extractor(clip, sampling_rate=16000, return_tensors="pt"),
                output_hidden_states=True,
            ).hidden_states
            for single, batched in zip(alone, together):
                frames = batched[row, : single.shape[1]]
                torch.testing.assert_close(frames, single[0], atol=1e-5, rtol=0)


def test_fine_tuning_masks_spans_of_a_short_clip(folder: Path) -> None:
    model = HubertModel.from_pretrained(folder).train()
    clip = torch.randn(4, 24000)
    np.random.seed(0)
    first, second = model(clip).last_hidden_state, model(clip).last_hidden_state
    assert not torch.equal(first, second)
    first.square().sum().backward()
    assert model.masked_spec_embed.grad.abs().sum() > 0


def test_training_shares_no_voices_and_no_sentences_with_the_corpora() -> None:
    utterances = hubert.training_utterances(300, 1)
    assert utterances == hubert.training_utterances(300, 1) != hubert.training_utterances(300, 2)
    assert len({utterance.text for utterance in utterances}) == 300
    assert {phrases.subset_of(utterance.text) for utterance in utterances} == {"pretraining"}
    voices = {utterance.voice.split("+")[1] for utterance in utterances}
    assert voices == set(phrases.PRETRAINING_VARIANTS)
    assert not voices & {*emotions.WOMEN, *emotions.MEN, *phrases.CORPUS_VARIANTS}


def test_training_clips_are_not_silent_and_have_one_length() -> None:
    waves = hubert.training_clips(5, 1)
    assert waves.shape == (5, 32000) and waves.dtype == np.float32
    assert (waves.std(axis=1) > 0.01).all()
    np.testing.assert_array_equal(waves, hubert.training_clips(5, 1))


def test_targets_are_aligned_with_the_frames_of_the_model() -> None:
    # One second of noise, then a tone: the cluster changes where the sound does.
    rng = np.random.default_rng(0)
    tone = np.sin(np.arange(16000) / 16000 * 2 * np.pi * 500)
    waves = np.stack([np.r_[rng.normal(0, 1, 16000), tone + rng.normal(0, 0.01, 16000)]] * 2)
    frame, context = hubert.cluster_targets(waves.astype(np.float32), 49, 2, seed=0)
    assert frame.shape == context.shape == (2, 49)
    np.testing.assert_array_equal(frame[0], frame[1])
    # The centre of frame i of the model is sample 370 + 640 i.
    changes = np.flatnonzero(np.diff(frame[0]))
    assert len(changes) == 1 and abs(370 + 640 * (changes[0] + 0.5) - 16000) < 1500
    assert len(np.flatnonzero(np.diff(context[0]))) == 1


def test_frames_of_a_cluster_are_similar() -> None:
    waves = hubert.training_clips(12, 1)
    (targets, _), rows = (
        hubert.cluster_targets(waves, 49, 8, 1),
        mfcc.extract(hubert.TARGETS, waves),
    )
    rows = rows.reshape(12, -1, rows.shape[1])[:, 1::2][:, :49].reshape(12 * 49, -1)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    groups = [rows[targets.ravel() == cluster] for cluster in range(8)]
    within = sum(np.square(group - group.mean(axis=0)).sum() for group in groups if len(group))
    assert within < 0.85 * np.square(rows).sum()


def test_masked_spans_have_their_length_and_probability() -> None:
    masks = hubert.draw_mask(2000, 49, np.random.default_rng(0))
    assert masks.shape == (2000, 49) and masks.any(axis=1).all()
    # From the fifth frame on, a frame is unmasked if no span begins at it or at the four before.
    unmasked = (1 - hubert.MASK_PROBABILITY) ** 5 * (1 - 5 / 49)
    assert masks[:, 4:].mean() == pytest.approx(1 - unmasked, abs=0.01)
    for mask in masks:
        starts = np.flatnonzero(np.diff(mask.astype(int), prepend=0) == 1)
        assert all(mask[start : start + 5].all() for start in starts)


@pytest.mark.parametrize("frames", [1, 3, 5])
def test_short_clips_have_a_masked_span_too(frames: int) -> None:
    masks = hubert.draw_mask(50, frames, np.random.default_rng(0))
    assert masks.shape == (50, frames) and masks.any(axis=1).all()


def test_loss_falls_below_that_of_a_uniform_guess() -> None:
    settings = Settings(
        kind="hubert", width=32, layers=1, heads=2, clips=24, clusters=8, steps=60, batch_size=6
    )
    waves = hubert.training_clips(24, 1)
    inputs = hubert.build_feature_extractor()(
        list(waves), sampling_rate=16000, return_tensors="pt"
    ).input_values
    lines: list[str] = []
    losses = hubert.train(hubert.build_model(settings), inputs, settings, lines.append)
    assert len(losses) == 60 and len(lines) == 1
    assert losses[0] == pytest.approx(np.log(8), abs=0.5)
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.15


def test_learning_rate_rises_during_a_tenth_of_the_steps_and_decays_to_zero() -> None:
    factors = [hubert._learning_rate_factor(fraction) for fraction in np.linspace(0, 1, 101)]
    assert 0 < factors[0] < 0.05 and factors[-1] == pytest.approx(0)
    assert 8 <= int(np.argmax(factors)) <= 12 and max(factors) > 0.9


@pytest.mark.parametrize("wrong", [{"width": 0}, {"steps": 0}, {"step": 3}])
def test_settings_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Settings).validate_python({"kind": "hubert"} | wrong)
