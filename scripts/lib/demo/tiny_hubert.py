"""A small HuBERT that stands in for facebook/hubert-base-ls960 on demo data, trained on the spot.

It learns as Hsu et al. (2021) teach it in their first iteration: stretches of its input are hidden,
and it tells to which cluster of MFCC frames each hidden frame belongs. What it practises on is
spoken by voices, and holds sentences, that the demo corpora have not, in manners of all kinds.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from scripts.lib import audio
from scripts.lib.demo import emotions, phrases, sound
from scripts.lib.demo.sound import Waveform
from scripts.lib.demo.speech import RATE, Utterance, speak
from scripts.lib.features import mfcc
from scripts.lib.features.spectrum import Array
from scripts.lib.settings import Natural, Positive, PositiveNumber, settings

if TYPE_CHECKING:
    import torch

RATE_HZ = 16000
"""What HuBERT hears."""

CLIP_S = 2.0
"""Duration of a clip for practice."""

KERNELS, STRIDES = (20, 8, 4, 4), (10, 4, 4, 2)
"""Of the convolutions: a frame every 20 ms, as the real model's seven have it."""

TARGETS = mfcc.Settings(kind="mfcc", hop_ms=20.0, mels=40, coefficients=13, deltas=1)
"""What is clustered: a row a frame of the model."""

MASKED_FRAMES, MASK_SHARE = 10, 0.08
"""Length of a hidden stretch, and the share of frames at which one begins, as Hsu et al. have it."""


@settings
class Settings:
    """A small HuBERT."""

    kind: Literal["hubert"]
    """A small HuBERT."""
    width: Positive = 64
    layers: Positive = 3
    heads: Positive = 4
    convolutions: tuple[int, int, int, int] = (32, 32, 64, 64)
    """Channels of the convolutions."""
    clips: Positive = 400
    """How many sentences it practises on."""
    clusters: Positive = 50
    """Kinds of frames that it learns to tell."""
    steps: Positive = 350
    batch_size: Positive = 16
    learning_rate: PositiveNumber = 0.002
    """The highest; it rises to it in a tenth of the steps and falls to zero along a cosine."""
    seed: Natural = 1


def make(settings: Settings, folder: Path, announce: Callable[[str], None]) -> None:
    """Train the model and save it with its feature extractor into `folder`."""
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    waves = practice_clips(settings.clips, settings.seed)
    announce(f"practises on {len(waves)} sentences")
    extractor = _extractor()
    heard = extractor([*waves], sampling_rate=RATE_HZ, return_tensors="pt").input_values
    model = untrained(settings)
    wanted = torch.from_numpy(kinds(heard.numpy(), settings.clusters, settings.seed))
    practise(model, heard, wanted, settings, announce)
    for part in (model, extractor):
        part.save_pretrained(folder)


def _extractor() -> Any:
    from transformers import Wav2Vec2FeatureExtractor

    return Wav2Vec2FeatureExtractor(
        feature_size=1, sampling_rate=RATE_HZ, do_normalize=True, return_attention_mask=True
    )


def untrained(settings: Settings) -> Any:
    """The model (a `HubertModel`) before any training."""
    import torch
    from transformers import HubertConfig, HubertModel

    torch.manual_seed(settings.seed)
    return HubertModel(
        HubertConfig(
            hidden_size=settings.width,
            num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads,
            intermediate_size=4 * settings.width,
            conv_dim=settings.convolutions,
            conv_kernel=KERNELS,
            conv_stride=STRIDES,
            # Layer norm, unlike the group norm of the real one, does not see the padding.
            feat_extract_norm="layer",
            conv_bias=True,
            num_conv_pos_embeddings=32,
            num_conv_pos_embedding_groups=4,
            layerdrop=0.0,
            mask_time_length=MASKED_FRAMES // 2,
        )
    ).eval()


def practice(count: int, seed: int) -> list[Utterance]:
    """What is said for practice, and how."""
    rng = np.random.default_rng([seed, 0])
    said = [
        (phrase.text, accent)
        for language in ("fa",)
        for accent in phrases.ACCENTS[language]
        for phrase in phrases.GRAMMARS[language]("practice", count, rng)
    ]
    return [
        Utterance(
            text,
            f"{accent}+{rng.choice(phrases.PRACTICE_VARIANTS)}",
            rate=int(rng.integers(120, 240)),
            pitch=int(rng.integers(100)),
            range=int(rng.integers(100)),
        )
        for text, accent in said
    ]


def practice_clips(count: int, seed: int) -> NDArray[np.float32]:
    """What `practice` says, of shape (count, samples); `UserError` where speech cannot be made."""
    rng = np.random.default_rng([seed, 1])
    length = int(CLIP_S * RATE_HZ)
    clips = []
    for samples in speak(practice(count, seed)):
        # A longer or shorter vocal tract.
        wave = audio.resample(
            sound.from_int16(samples), round(RATE * rng.uniform(0.85, 1.15)), RATE_HZ
        )
        clips.append(_coloured(sound.place(sound.trim(wave), length, rng), rng))
    return np.stack(clips)


def _coloured(wave: Waveform, rng: np.random.Generator) -> Waveform:
    """The sound in a manner of any kind, in noise."""
    if rng.random() < 0.3:
        wave = emotions.tremble(wave, RATE_HZ, rng.uniform(0.02, 0.1), rng)
    if rng.random() < 0.5:
        wave = emotions.strained(wave, rng.uniform(0.2, 1.5))
    wave = sound.tilt(wave, RATE_HZ, rng.uniform(-5, 5))
    return sound.add_noise(wave, rng.uniform(10, 20), rng)


def kinds(waves: Array, clusters: int, seed: int) -> NDArray[np.int64]:
    """The cluster of each frame of equally long clips: shape (clips, frames of the model)."""
    from sklearn.cluster import MiniBatchKMeans

    rows = mfcc.extract(TARGETS, list(waves))
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    found = MiniBatchKMeans(clusters, random_state=seed, batch_size=2048, n_init=1).fit_predict(
        rows
    )
    # The model's frame i lies around sample 345 + 320 i, the recipe's row i around 320 i.
    return found.reshape(len(waves), -1)[:, 1:-2].astype(np.int64)


def hidden(clips: int, frames: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which frames of which clips to hide: shape (clips, frames)."""
    begins = rng.random((clips, frames)) < MASK_SHARE
    begins[np.arange(clips), rng.integers(frames, size=clips)] = True
    spans = np.lib.stride_tricks.sliding_window_view(
        np.pad(begins, ((0, 0), (MASKED_FRAMES - 1, 0))), MASKED_FRAMES, axis=1
    )
    return spans.any(axis=2)


def practise(
    model: Any,
    heard: "torch.Tensor",
    wanted: "torch.Tensor",
    settings: Settings,
    announce: Callable[[str], None],
) -> list[float]:
    """Train `model` by masked prediction; the loss of each step."""
    import torch

    head = torch.nn.Linear(settings.width, settings.clusters)
    learnt = [*model.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(learnt, settings.learning_rate)
    rate = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, settings.learning_rate, settings.steps, pct_start=0.1
    )
    random = np.random.default_rng([settings.seed, 2])
    losses = []
    model.train()
    for step in range(1, settings.steps + 1):
        items = random.choice(len(heard), settings.batch_size, replace=False)
        mask = torch.from_numpy(hidden(len(items), wanted.shape[1], random))
        states = model(heard[items], mask_time_indices=mask).last_hidden_state
        loss = torch.nn.functional.cross_entropy(head(states[mask]), wanted[items][mask])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        rate.step()
        losses.append(loss.item())
        if step % 50 == 0:
            announce(f"step {step}/{settings.steps}: loss {loss.item():.3f}")
    model.eval()
    return losses
