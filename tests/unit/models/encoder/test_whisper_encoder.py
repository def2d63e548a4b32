"""The encoder of a Whisper model: states, windows, fine-tuning, saving."""

from pathlib import Path

import numpy as np
import pytest
import torch

from resound.arrays import Array
from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features import whisper
from resound.features.hidden_states import Settings as States
from resound.models.encoder import backbone
from resound.models.encoder.classifier import Classifier
from resound.models.encoder.hidden_states import mean_hidden_states
from resound.models.encoder.settings import Settings
from resound.runtime.progress import silent
from resound.training.inputs.ragged import Ragged
from tests.helpers.encoders import save_hubert
from tests.helpers.whisper import CONFIGURATION, make_clips, save_untrained

POSITIONS = CONFIGURATION.frames // 2


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    return save_untrained(folder / "whisper")


def padded_batch(clips: list[Array]) -> torch.Tensor:
    features = Features(np.concatenate(clips), np.cumsum([0, *map(len, clips)]))
    return Ragged(features, np.arange(len(clips))).batch(torch.arange(len(clips)))


@torch.inference_mode()
def test_states_are_those_of_transformers(model: Path) -> None:
    """Of the whole model, for clips that are followed by silence up to the window."""
    from transformers import WhisperModel

    clips = make_clips(5)
    encoder = backbone.open_encoder(model).eval()
    states, valid = backbone.hidden_states(encoder, padded_batch(clips), all_layers=True)
    images = np.stack([whisper.padded(clip, CONFIGURATION.frames) for clip in clips])
    whole = WhisperModel.from_pretrained(model).eval()
    expected = whole.encoder(torch.from_numpy(images), output_hidden_states=True).hidden_states
    assert len(states) == len(expected) == 2
    for ours, theirs in zip(states, expected):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    assert valid.sum(1).tolist() == [-(-len(clip) // 2) for clip in clips]


def test_the_mean_of_a_clip_does_not_depend_on_the_others(model: Path) -> None:
    clips = make_clips(5)
    features = Features(np.concatenate(clips), np.cumsum([0, *map(len, clips)]))
    encoder = backbone.open_encoder(model)
    settings = [
        States(kind="hidden_states", pretrained="p", of="f", batch_size=size) for size in (1, 5)
    ]
    alone, together = (
        mean_hidden_states(encoder, Ragged(features, np.arange(5)), each, "cpu", silent)
        for each in settings
    )
    np.testing.assert_allclose(alone, together, atol=1e-5)


@torch.inference_mode()
def test_a_shorter_window(model: Path) -> None:
    """Its states are those of a model with so many positions; longer clips are truncated."""
    clip = make_clips(1)[0]
    encoder = backbone.open_encoder(model, positions=10).eval()
    states, valid = backbone.hidden_states(encoder, padded_batch([clip]))
    assert states[0].shape[1] == 10 and valid.all()
    (truncated,), _ = backbone.hidden_states(encoder, padded_batch([clip[:20]]))
    torch.testing.assert_close(states[0], truncated)
    longer = backbone.open_encoder(model, positions=10 * POSITIONS)
    assert longer.config.max_source_positions == POSITIONS


def test_an_encoder_is_frozen_cut_and_saved(model: Path, tmp_path: Path) -> None:
    settings = Settings(kind="encoder", pretrained="p", positions=12, layers=1, freeze=1)
    classifier = Classifier.from_pretrained(model, settings, 3, seed=1).eval()
    trainable = {name for name, p in classifier.named_parameters() if p.requires_grad}
    assert trainable == {
        "encoder.layer_norm.weight",
        "encoder.layer_norm.bias",
        "head.1.weight",
        "head.1.bias",
    }
    batch = padded_batch(make_clips(3))
    with torch.inference_mode():
        before = classifier(batch)
        classifier.save(tmp_path)
        torch.testing.assert_close(Classifier.load(tmp_path)(batch), before)
    random = backbone.open_encoder(model, "random")
    assert not torch.equal(random.conv1.weight, classifier.encoder.conv1.weight)


def test_features_of_another_kind(model: Path, tmp_path: Path) -> None:
    waves = torch.zeros(2, 4000, 1)
    with pytest.raises(
        UserError, match="a whisper takes features of kind `whisper` with 20 values"
    ):
        backbone.hidden_states(backbone.open_encoder(model), waves)
    hubert = backbone.open_encoder(save_hubert(tmp_path))
    with pytest.raises(UserError, match="a hubert takes features of kind `waveform`"):
        backbone.hidden_states(hubert, padded_batch(make_clips(2)))
    with pytest.raises(UserError, match="a hubert has no window"):
        backbone.open_encoder(tmp_path, positions=5)
    with pytest.raises(UserError, match="heads of a whisper cannot be pruned"):
        backbone.prune_heads(backbone.open_encoder(model), {0: [0]})
