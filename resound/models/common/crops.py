"""Excerpts of clips of unlike length: drawn by chance, or evenly spaced to vote."""

import torch
from torch import nn

from resound.models.common.recurrent import sequence_lengths


class Voting(nn.Module):
    """A network over excerpts; a clip in test has the mean of its excerpts' probabilities."""

    def __init__(self, network: nn.Module, frames: int, votes: int) -> None:
        super().__init__()
        self.network, self.frames, self.votes = network, frames, votes

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Logits of excerpts in training; in test, of clips (items, frames, bands), NaN at the end.

        Those of a clip are the logarithms of its mean probabilities.
        """
        if self.training:
            logits: torch.Tensor = self.network(batch)
            return logits
        room = (sequence_lengths(batch) - self.frames).clamp(min=0)
        shares = torch.linspace(0, 1, self.votes, device=batch.device)
        votes = [
            self.network(excerpts(batch, (share * room).round().long(), self.frames)).softmax(1)
            for share in shares
        ]
        return torch.stack(votes).mean(0).log()


class MeanAndMaximum(nn.Module):
    """Each channel's mean and maximum: (items, channels, ...) to (items, 2 * channels)."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Pool all places away."""
        places = maps.flatten(2)
        return torch.cat([places.mean(2), places.amax(2)], 1)


def random_excerpts(batch: torch.Tensor, frames: int) -> torch.Tensor:
    """An excerpt of each clip, anywhere in it."""
    room = (sequence_lengths(batch) - frames).clamp(min=0)
    shares = torch.rand(len(batch)).to(batch.device)  # drawn alike on every device
    return excerpts(batch, (shares * (room + 1)).long().minimum(room), frames)


def excerpts(batch: torch.Tensor, start: torch.Tensor, frames: int) -> torch.Tensor:
    """`frames` frames of each clip from `start` on; a clip that ends goes on from its beginning.

    (items, most frames, bands), NaN after a clip's end, to (items, frames, bands).
    """
    place = start[:, None] + torch.arange(frames, device=batch.device)
    place = place % sequence_lengths(batch)[:, None]
    return batch.gather(1, place[:, :, None].expand(-1, -1, batch.shape[2]))
