"""A small HuBERT, trained on demo data, that replaces facebook/hubert-base-ls960.

It is trained like the first iteration of Hsu et al. (2021): spans of the input are masked, and the
model predicts the MFCC cluster of each frame. The training clips share no voices and no sentences
with the demo corpora, and vary in rate, pitch and voice quality.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.data import audio
from resound.demo.corpora import emotions
from resound.demo.synthesis import phrases, sound
from resound.demo.synthesis.sound import Waveform
from resound.demo.synthesis.speech import RATE_HZ as SYNTHESIS_RATE_HZ
from resound.demo.synthesis.speech import Utterance, synthesise
from resound.features import mfcc
from resound.runtime.progress import Progress
from resound.settings import Natural, Positive, PositiveNumber, settings

if TYPE_CHECKING:
    import torch

RATE_HZ = 16000
"""Sample rate of the input of HuBERT in Hz."""

CLIP_S = 2.0
"""Duration of a training clip in seconds."""

CHANNELS, KERNELS, STRIDES = (32, 64, 64), (40, 8, 8), (20, 4, 8)
"""Of the convolutions: one frame per 40 ms, half the frame rate of the original model."""

TARGETS = mfcc.Settings(kind="mfcc", hop_ms=20.0, mels=40, coefficients=13, deltas=1)
"""Features to cluster: two rows per frame of the model."""

CONTEXT_ROWS = 25
"""Rows (half a second) over which means and standard deviations are computed and clustered too,
because they describe the manner of speaking."""

MASK_FRAMES, MASK_PROBABILITY = 5, 0.08
"""Length of a masked span (0.2 s), and probability that one begins at a frame, as in the paper."""


@settings
class Settings:
    """A small HuBERT, trained on demo data."""

    kind: Literal["hubert"]
    """HuBERT for self-supervised speech representations."""
    width: Positive = 64
    layers: Positive = 2
    heads: Positive = 4
    clips: Positive = 400
    """Number of training clips, each of a different sentence."""
    clusters: Positive = 50
    """Number of clusters of frames, and of clusters of half-second contexts."""
    steps: Positive = 400
    batch_size: Positive = 8
    learning_rate: PositiveNumber = 0.002
    """Peak learning rate, reached after a tenth of the steps; it then decays to zero along a
    cosine."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(settings: Settings, folder: Path, progress: Progress) -> None:
    """Train the model and save it with its feature extractor into `folder`.

    Raises `UserError` if speech synthesis fails, or if the grammar has too few sentences.
    """
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    waves = training_clips(settings.clips, settings.seed)
    progress(f"training on {len(waves)} sentences")
    extractor, model = build_feature_extractor(), build_model(settings)
    inputs = extractor(list(waves), sampling_rate=RATE_HZ, return_tensors="pt").input_values
    train(model, inputs, settings, progress)
    for component in (model, extractor):
        component.save_pretrained(folder)


def build_feature_extractor() -> Any:
    """Return a `Wav2Vec2FeatureExtractor` that scales each clip to mean 0 and variance 1."""
    from transformers import Wav2Vec2FeatureExtractor

    return Wav2Vec2FeatureExtractor(
        feature_size=1, sampling_rate=RATE_HZ, do_normalize=True, return_attention_mask=True
    )


def build_model(settings: Settings) -> Any:
    """Return a randomly initialised `HubertModel`."""
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
        # Layer norms as in the large HuBERT: they are independent of the padding of a batch, and
        # stable during a short training.
        feat_extract_norm="layer",
        conv_bias=True,
        do_stable_layer_norm=True,
        # Cheaper than the usual activations.
        feat_extract_activation="relu",
        hidden_act="relu",
        hidden_dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        layerdrop=0.0,
        mask_time_prob=0.05,
        mask_time_length=MASK_FRAMES,
    )
    return HubertModel(config).eval()


def training_utterances(count: int, seed: int) -> list[Utterance]:
    """Draw distinct sentences and the prosody of each.

    Raises `UserError` if the grammar has fewer than `count`.
    """
    rng = np.random.default_rng([seed, 0])
    accent = phrases.ACCENTS["fa"][0]
    return [
        Utterance(
            phrase.text,
            f"{accent}+{rng.choice(phrases.PRETRAINING_VARIANTS)}",
            rate=int(rng.integers(120, 240)),
            pitch=int(rng.integers(100)),
            range=int(rng.integers(100)),
        )
        for phrase in phrases.persian("pretraining", count, rng)
    ]


def training_clips(count: int, seed: int) -> Array:
    """Synthesise the `training_utterances` with random effects, shape (count, samples).

    Raises `UserError` if speech synthesis fails.
    """
    rng = np.random.default_rng([seed, 1])
    clips = []
    for samples in synthesise(training_utterances(count, seed)):
        # A change of the playback speed simulates a different length of the vocal tract.
        speed = rng.uniform(0.85, 1.15)
        source_hz = round(SYNTHESIS_RATE_HZ * speed)
        wave = audio.resample(sound.from_int16(samples), source_hz, RATE_HZ)
        placed = sound.place(sound.trim(wave), int(CLIP_S * RATE_HZ), rng)
        clips.append(_augment(placed, rng))
    return np.stack(clips)


def _augment(wave: Waveform, rng: np.random.Generator) -> Waveform:
    """Apply random tremor, saturation, spectral tilt and noise."""
    if rng.random() < 0.3:
        wave = emotions.add_tremor(wave, RATE_HZ, rng.uniform(0.02, 0.1), rng)
    if rng.random() < 0.5:
        wave = emotions.saturate(wave, rng.uniform(0.2, 1.5))
    wave = sound.tilt(wave, RATE_HZ, rng.uniform(-5, 5))
    return sound.add_noise(wave, rng.uniform(10, 20), rng)


def cluster_targets(waves: Array, frames: int, clusters: int, seed: int) -> NDArray[np.int64]:
    """Return the target clusters of each frame of the model, shape (2, clips, frames).

    The first row holds the cluster of the MFCCs and deltas of a frame, the second that of the
    means and standard deviations of the MFCCs around it. `waves`, of shape (clips, samples), is the
    input of the model.
    """
    from scipy.ndimage import uniform_filter1d

    rows = mfcc.extract(TARGETS, list(waves)).reshape(len(waves), -1, TARGETS.width)
    static = rows[:, :, : TARGETS.coefficients].astype(np.float64)
    means, squares = (
        uniform_filter1d(values, CONTEXT_ROWS, axis=1, mode="nearest")
        for values in (static, static**2)
    )
    context = np.concatenate([means, np.sqrt(np.maximum(squares - means**2, 0))], axis=2)
    # The centre of frame i of the model is sample 370 + 640 i, that of row 2 i + 1 is 320 + 640 i.
    return np.stack(
        [_cluster(values, clusters, seed)[:, 1::2][:, :frames] for values in (rows, context)]
    )


def _cluster(rows: NDArray[np.floating], clusters: int, seed: int) -> NDArray[np.int64]:
    """Return the cluster of each row, shape (clips, rows), for rows (clips, rows, width)."""
    from sklearn.cluster import MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    flat = rows.reshape(-1, rows.shape[2])
    flat = (flat - flat.mean(axis=0)) / flat.std(axis=0)
    kmeans = MiniBatchKMeans(clusters, batch_size=2048, n_init=1, random_state=seed)
    with threadpool_limits(1):
        assignments: NDArray[np.int64] = kmeans.fit_predict(flat).astype(np.int64)
    return assignments.reshape(rows.shape[:2])


def draw_mask(clips: int, frames: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw which frames to mask, shape (clips, frames).

    Spans may overlap, and each clip has at least one.
    """
    starts = rng.random((clips, frames)) < MASK_PROBABILITY
    starts[np.arange(clips), rng.integers(frames, size=clips)] = True
    padded = np.pad(starts, ((0, 0), (MASK_FRAMES - 1, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, MASK_FRAMES, axis=1)
    return np.asarray(windows.any(axis=2))


def train(
    model: Any, inputs: "torch.Tensor", settings: Settings, progress: Progress
) -> list[float]:
    """Train `model` on `inputs`, of shape (clips, samples), and return the loss of each step.

    Masked and unmasked frames have equal weight (`alpha` in the paper is 0.5), because a training
    this short learns little from masked frames alone.
    """
    import torch
    from torch.nn.functional import cross_entropy

    frames = int(model._get_feat_extract_output_lengths(inputs.shape[1]))
    clusters = cluster_targets(inputs.numpy(), frames, settings.clusters, settings.seed)
    targets = torch.from_numpy(clusters).permute(1, 2, 0)
    torch.manual_seed(settings.seed)
    head = torch.nn.Linear(settings.width, 2 * settings.clusters)
    parameters = [*model.parameters(), *head.parameters()]
    optimizer = torch.optim.AdamW(parameters, settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: _learning_rate_factor(step / settings.steps)
    )
    random = np.random.default_rng([settings.seed, 2])
    losses = []
    model.train()
    for step in range(1, settings.steps + 1):
        items = random.integers(len(inputs), size=settings.batch_size)
        mask = torch.from_numpy(draw_mask(len(items), frames, random))
        states = model(inputs[items], mask_time_indices=mask).last_hidden_state
        logits = head(states).unflatten(2, (2, settings.clusters))
        frame_losses = [
            cross_entropy(logits[selected].flatten(0, 1), targets[items][selected].flatten())
            for selected in (mask, ~mask)
        ]
        loss = torch.stack(frame_losses).mean()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % 50 == 0:
            progress(f"step {step}/{settings.steps}: loss {loss.item():.3f}")
    model.eval()
    return losses


def _learning_rate_factor(fraction: float) -> float:
    """Return the learning rate relative to its peak after a fraction of the steps."""
    return min(1.0, 0.01 + 10 * fraction) * (1 + math.cos(math.pi * fraction)) / 2
