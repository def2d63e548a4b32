"""LSTM layers over sequences of unlike length, with one bias vector a gate.

Sequences are padded, not packed: a state does not depend on later steps, so it is read at each
sequence's own end, and the backward direction reads each sequence turned round within its own
length. That gives what packing gives, and on a CPU many times as fast, for oneDNN's kernels take
no packed sequences of unlike length.
"""

from collections.abc import Sequence

import torch
from torch import nn


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
            _Layer(below, units, bidirectional) for below, units in zip(widths, layers)
        )
        self.units = layers[-1]
        dense: list[nn.Module] = []
        below = widths[-1]
        for units in head:
            dense += [_dense(below, units), nn.ReLU(), nn.Dropout(dropout)]
            below = units
        self.head = nn.Sequential(*dense, _dense(below, classes))

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """(items, steps, width), NaN after a sequence's end, or (items, steps), to logits.

        The padding changes nothing.
        """
        steps = batch if batch.ndim == 3 else batch[:, :, None]
        lengths = sequence_lengths(steps)
        steps = steps[:, : int(lengths.max())].nan_to_num()
        for layer in self.layers:
            steps = layer(steps, lengths)
        last = steps[torch.arange(len(steps), device=steps.device), lengths - 1, : self.units]
        logits: torch.Tensor = self.head(torch.cat([last, steps[:, 0, self.units :]], dim=1))
        return logits


class _Layer(nn.Module):
    """An LSTM layer of one direction, or of two, whose states stand side by side."""

    def __init__(self, width: int, units: int, bidirectional: bool) -> None:
        super().__init__()
        self.onward = _lstm(width, units)
        self.homeward = _lstm(width, units) if bidirectional else None

    def forward(self, steps: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """(items, steps, width) to (items, steps, units of all directions)."""
        states: torch.Tensor = self.onward(steps)[0]
        if self.homeward is None:
            return states
        from_end = turned(self.homeward(turned(steps, lengths))[0], lengths)
        return torch.cat([states, from_end], dim=2)


def turned(batch: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Each sequence of (items, steps, width) from its end to its beginning, its padding kept."""
    step = torch.arange(batch.shape[1], device=batch.device)
    ends = lengths[:, None]
    place = torch.where(step < ends, ends - 1 - step, step)
    return batch.gather(1, place[:, :, None].expand_as(batch))


def sequence_lengths(batch: torch.Tensor) -> torch.Tensor:
    """How many steps each sequence of (items, steps, width) has before its padding of NaN."""
    return (~batch[:, :, 0].isnan()).sum(1)


def _lstm(width: int, units: int) -> nn.LSTM:
    """A layer that begins as Keras' does: Glorot, orthogonal, and 1 for the forget gate's bias.

    torch adds two bias vectors in each gate; the second stays 0 and is not trained.
    """
    layer = nn.LSTM(width, units, batch_first=True)
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
