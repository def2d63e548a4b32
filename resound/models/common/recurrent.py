"""LSTM or GRU layers over sequences of varying length, with one bias vector per gate.

Sequences are padded, not packed: a state does not depend on later steps, so it is read at the end
of each sequence, and the backward direction processes each sequence reversed within its own length.
The result equals that of packing and is many times as fast on a CPU, where oneDNN's kernels do not
accept packed sequences of varying length.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

Cell = Literal["lstm", "gru"]


class Recurrent(nn.Module):
    """From sequences to class logits: the last state of the last layer, then dense layers."""

    def __init__(
        self,
        width: int,
        layers: Sequence[int],
        bidirectional: bool,
        head: Sequence[int],
        dropout: float,
        classes: int,
        cell: Cell = "lstm",
    ) -> None:
        super().__init__()
        directions = 2 if bidirectional else 1
        widths = [width, *(directions * units for units in layers)]
        self.layers = nn.ModuleList(
            _Layer(cell, below, units, bidirectional) for below, units in zip(widths, layers)
        )
        self.units = layers[-1]
        dense: list[nn.Module] = []
        below = widths[-1]
        for units in head:
            dense += [_dense(below, units), nn.ReLU(), nn.Dropout(dropout)]
            below = units
        self.head = nn.Sequential(*dense, _dense(below, classes))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return logits of (items, steps, width), padded with NaN, or of (items, steps).

        They do not depend on the padding.
        """
        steps = batch if batch.ndim == 3 else batch[:, :, None]
        lengths = sequence_lengths(steps)
        if not torch.onnx.is_in_onnx_export():  # only for speed
            steps = steps[:, : int(lengths.max())]
        steps = steps.nan_to_num()
        for layer in self.layers:
            steps = layer(steps, lengths)
        ends = (lengths - 1)[:, None, None].expand(-1, 1, self.units)
        last = steps[:, :, : self.units].gather(1, ends)[:, 0]
        logits: torch.Tensor = self.head(torch.cat([last, steps[:, 0, self.units :]], dim=1))
        return logits


class _Layer(nn.Module):
    """A recurrent layer of one direction, or of two, whose states are concatenated."""

    def __init__(self, cell: Cell, width: int, units: int, bidirectional: bool) -> None:
        super().__init__()
        self.forwards = _recurrent(cell, width, units)
        self.backwards = _recurrent(cell, width, units) if bidirectional else None

    def forward(self, steps: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Map (items, steps, width) to (items, steps, units of all directions)."""
        states: torch.Tensor = self.forwards(steps)[0]
        if self.backwards is None:
            return states
        reverse = reversed_sequences(self.backwards(reversed_sequences(steps, lengths))[0], lengths)
        return torch.cat([states, reverse], dim=2)


def reversed_sequences(batch: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Return each sequence of (items, steps, width) reversed; its padding stays at the end."""
    step = torch.arange(batch.shape[1], device=batch.device)
    ends = lengths[:, None]
    place = torch.where(step < ends, ends - 1 - step, step)
    return batch.gather(1, place[:, :, None].expand_as(batch))


def sequence_lengths(batch: torch.Tensor) -> torch.Tensor:
    """Return the steps of each sequence of (items, steps, width) before its padding with NaN."""
    return (~batch[:, :, 0].isnan()).sum(1)


def _recurrent(cell: Cell, width: int, units: int) -> nn.LSTM | nn.GRU:
    """Return a layer initialised as in Keras: Glorot, orthogonal, 1 for the forget gate's bias.

    torch adds two bias vectors in each gate; the second stays 0 and is not trained.
    """
    kind = nn.LSTM if cell == "lstm" else nn.GRU
    layer = kind(width, units, batch_first=True)
    for name, parameter in layer.named_parameters():
        if name.startswith("weight_ih"):
            nn.init.xavier_uniform_(parameter)
        elif name.startswith("weight_hh"):
            nn.init.orthogonal_(parameter)
        else:
            nn.init.zeros_(parameter)
            if name.startswith("bias_hh"):
                parameter.requires_grad = False
            elif cell == "lstm":
                with torch.no_grad():
                    parameter[units : 2 * units] = 1.0
    return layer


def _dense(width: int, units: int) -> nn.Linear:
    layer = nn.Linear(width, units)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
