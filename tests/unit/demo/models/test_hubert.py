"""The small HuBERT: its files, its repeatability, what it practises on, what it learns."""

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

TINY = Settings(
    kind="hubert", width=16, layers=1, heads=2, clips=12, clusters=8, steps=12, batch_size=4
)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("hubert")
    hubert.make(TINY, made, lambda _: None)
    return made


def test_files_are_those_of_hubert_and_open(folder: Path) -> None:
    assert {"config.json", "model.safetensors", "preprocessor_config.json"} <= set(files(folder))
    assert json.loads((folder / "config.json").read_text())["model_type"] == "hubert"
    model, report = HubertModel.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    extractor = AutoFeatureExtractor.from_pretrained(folder)
    assert isinstance(extractor, Wav2Vec2FeatureExtractor)
    clip = np.random.default_rng(0).normal(3, 7, 16000).astype(np.float32)
    heard = extractor(clip, sampling_rate=16000, return_tensors="pt").input_values
    assert heard.mean().item() == pytest.approx(0, abs=1e-5)
    assert heard.std().item() == pytest.approx(1, abs=1e-3)
    # 740 samples are under the first frame, and the next one begins 640 later.
    assert model(heard).last_hidden_state.shape == (1, 1 + (16000 - 740) // 640, 16)


def test_training_changed_what_is_saved(folder: Path) -> None:
    before = hubert.untrained(TINY).state_dict()
    after = HubertModel.from_pretrained(folder).state_dict()
    assert before.keys() == after.keys()
    assert not any(torch.equal(before[name], after[name]) for name in before if "conv." in name)


def test_made_again_it_has_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    # Whatever the global generators have been up to.
    np.random.seed(99)
    torch.manual_seed(99)
    hubert.make(TINY, tmp_path, lambda _: None)
    assert files(tmp_path) == files(folder)


def test_seeds_and_generators_make_the_untrained_model() -> None:
    first, again = (hubert.untrained(TINY).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    other = hubert.untrained(Settings(kind="hubert", width=16, layers=1, heads=2, seed=2))
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
            for one, all_ in zip(alone, together):
                torch.testing.assert_close(all_[row, : one.shape[1]], one[0], atol=1e-5, rtol=0)


def test_fine_tuning_hides_stretches_of_a_short_clip(folder: Path) -> None:
    model = HubertModel.from_pretrained(folder).train()
    clip = torch.randn(4, 24000)
    np.random.seed(0)
    first, second = model(clip).last_hidden_state, model(clip).last_hidden_state
    assert not torch.equal(first, second)
    first.square().sum().backward()
    assert model.masked_spec_embed.grad.abs().sum() > 0


def test_practice_shares_no_voice_and_no_sentence_with_the_corpora() -> None:
    said = hubert.practice(300, 1)
    assert said == hubert.practice(300, 1) != hubert.practice(300, 2)
    assert len({utterance.text for utterance in said}) == 300
    assert {phrases.half_of(utterance.text) for utterance in said} == {"practice"}
    voices = {utterance.voice.split("+")[1] for utterance in said}
    assert voices == set(phrases.PRACTICE_VARIANTS)
    assert not voices & {*emotions.WOMEN, *emotions.MEN, *phrases.CORPUS_VARIANTS}


def test_practice_clips_are_sound_of_one_length() -> None:
    waves = hubert.practice_clips(5, 1)
    assert waves.shape == (5, 32000) and waves.dtype == np.float32
    assert (waves.std(axis=1) > 0.01).all()
    np.testing.assert_array_equal(waves, hubert.practice_clips(5, 1))


def test_kinds_stand_where_the_models_frames_do() -> None:
    # Noise for a second, then a tone: where the kind changes is where the sound does.
    rng = np.random.default_rng(0)
    tone = np.sin(np.arange(16000) / 16000 * 2 * np.pi * 500)
    waves = np.stack([np.r_[rng.normal(0, 1, 16000), tone + rng.normal(0, 0.01, 16000)]] * 2)
    near, around = hubert.kinds(waves.astype(np.float32), 49, 2, seed=0)
    assert near.shape == around.shape == (2, 49)
    np.testing.assert_array_equal(near[0], near[1])
    # The model's frame i lies around sample 370 + 640 i.
    changes = np.flatnonzero(np.diff(near[0]))
    assert len(changes) == 1 and abs(370 + 640 * (changes[0] + 0.5) - 16000) < 1500
    assert len(np.flatnonzero(np.diff(around[0]))) == 1


def test_frames_of_a_cluster_are_near_one_another() -> None:
    waves = hubert.practice_clips(12, 1)
    (near, _), rows = hubert.kinds(waves, 49, 8, 1), mfcc.extract(hubert.TARGETS, waves)
    rows = rows.reshape(12, -1, rows.shape[1])[:, 1::2][:, :49].reshape(12 * 49, -1)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    groups = [rows[near.ravel() == cluster] for cluster in range(8)]
    within = sum(np.square(group - group.mean(axis=0)).sum() for group in groups if len(group))
    assert within < 0.85 * np.square(rows).sum()


def test_hidden_stretches_have_their_length_and_share() -> None:
    masks = hubert.hidden(2000, 49, np.random.default_rng(0))
    assert masks.shape == (2000, 49) and masks.any(axis=1).all()
    # From the fifth frame on, one is heard where none of five begins a stretch.
    heard = (1 - hubert.HIDDEN_SHARE) ** 5 * (1 - 5 / 49)
    assert masks[:, 4:].mean() == pytest.approx(1 - heard, abs=0.01)
    for mask in masks:
        begins = np.flatnonzero(np.diff(mask.astype(int), prepend=0) == 1)
        assert all(mask[start : start + 5].all() for start in begins)


@pytest.mark.parametrize("frames", [1, 3, 5])
def test_short_clips_have_a_hidden_stretch_too(frames: int) -> None:
    masks = hubert.hidden(50, frames, np.random.default_rng(0))
    assert masks.shape == (50, frames) and masks.any(axis=1).all()


def test_loss_falls_from_that_of_a_guess() -> None:
    settings = Settings(
        kind="hubert", width=32, layers=1, heads=2, clips=24, clusters=8, steps=60, batch_size=6
    )
    waves = hubert.practice_clips(24, 1)
    heard = hubert.feature_extractor()(
        list(waves), sampling_rate=16000, return_tensors="pt"
    ).input_values
    said: list[str] = []
    losses = hubert.practise(hubert.untrained(settings), heard, settings, said.append)
    assert len(losses) == 60 and len(said) == 1
    assert losses[0] == pytest.approx(np.log(8), abs=0.5)
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.15


def test_pace_rises_in_a_tenth_of_the_steps_and_falls_to_nothing() -> None:
    pace = [hubert._pace(done) for done in np.linspace(0, 1, 101)]
    assert 0 < pace[0] < 0.05 and pace[-1] == pytest.approx(0)
    assert 8 <= int(np.argmax(pace)) <= 12 and max(pace) > 0.9


@pytest.mark.parametrize("wrong", [{"width": 0}, {"steps": 0}, {"step": 3}])
def test_settings_have_bounds(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Settings).validate_python({"kind": "hubert"} | wrong)
