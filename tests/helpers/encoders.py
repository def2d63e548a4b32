"""Small untrained encoders of sound and of text, in the files of `save_pretrained`."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] a b c d e f g h".split()


def save_hubert(folder: Path, norm: str = "group", **changes: Any) -> Path:
    """Write a HuBERT of two layers with a normalisation `norm` of its first convolution."""
    from transformers import HubertConfig, HubertModel

    torch.manual_seed(0)
    settings: dict[str, Any] = {
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "conv_dim": (8, 8),
        "conv_kernel": (10, 4),
        "conv_stride": (5, 4),
        "num_conv_pos_embeddings": 8,
        "num_conv_pos_embedding_groups": 2,
        "feat_extract_norm": norm,
        "mask_time_length": 2,
    }
    model = HubertModel(HubertConfig(**settings | changes)).eval()
    # Untrained norms are the identity, so an error in their parameters would not be seen.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    return folder


def save_bert(folder: Path, layers: int = 12) -> Path:
    """Write a BERT of narrow layers and its tokenizer, whose vocabulary is `WORDS`."""
    from transformers import BertConfig, BertModel, BertTokenizer

    torch.manual_seed(0)
    model = BertModel(
        BertConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            num_hidden_layers=layers,
            num_attention_heads=4,
            intermediate_size=32,
            max_position_embeddings=64,
            initializer_range=0.2,
        )
    )
    model.save_pretrained(folder)
    vocabulary = {word: n for n, word in enumerate(WORDS)}
    BertTokenizer(vocab=vocabulary).save_pretrained(folder)
    return folder


def make_waves(*lengths: int) -> list[np.ndarray]:
    """Return noise of each of the given numbers of samples, shape (samples, 1)."""
    random = np.random.default_rng(0)
    return [random.normal(0, 1, (length, 1)).astype(np.float32) for length in lengths]


def make_sentences(*lengths: int) -> list[np.ndarray]:
    """Return pairs of texts of each of the given numbers of tokens, shape (tokens, 2)."""
    random = np.random.default_rng(0)
    pairs = []
    for length in lengths:
        numbers = random.integers(5, len(WORDS), length)
        pairs.append(np.stack([numbers, np.arange(length) > length // 2], 1).astype(np.int32))
    return pairs
