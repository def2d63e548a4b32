"""The encoder of a Whisper model: it takes log-mel frames, in a window of fixed length."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from resound.errors import UserError
from resound.features.common.whisper_scale import silence
from resound.models.encoder.input_check import check_width


def open_whisper_encoder(folder: Path, config: Any, weights: str) -> Any:
    """Return the encoder of a Whisper model, or one that was saved without a decoder."""
    from transformers import WhisperModel
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    if weights == "random":
        return WhisperEncoder(config)
    if config.architectures == ["WhisperEncoder"]:
        return WhisperEncoder.from_pretrained(folder)
    return WhisperModel.from_pretrained(folder).encoder


def keep_positions(encoder: Any, count: int) -> None:
    """Shorten the window of a Whisper encoder to its first positions, two frames each.

    The windows of its pretraining are 30 s of 1,500 positions; the time of a clip is proportional
    to them. Raises UserError for encoders without a fixed window.
    """
    table = getattr(encoder, "embed_positions", None)
    if encoder.config.model_type != "whisper" or table is None:
        raise UserError(f"a {encoder.config.model_type} has no window: drop `positions`")
    count = min(count, table.num_embeddings)
    shorter = nn.Embedding(count, table.embedding_dim)
    shorter.weight = nn.Parameter(table.weight.detach()[:count].clone(), requires_grad=False)
    encoder.embed_positions = shorter
    encoder.config.max_source_positions = encoder.max_source_positions = count


def whisper_states(encoder: Any, batch: torch.Tensor, all_layers: bool) -> tuple[Any, torch.Tensor]:
    """Return the output for log-mel frames, followed by silence, and the valid positions."""
    check_width(encoder, batch, encoder.config.num_mel_bins, "whisper")
    frames = 2 * encoder.config.max_source_positions
    batch = batch[:, :frames]
    lengths = (~batch[:, :, 0].isnan()).sum(1)
    loudest = batch.nan_to_num(-torch.inf).amax((1, 2))
    image = torch.where(batch.isnan(), silence(loudest)[:, None, None], batch)
    rest = silence(loudest)[:, None, None].expand(-1, frames - image.shape[1], batch.shape[2])
    image = torch.cat([image, rest], dim=1).transpose(1, 2).contiguous()
    output = encoder(image, output_hidden_states=all_layers)
    positions = torch.arange(output.last_hidden_state.shape[1], device=batch.device)
    return output, positions < ((lengths + 1) // 2)[:, None]
