"""Pretrained encoders, of sound (HuBERT and its kin) or of text (BERT and its kin).

A batch is padded: of waveforms (items, samples, 1) with NaN after each end, of tokens (items,
tokens, 2) with -1. What an encoder makes of an item does not depend on its company.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

from resound.errors import UserError
from resound.models.common.transformers_logging import quiet_transformers


def open_encoder(folder: Path) -> Any:
    """The encoder that `save_pretrained` wrote, heads pruned as it says.

    Raises UserError where the folder holds none that takes waveforms or tokens.
    """
    quiet_transformers()
    from transformers import AutoConfig, AutoModel

    try:
        config = AutoConfig.from_pretrained(folder)
        pruned = getattr(config, "resound_pruned_heads", None)
        if pruned:
            encoder = AutoModel.from_config(config)
            prune_heads(encoder, {int(layer): heads for layer, heads in pruned.items()})
            encoder.load_state_dict(load_file(folder / "model.safetensors"))
        else:
            encoder = AutoModel.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no encoder: {error}") from error
    layers_of(encoder)
    _heed_valid_steps_alone(encoder)
    return encoder


def open_tokenizer(folder: Path) -> Any:
    """The tokenizer of a text encoder. Raises UserError where there is none."""
    quiet_transformers()
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError) as error:
        raise UserError(f"{folder} holds no tokenizer: {error}") from error


def layers_of(encoder: Any) -> nn.ModuleList:
    """The transformer layers, in order. Raises UserError for another kind of model."""
    layers = getattr(getattr(encoder, "encoder", None), "layer", None)
    if layers is None:
        layers = getattr(getattr(encoder, "encoder", None), "layers", None)
    if not isinstance(layers, nn.ModuleList):
        raise UserError(f"a {encoder.config.model_type} is no encoder of waveforms or tokens")
    return layers


def keep_layers(encoder: Any, count: int) -> None:
    """Cut all layers after the first `count`. Raises UserError where there are not so many."""
    layers = layers_of(encoder)
    if count > len(layers):
        raise UserError(f"the model has {len(layers)} layers, not {count}")
    del layers[count:]
    encoder.config.num_hidden_layers = count


def freeze(encoder: Any, layers: int) -> None:
    """Keep the first `layers` layers from learning, and all that comes before them."""
    known = layers_of(encoder)
    if layers > len(known):
        raise UserError(f"the model has {len(known)} layers, not {layers}")
    learning = {id(p) for layer in known[layers:] for p in layer.parameters()}
    after = [getattr(encoder, "pooler", None), getattr(encoder.encoder, "layer_norm", None)]
    # A HuBERT whose layers normalise before they attend has one norm more, after the last of them.
    if not getattr(encoder.config, "do_stable_layer_norm", False):
        after = after[:1]
    learning |= {id(p) for module in after if module is not None for p in module.parameters()}
    for parameter in encoder.parameters():
        parameter.requires_grad = id(parameter) in learning


def drawn_heads(encoder: Any, shares: Mapping[int, float], seed: int) -> dict[int, list[int]]:
    """Which heads to prune, drawn by chance: of layers counted from 1 a share each."""
    random, heads = np.random.default_rng(seed), encoder.config.num_attention_heads
    return {
        layer - 1: sorted(random.permutation(heads)[: round(share * heads)].tolist())
        for layer, share in shares.items()
    }


def prune_heads(encoder: Any, heads: Mapping[int, Sequence[int]]) -> None:
    """Remove attention heads, of layers counted from 0: their rows and columns are gone.

    Raises UserError for a layer that is not there, or of which nothing would be left, and for
    encoders of another build than BERT's.
    """
    layers = layers_of(encoder)
    for number, gone in heads.items():
        if number >= len(layers):
            raise UserError(f"the model has {len(layers)} layers, not {number + 1}")
        block: Any = layers[number].attention
        attention = getattr(block, "self", None)
        if attention is None:
            raise UserError(f"heads of a {encoder.config.model_type} cannot be pruned")
        size, total = attention.attention_head_size, attention.num_attention_heads
        left = [head for head in range(total) if head not in gone]
        if not left:
            raise UserError(f"layer {number + 1} has {total} heads, and none would be left")
        kept = torch.cat([torch.arange(head * size, (head + 1) * size) for head in left])
        for name in ("query", "key", "value"):
            setattr(attention, name, _rows_of(getattr(attention, name), kept))
        block.output.dense = _columns_of(block.output.dense, kept)
        attention.num_attention_heads, attention.all_head_size = len(left), len(kept)
    # Names the layers when the model is opened again; JSON has no numbers for keys.
    encoder.config.resound_pruned_heads = {str(n): list(gone) for n, gone in heads.items()}


def states_of(
    encoder: Any, batch: torch.Tensor, each: bool = False
) -> tuple[list[torch.Tensor], torch.Tensor]:
    """The states (items, steps, width) of the last layer, or of `each`, and which are valid.

    Of `each`, the first are what enters the first layer. Steps that are not valid stand for
    nothing; the mask has shape (items, steps).
    """
    if batch.is_floating_point():
        heard = ~batch[:, :, 0].isnan()
        for module in encoder.modules():
            if isinstance(module, _GroupNorm):
                module.samples = heard.sum(1)
        told = encoder(
            input_values=batch[:, :, 0].nan_to_num(),
            attention_mask=heard.long(),
            output_hidden_states=each,
        )
        steps = told.last_hidden_state.shape[1]
        valid = encoder._get_feature_vector_attention_mask(steps, heard.long())
    else:
        valid = batch[:, :, 0] >= 0
        numbers, kinds = batch.clamp(min=0).unbind(2)
        told = encoder(
            input_ids=numbers,
            token_type_ids=kinds,
            attention_mask=valid.long(),
            output_hidden_states=each,
        )
    return list(told.hidden_states) if each else [told.last_hidden_state], valid


def mean_of(states: torch.Tensor, valid: torch.Tensor) -> torch.Tensor:
    """The mean of (items, steps, width) over valid steps: shape (items, width)."""
    # What is not valid may be anything, even no number.
    return states.masked_fill(~valid[:, :, None], 0).sum(1) / valid.sum(1, keepdim=True)


class _GroupNorm(nn.GroupNorm):
    """A norm of each channel over time that leaves padding out."""

    samples: torch.Tensor
    """How many samples of each item of the next batch are no padding."""

    def __init__(self, norm: nn.GroupNorm, kernel: int, stride: int) -> None:
        super().__init__(norm.num_groups, norm.num_channels, norm.eps)
        self.weight, self.bias = norm.weight, norm.bias
        self._kernel, self._stride = kernel, stride

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Normalise (items, channels, steps), a channel a group."""
        steps = (self.samples - self._kernel) // self._stride + 1
        valid = torch.arange(maps.shape[2], device=maps.device)[None, None] < steps[:, None, None]
        count = steps[:, None, None]
        exact = maps.float()
        mean = (exact * valid).sum(2, keepdim=True) / count
        variance = ((exact - mean).square() * valid).sum(2, keepdim=True) / count
        scaled = (exact - mean) * (variance + self.eps).rsqrt()
        return (scaled * self.weight[:, None] + self.bias[:, None]).to(maps.dtype)


def _heed_valid_steps_alone(encoder: Any) -> None:
    """Keep padding out of what a HuBERT's first convolution is normalised by.

    Its norm is over all of a clip's time, so that of a padded clip would be another.
    """
    front = getattr(encoder, "feature_extractor", None)
    if front is None:
        return
    first, config = front.conv_layers[0], encoder.config
    norm = getattr(first, "layer_norm", None)
    if isinstance(norm, nn.GroupNorm):
        first.layer_norm = _GroupNorm(norm, config.conv_kernel[0], config.conv_stride[0])


def _rows_of(layer: nn.Linear, kept: torch.Tensor) -> nn.Linear:
    made = nn.Linear(layer.in_features, len(kept))
    made.weight = nn.Parameter(layer.weight.detach()[kept].clone())
    made.bias = nn.Parameter(layer.bias.detach()[kept].clone())
    return made


def _columns_of(layer: nn.Linear, kept: torch.Tensor) -> nn.Linear:
    made = nn.Linear(len(kept), layer.out_features)
    made.weight = nn.Parameter(layer.weight.detach()[:, kept].clone())
    made.bias = layer.bias
    return made
