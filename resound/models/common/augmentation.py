"""Random changes of training inputs of shape (items, frames, bands)."""

import torch


def mask_frames_and_bands(batch: torch.Tensor, most_frames: int, most_bands: int) -> torch.Tensor:
    """Set a run of frames and a run of bands of each item to zero (SpecAugment, Park et al. 2019).

    The length of each run is drawn between zero and the most given.
    """
    return _mask(_mask(batch, most_frames, 1), most_bands, 2)


def shift(batch: torch.Tensor, most: int) -> torch.Tensor:
    """Shift each item cyclically along time by up to `most` frames in either direction."""
    if not most:
        return batch
    items, frames, _ = batch.shape
    offset = torch.randint(-most, most + 1, (items, 1)).to(batch.device)
    source = (torch.arange(frames, device=batch.device) - offset) % frames
    return batch.gather(1, source[:, :, None].expand_as(batch))


def _mask(batch: torch.Tensor, most: int, axis: int) -> torch.Tensor:
    """Set a run of up to `most` positions along `axis` to zero, the mean, in each item."""
    if not most:
        return batch
    items, size = batch.shape[0], batch.shape[axis]
    width = torch.randint(0, most + 1, (items, 1))
    start = (torch.rand(items, 1) * (size - width + 1).clamp(min=1)).long()
    position = torch.arange(size)
    masked = ((position >= start) & (position < start + width)).to(batch.device)
    return batch.masked_fill(masked[:, :, None] if axis == 1 else masked[:, None, :], 0.0)
