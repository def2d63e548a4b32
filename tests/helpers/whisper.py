"""A small untrained Whisper: its texts are noise, but deterministic."""

from pathlib import Path

import numpy as np
import torch

from resound.arrays import Array
from resound.demo.models import whisper as demo_whisper
from resound.features import whisper
from resound.models.whisper.model import Recogniser

CONFIGURATION = whisper.Settings(kind="whisper", mels=20, hop_ms=40, window_s=2)
POSITIONS = CONFIGURATION.frames // 2
"""Positions of the encoder, each of which has a token for its time."""

TEXTS = ("سلام دنیا", "کتاب را خواند", "the child likes milk")


def save_untrained(
    folder: Path, seed: int = 1, configuration: whisper.Settings = CONFIGURATION
) -> Path:
    """Write an untrained model with its tokenizer and feature extractor."""
    settings = demo_whisper.Settings(
        kind="whisper",
        features="any",
        sentences={"fa": 1},
        width=32,
        layers=1,
        vocabulary=270,
        tokens=24,
        seed=seed,
    )
    model, tokenizer, extractor = demo_whisper.build_model(settings, configuration, TEXTS)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter *= 5  # with its small initial weights all tokens would be about as likely
    for part in (model, tokenizer, extractor):
        part.save_pretrained(folder)
    return folder


def add_timestamps(recogniser: Recogniser) -> Recogniser:
    """Give an untrained model tokens for times, as pretrained models have; it is changed."""
    first = recogniser.model.generation_config.no_timestamps_token_id + 1
    assert first == recogniser.model.config.vocab_size == len(recogniser.tokenizer)
    recogniser.tokenizer.add_tokens([f"<|{0.08 * n:.2f}|>" for n in range(POSITIONS + 1)])
    recogniser.model.resize_token_embeddings(first + POSITIONS + 1, mean_resizing=False)
    torch.manual_seed(2)
    with torch.no_grad():
        recogniser.model.proj_out.weight[first:] = 0.3 * torch.randn(POSITIONS + 1, 32)
    generation = recogniser.model.generation_config
    generation.max_initial_timestamp_index = 5
    generation.prev_sot_token_id = recogniser.tokenizer.convert_tokens_to_ids("<|startofprev|>")
    return recogniser


def make_clips(count: int, seed: int = 0) -> list[Array]:
    """Return features of noise of varying length and colour."""
    random = np.random.default_rng(seed)
    waves = [random.standard_normal(random.integers(4000, 30000)) for _ in range(count)]
    coloured = [np.cumsum(wave) * 0.01 if n % 2 else wave for n, wave in enumerate(waves)]
    return [whisper.extract(CONFIGURATION, [wave.astype(np.float32)]) for wave in coloured]
