"""Pretrained encoders of sound (HuBERT and similar, Whisper's) or of text (BERT and similar).

Batches are padded: waveforms (items, samples, 1) and log-mel frames (items, frames, mels) with NaN,
tokens (items, tokens, 2) with -1. The states of an item do not depend on the other items of its
batch.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from resound.errors import UserError
from resound.models.common.hub import silence_transformers
from resound.models.encoder.input_check import check_width
from resound.models.encoder.whisper_encoder import (
    keep_positions,
    open_whisper_encoder,
    whisper_states,
)


def open_encoder(
    folder: Path,
    weights: Literal["pretrained", "random"] = "pretrained",
    positions: int | None = None,
) -> Any:
    """Return the encoder that `save_pretrained` wrote, with its heads pruned as saved.

    `random` weights are drawn by torch's generator, as the architecture initialises them. Of a
    Whisper model it is the encoder, of whose `positions` only the first are kept. Raises UserError
    if the folder holds no encoder of waveforms, log-mel frames or tokens.
    """
    silence_transformers()
    from transformers import AutoConfig, AutoModel

    try:
        config = AutoConfig.from_pretrained(folder)
        pruned = getattr(config, "resound_pruned_heads", None)
        if pruned:
            encoder = AutoModel.from_config(config)
            prune_heads(encoder, {int(layer): heads for layer, heads in pruned.items()})
            encoder.load_state_dict(load_file(folder / "model.safetensors"))
        elif config.model_type == "whisper":
            encoder = open_whisper_encoder(folder, config, weights)
        elif weights == "random":
            encoder = AutoModel.from_config(config)
        else:
            encoder = AutoModel.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no encoder: {error}") from error
    layers_of(encoder)
    encoder.float()  # some are stored in half precision
    _exclude_padding_from_norm(encoder)
    if positions:
        keep_positions(encoder, positions)
    return encoder


def open_tokenizer(folder: Path) -> Any:
    """Return the tokenizer of a text encoder. Raises UserError if there is none."""
    silence_transformers()
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no tokenizer: {error}") from error


def layers_of(encoder: Any) -> nn.ModuleList:
    """Return the transformer layers, in order. Raises UserError for another kind of model."""
    stack = _stack(encoder)
    layers = getattr(stack, "layer", None)
    if layers is None:
        layers = getattr(stack, "layers", None)
    if not isinstance(layers, nn.ModuleList):
        raise UserError(f"a {encoder.config.model_type} is not an encoder of waveforms or tokens")
    return layers


def _stack(encoder: Any) -> Any:
    """Return the module that has the layers: in a Whisper encoder it is the encoder itself."""
    return getattr(encoder, "encoder", encoder)


def keep_layers(encoder: Any, count: int) -> None:
    """Remove all layers after the first `count`. Raises UserError if there are fewer."""
    layers = layers_of(encoder)
    if count > len(layers):
        raise UserError(f"the model has {len(layers)} layers, not {count}")
    del layers[count:]
    encoder.config.num_hidden_layers = count


def freeze(encoder: Any, layers: int, embeddings: bool = True) -> None:
    """Freeze the first `layers` layers and, with `embeddings`, everything before them.

    Raises UserError if there are fewer layers.
    """
    known = layers_of(encoder)
    if layers > len(known):
        raise UserError(f"the model has {len(known)} layers, not {layers}")
    in_layers = {id(p) for p in known.parameters()}
    trainable = {id(p) for p in known[layers:].parameters()}
    after = [getattr(encoder, "pooler", None), getattr(_stack(encoder), "layer_norm", None)]
    # A HuBERT whose layers normalise before attention has one more norm, after the last layer; so
    # has Whisper.
    normalises_first = getattr(encoder.config, "do_stable_layer_norm", False)
    if not normalises_first and encoder.config.model_type != "whisper":
        after = after[:1]
    trainable |= {id(p) for module in after if module is not None for p in module.parameters()}
    if not embeddings:
        trainable |= {id(p) for p in encoder.parameters()} - in_layers
    for parameter in encoder.parameters():
        parameter.requires_grad = id(parameter) in trainable


def random_heads(encoder: Any, fractions: Mapping[int, float], seed: int) -> dict[int, list[int]]:
    """Return the heads to prune, drawn from `seed`: a fraction of each layer, counted from 1."""
    random, heads = np.random.default_rng(seed), encoder.config.num_attention_heads
    return {
        layer - 1: sorted(random.permutation(heads)[: round(fraction * heads)].tolist())
        for layer, fraction in fractions.items()
    }


def prune_heads(encoder: Any, heads: Mapping[int, Sequence[int]]) -> None:
    """Remove attention heads from layers, counted from 0, with their rows and columns.

    Raises UserError for a layer that does not exist or would keep no head, and for encoders whose
    attention is not built like BERT's.
    """
    layers = layers_of(encoder)
    for number, pruned in heads.items():
        if number >= len(layers):
            raise UserError(f"the model has {len(layers)} layers, not {number + 1}")
        block: Any = getattr(layers[number], "attention", None)
        attention = getattr(block, "self", None)
        if attention is None:
            raise UserError(f"heads of a {encoder.config.model_type} cannot be pruned")
        size, total = attention.attention_head_size, attention.num_attention_heads
        remaining = [head for head in range(total) if head not in pruned]
        if not remaining:
            raise UserError(f"layer {number + 1} has {total} heads, and none would remain")
        kept = torch.cat([torch.arange(head * size, (head + 1) * size) for head in remaining])
        for name in ("query", "key", "value"):
            setattr(attention, name, _select_rows(getattr(attention, name), kept))
        block.output.dense = _select_columns(block.output.dense, kept)
        attention.num_attention_heads, attention.all_head_size = len(remaining), len(kept)
    # For loading; keys in JSON are strings.
    encoder.config.resound_pruned_heads = {str(n): list(pruned) for n, pruned in heads.items()}


def hidden_states(
    encoder: Any, batch: torch.Tensor, all_layers: bool = False
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """Return the states (items, steps, width) of the last or of all layers, and the valid steps.

    The first of all layers is the input of the first layer. The mask of valid steps has shape
    (items, steps); the states of other steps are meaningless.
    """
    if encoder.config.model_type == "whisper":
        output, valid = whisper_states(encoder, batch, all_layers)
    elif batch.is_floating_point():
        check_width(encoder, batch, 1, "waveform")
        mask = ~batch[:, :, 0].isnan()
        for module in encoder.modules():
            if isinstance(module, _GroupNorm):
                module.samples = mask.sum(1)
        output = encoder(
            input_values=batch[:, :, 0].nan_to_num(),
            attention_mask=mask.long(),
            output_hidden_states=all_layers,
        )
        steps = output.last_hidden_state.shape[1]
        valid = encoder._get_feature_vector_attention_mask(steps, mask.long())
    else:
        valid = batch[:, :, 0] >= 0
        numbers, kinds = batch.clamp(min=0).unbind(2)
        output = encoder(
            input_ids=numbers,
            token_type_ids=kinds,
            attention_mask=valid.long(),
            output_hidden_states=all_layers,
        )
    states = list(output.hidden_states) if all_layers else [output.last_hidden_state]
    return states, valid


def pad_to(batch: torch.Tensor, length: int) -> torch.Tensor:
    """Return a padded batch with `length` steps per item, in which padding is zero.

    Longer items are truncated. `hidden_states` takes the zeros for a part of the item.
    """
    cut = batch[:, :length]
    valid = cut.nan_to_num() if cut.is_floating_point() else cut.clamp(min=0)
    return torch.nn.functional.pad(valid, (0, 0, 0, length - cut.shape[1]))


def mean_over_valid(states: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Return the mean of (items, steps, width) over valid steps, shape (items, width)."""
    # States of invalid steps may be anything, NaN included.
    return states.masked_fill(~valid[:, :, None], 0).sum(1) / valid.sum(1, keepdim=True)


def max_over_valid(states: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """Return the greatest of (items, steps, width) over valid steps, shape (items, width)."""
    return states.masked_fill(~valid[:, :, None], -torch.inf).amax(1)


class _GroupNorm(nn.GroupNorm):
    """Normalisation of each channel over time that excludes padding."""

    samples: torch.Tensor
    """Number of samples before the padding of each item of the next batch."""

    def __init__(self, norm: nn.GroupNorm, kernel: int, stride: int) -> None:
        super().__init__(norm.num_groups, norm.num_channels, norm.eps)
        self.weight, self.bias = norm.weight, norm.bias
        self._kernel, self._stride = kernel, stride

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Normalise (items, channels, steps), each channel separately."""
        steps = (self.samples - self._kernel) // self._stride + 1
        valid = torch.arange(maps.shape[2], device=maps.device)[None, None] < steps[:, None, None]
        count = steps[:, None, None]
        exact = maps.float()
        mean = (exact * valid).sum(2, keepdim=True) / count
        variance = ((exact - mean).square() * valid).sum(2, keepdim=True) / count
        scaled = (exact - mean) * (variance + self.eps).rsqrt()
        return (scaled * self.weight[:, None] + self.bias[:, None]).to(maps.dtype)


def _exclude_padding_from_norm(encoder: Any) -> None:
    """Exclude padding from the normalisation of a HuBERT's first convolution.

    It normalises over the whole time axis, so padding would change the result.
    """
    front = getattr(encoder, "feature_extractor", None)
    if front is None:
        return
    first, config = front.conv_layers[0], encoder.config
    norm = getattr(first, "layer_norm", None)
    if isinstance(norm, nn.GroupNorm):
        first.layer_norm = _GroupNorm(norm, config.conv_kernel[0], config.conv_stride[0])


def _select_rows(layer: nn.Linear, kept: torch.Tensor) -> nn.Linear:
    selected = nn.Linear(layer.in_features, len(kept))
    selected.weight = nn.Parameter(layer.weight.detach()[kept].clone())
    selected.bias = nn.Parameter(layer.bias.detach()[kept].clone())
    return selected


def _select_columns(layer: nn.Linear, kept: torch.Tensor) -> nn.Linear:
    selected = nn.Linear(len(kept), layer.out_features)
    selected.weight = nn.Parameter(layer.weight.detach()[:, kept].clone())
    selected.bias = layer.bias
    return selected
