"""Crops of clips of varying length: random ones in training, evenly spaced ones in test."""

from collections.abc import Sequence

import torch
from torch import nn

from resound.models.common.augmentation import mask_frames_and_bands
from resound.models.common.crop_settings import OnCrops
from resound.models.common.recurrent import sequence_lengths
from resound.models.common.torch_learner import TorchLearner
from resound.training.learner import Examples
from resound.training.settings import Training


def crop_learner(
    network: nn.Module,
    model: OnCrops,
    training: Training,
    examples: Examples,
    seed: int,
    device: str,
) -> TorchLearner:
    """Return a learner that trains `network`, from crops to logits, on masked random crops."""

    def augment(batch: torch.Tensor) -> torch.Tensor:
        drawn = random_crops(batch, model.crop_frames)
        return mask_frames_and_bands(drawn, model.mask_frames, model.mask_bands)

    average = CropAverage(network, model.crop_frames, model.crops)
    return TorchLearner(average, training, examples, seed, device, augment)


def conv_blocks(channels: Sequence[int]) -> nn.Sequential:
    """Return blocks of convolution 3x3, batch normalisation, ReLU and 2x2 pooling.

    They map (items, frames, bands) to (items, channels, frames, bands), both halved by each block.
    """
    layers: list[nn.Module] = [OneChannel()]
    for below, own in zip([1, *channels], channels):
        convolution = nn.Conv2d(below, own, 3, padding=1, bias=False)
        layers += [convolution, nn.BatchNorm2d(own), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers)


class CropAverage(nn.Module):
    """A network over crops; in test the probabilities of a clip are the mean over its crops."""

    def __init__(self, network: nn.Module, frames: int, crops: int) -> None:
        super().__init__()
        self.network, self.frames, self.crops = network, frames, crops

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return logits: of crops in training, of whole clips in test.

        In test `batch` has shape (clips, frames, bands), padded with NaN; the logits of a clip are
        the logarithms of its mean probabilities.
        """
        if self.training:
            logits: torch.Tensor = self.network(batch)
            return logits
        slack = (sequence_lengths(batch) - self.frames).clamp(min=0)
        positions = torch.linspace(0, 1, self.crops, device=batch.device)
        probabilities = [
            self.network(crops(batch, (position * slack).round().long(), self.frames)).softmax(1)
            for position in positions
        ]
        return torch.stack(probabilities).mean(0).log()


class OneChannel(nn.Module):
    """Frames as maps of one channel: (items, frames, bands) to (items, 1, frames, bands)."""

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Insert the dimension of channels."""
        return frames[:, None]


class Steps(nn.Module):
    """Maps as a sequence: (items, channels, frames, bands) to (items, frames, channels * bands)."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return one vector per frame."""
        return maps.transpose(1, 2).flatten(2)


class MeanMaxPool(nn.Module):
    """Each channel's mean and maximum: (items, channels, ...) to (items, 2 * channels)."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Pool over all positions."""
        positions = maps.flatten(2)
        return torch.cat([positions.mean(2), positions.amax(2)], 1)


def random_crops(batch: torch.Tensor, frames: int) -> torch.Tensor:
    """Return one crop of each clip, at a random position."""
    slack = (sequence_lengths(batch) - frames).clamp(min=0)
    positions = torch.rand(len(batch)).to(batch.device)  # drawn on the CPU: equal on every device
    return crops(batch, (positions * (slack + 1)).long().minimum(slack), frames)


def crops(batch: torch.Tensor, start: torch.Tensor, frames: int) -> torch.Tensor:
    """Return `frames` frames of each clip from `start` on; a clip that ends starts again.

    From (items, most frames, bands), padded with NaN, to (items, frames, bands).
    """
    frame = start[:, None] + torch.arange(frames, device=batch.device)
    frame = frame % sequence_lengths(batch)[:, None]
    return batch.gather(1, frame[:, :, None].expand(-1, -1, batch.shape[2]))
