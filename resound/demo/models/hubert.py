"""A small HuBERT that stands in for facebook/hubert-base-ls960 on demo data, trained on the spot.

It learns as Hsu et al. (2021) teach it in their first iteration: stretches of its input are hidden,
and it tells to which cluster of MFCC frames each frame belongs. What it practises on is spoken by
voices, and holds sentences, that the demo corpora have not, in manners of all kinds.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.data import audio
from resound.demo.corpora import emotions
from resound.demo.synthesis import phrases, sound
from resound.demo.synthesis.sound import Waveform
from resound.demo.synthesis.speech import RATE, Utterance, speak
from resound.features import mfcc
from resound.settings import Natural, Positive, PositiveNumber, settings

if TYPE_CHECKING:
    import torch

RATE_HZ = 16000
"""What HuBERT hears."""

CLIP_S = 2.0
"""Duration of a clip for practice."""

CHANNELS, KERNELS, STRIDES = (32, 64, 64), (40, 8, 8), (20, 4, 8)
"""Of the convolutions: a frame every 40 ms, at half the rate of the real model's seven."""

TARGETS = mfcc.Settings(kind="mfcc", hop_ms=20.0, mels=40, coefficients=13, deltas=1)
"""What is clustered: two rows a frame of the model."""

NEIGHBOURS = 25
"""Rows whose means and deviations are clustered too: half a second, for how one speaks."""

HIDDEN_FRAMES, HIDDEN_SHARE = 5, 0.08
"""Length of a hidden stretch (0.2 s) and share of frames at which one begins, as in the paper."""


@settings
class Settings:
    """A small HuBERT."""

    kind: Literal["hubert"]
    """A small HuBERT."""
    width: Positive = 64
    layers: Positive = 2
    heads: Positive = 4
    clips: Positive = 400
    """How many sentences it practises on."""
    clusters: Positive = 50
    """Kinds of frames that it learns to tell, and kinds of half seconds."""
    steps: Positive = 400
    batch_size: Positive = 8
    learning_rate: PositiveNumber = 0.002
    """The highest; it rises to it in a tenth of the steps and falls to zero along a cosine."""
    seed: Natural = 1


def make(settings: Settings, folder: Path, progress: Callable[[str], None]) -> None:
    """Train the model and save it with its feature extractor into `folder`.

    `UserError` where speech cannot be made or there are fewer sentences than asked for.
    """
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    waves = practice_clips(settings.clips, settings.seed)
    progress(f"practises on {len(waves)} sentences")
    extractor, model = feature_extractor(), untrained(settings)
    heard = extractor(list(waves), sampling_rate=RATE_HZ, return_tensors="pt").input_values
    practise(model, heard, settings, progress)
    for part in (model, extractor):
        part.save_pretrained(folder)


def feature_extractor() -> Any:
    """A `Wav2Vec2FeatureExtractor`: it makes each clip's mean 0 and deviation 1."""
    from transformers import Wav2Vec2FeatureExtractor

    return Wav2Vec2FeatureExtractor(
        feature_size=1, sampling_rate=RATE_HZ, do_normalize=True, return_attention_mask=True
    )


def untrained(settings: Settings) -> Any:
    """The model (a `HubertModel`) before any training."""
    import torch
    from transformers import HubertConfig, HubertModel

    torch.manual_seed(settings.seed)
    config = HubertConfig(
        hidden_size=settings.width,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        intermediate_size=4 * settings.width,
        conv_dim=CHANNELS,
        conv_kernel=KERNELS,
        conv_stride=STRIDES,
        num_conv_pos_embeddings=32,
        num_conv_pos_embedding_groups=4,
        # Norms as the large HuBERT has them: they do not see the padding of a batch, and few steps
        # of training do not upset them.
        feat_extract_norm="layer",
        conv_bias=True,
        do_stable_layer_norm=True,
        # Cheaper than the usual ones, for the time is short.
        feat_extract_activation="relu",
        hidden_act="relu",
        hidden_dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        layerdrop=0.0,
        mask_time_prob=0.05,
        mask_time_length=HIDDEN_FRAMES,
    )
    return HubertModel(config).eval()


def practice(count: int, seed: int) -> list[Utterance]:
    """What is said for practice, and how; `UserError` where there are not so many sentences."""
    rng = np.random.default_rng([seed, 0])
    accent = phrases.ACCENTS["fa"][0]
    return [
        Utterance(
            phrase.text,
            f"{accent}+{rng.choice(phrases.PRACTICE_VARIANTS)}",
            rate=int(rng.integers(120, 240)),
            pitch=int(rng.integers(100)),
            range=int(rng.integers(100)),
        )
        for phrase in phrases.persian("practice", count, rng)
    ]


def practice_clips(count: int, seed: int) -> Array:
    """What `practice` says, shape (count, samples); `UserError` where speech cannot be made."""
    rng = np.random.default_rng([seed, 1])
    clips = []
    for samples in speak(practice(count, seed)):
        # Played faster or slower, a voice has a shorter or longer vocal tract.
        pace = rng.uniform(0.85, 1.15)
        wave = audio.resample(sound.from_int16(samples), round(RATE * pace), RATE_HZ)
        placed = sound.place(sound.trim(wave), int(CLIP_S * RATE_HZ), rng)
        clips.append(_coloured(placed, rng))
    return np.stack(clips)


def _coloured(wave: Waveform, rng: np.random.Generator) -> Waveform:
    """The sound in some manner, in noise."""
    if rng.random() < 0.3:
        wave = emotions.tremble(wave, RATE_HZ, rng.uniform(0.02, 0.1), rng)
    if rng.random() < 0.5:
        wave = emotions.strained(wave, rng.uniform(0.2, 1.5))
    wave = sound.tilt(wave, RATE_HZ, rng.uniform(-5, 5))
    return sound.add_noise(wave, rng.uniform(10, 20), rng)


def kinds(waves: Array, frames: int, clusters: int, seed: int) -> NDArray[np.int64]:
    """What each frame of the model is to be told as: shape (2, clips, frames).

    First the cluster of the frame's MFCCs and deltas, then that of the coefficients' means and
    deviations around it. `waves`, of shape (clips, samples), are as the model hears them.
    """
    from scipy.ndimage import uniform_filter1d

    rows = mfcc.extract(TARGETS, list(waves)).reshape(len(waves), -1, TARGETS.width)
    still = rows[:, :, : TARGETS.coefficients].astype(np.float64)
    means, squares = (
        uniform_filter1d(part, NEIGHBOURS, axis=1, mode="nearest") for part in (still, still**2)
    )
    around = np.concatenate([means, np.sqrt(np.maximum(squares - means**2, 0))], axis=2)
    # The model's frame i lies around sample 370 + 640 i, row 2 i + 1 around 320 + 640 i.
    return np.stack([_clusters(x, clusters, seed)[:, 1::2][:, :frames] for x in (rows, around)])


def _clusters(rows: NDArray[np.floating], clusters: int, seed: int) -> NDArray[np.int64]:
    """The cluster of each row: shape (clips, rows) for that of (clips, rows, width)."""
    from sklearn.cluster import MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    flat = rows.reshape(-1, rows.shape[2])
    flat = (flat - flat.mean(axis=0)) / flat.std(axis=0)
    means = MiniBatchKMeans(clusters, batch_size=2048, n_init=1, random_state=seed)
    with threadpool_limits(1):
        found: NDArray[np.int64] = means.fit_predict(flat).astype(np.int64)
    return found.reshape(rows.shape[:2])


def hidden(clips: int, frames: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Which frames to hide: shape (clips, frames); stretches may overlap, each clip has one."""
    begins = rng.random((clips, frames)) < HIDDEN_SHARE
    begins[np.arange(clips), rng.integers(frames, size=clips)] = True
    ran_up = np.pad(begins, ((0, 0), (HIDDEN_FRAMES - 1, 0)))
    before = np.lib.stride_tricks.sliding_window_view(ran_up, HIDDEN_FRAMES, axis=1)
    return np.asarray(before.any(axis=2))


def practise(
    model: Any, heard: "torch.Tensor", settings: Settings, progress: Callable[[str], None]
) -> list[float]:
    """Train `model` on `heard`, of shape (clips, samples), and return the loss of each step.

    Hidden frames and heard ones weigh the same (the paper's `alpha` is 0.5): from hidden ones alone
    so short a training learns little.
    """
    import torch
    from torch.nn.functional import cross_entropy

    frames = int(model._get_feat_extract_output_lengths(heard.shape[1]))
    targets = kinds(heard.numpy(), frames, settings.clusters, settings.seed)
    wanted = torch.from_numpy(targets).permute(1, 2, 0)
    torch.manual_seed(settings.seed)
    head = torch.nn.Linear(settings.width, 2 * settings.clusters)
    learnt = [*model.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(learnt, settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: _pace(step / settings.steps)
    )
    random = np.random.default_rng([settings.seed, 2])
    losses = []
    model.train()
    for step in range(1, settings.steps + 1):
        items = random.integers(len(heard), size=settings.batch_size)
        mask = torch.from_numpy(hidden(len(items), frames, random))
        states = model(heard[items], mask_time_indices=mask).last_hidden_state
        guesses = head(states).unflatten(2, (2, settings.clusters))
        by_part = [
            cross_entropy(guesses[part].flatten(0, 1), wanted[items][part].flatten())
            for part in (mask, ~mask)
        ]
        loss = torch.stack(by_part).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 50 == 0:
            progress(f"step {step}/{settings.steps}: loss {loss.item():.3f}")
    model.eval()
    return losses


def _pace(done: float) -> float:
    """Share of the highest learning rate, from the share of steps that are done."""
    return min(1.0, 0.01 + 10 * done) * (1 + math.cos(math.pi * done)) / 2
