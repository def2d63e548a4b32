"""LSTM layers over sequences of unlike length, with one bias vector a gate."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence


class Recurrent(nn.Module):
    """Sequences to class logits: the last state of the last layer, then dense layers."""

    def __init__(
        self,
        width: int,
        layers: Sequence[int],
        bidirectional: bool,
        head: Sequence[int],
        dropout: float,
        classes: int,
    ) -> None:
        super().__init__()
        directions = 2 if bidirectional else 1
        widths = [width, *(directions * units for units in layers)]
        self.layers = nn.ModuleList(
            _lstm(below, units, bidirectional) for below, units in zip(widths, layers)
        )
        dense: list[nn.Module] = []
        below = widths[-1]
        for units in head:
            dense += [_dense(below, units), nn.ReLU(), nn.Dropout(dropout)]
            below = units
        self.head = nn.Sequential(*dense, _dense(below, classes))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """(items, steps, width), NaN after a sequence's end, or (items, steps), to logits.

        Steps after the end are not computed, so the padding changes nothing.
        """
        steps = batch if batch.ndim == 3 else batch[:, :, None]
        lengths = sequence_lengths(steps)
        steps = steps[:, : int(lengths.max())].nan_to_num()
        packed = pack_padded_sequence(steps, lengths.cpu(), batch_first=True, enforce_sorted=False)
        for layer in self.layers:
            packed, (state, _) = layer(packed)
        logits: torch.Tensor = self.head(state.transpose(0, 1).flatten(1))
        return logits


def sequence_lengths(batch: torch.Tensor) -> torch.Tensor:
    """How many steps each sequence of (items, steps, width) has before its padding of NaN."""
    return (~batch[:, :, 0].isnan()).sum(1)


def _lstm(width: int, units: int, bidirectional: bool) -> nn.LSTM:
    """A layer that begins as Keras' does: Glorot, orthogonal, and 1 for the forget gate's bias.

    torch adds two bias vectors in each gate; the second stays 0 and is not trained.
    """
    layer = nn.LSTM(width, units, batch_first=True, bidirectional=bidirectional)
    for name, parameter in layer.named_parameters():
        if name.startswith("weight_ih"):
            nn.init.xavier_uniform_(parameter)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(parameter)
        else:
            nn.init.zeros_(parameter)
            if name.startswith("bias_ih"):
                with torch.no_grad():
                    parameter[units : 2 * units] = 1.0
            else:
                parameter.requires_grad = False
    return layer


def _dense(width: int, units: int) -> nn.Linear:
    layer = nn.Linear(width, units)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
