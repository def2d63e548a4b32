"""What training does to inputs so that no two epochs see the same: (items, frames, bands)."""

import torch


def hide_frames_and_bands(batch: torch.Tensor, most_frames: int, most_bands: int) -> torch.Tensor:
    """A run of frames and a run of bands of each item set to zero (SpecAugment, Park et al. 2019).

    Each run is of a length drawn up to the most given.
    """
    return _mask(_mask(batch, most_frames, 1), most_bands, 2)


def shift(batch: torch.Tensor, most: int) -> torch.Tensor:
    """Move each item along time by up to `most` frames, round the end."""
    if not most:
        return batch
    items, frames, _ = batch.shape
    by = torch.randint(-most, most + 1, (items, 1)).to(batch.device)
    source = (torch.arange(frames, device=batch.device) - by) % frames
    return batch.gather(1, source[:, :, None].expand_as(batch))


def _mask(batch: torch.Tensor, most: int, axis: int) -> torch.Tensor:
    """Set a run of up to `most` places along `axis` to zero, the mean, in each item."""
    if not most:
        return batch
    items, places = batch.shape[0], batch.shape[axis]
    width = torch.randint(0, most + 1, (items, 1))
    start = (torch.rand(items, 1) * (places - width + 1).clamp(min=1)).long()
    place = torch.arange(places)
    hidden = ((place >= start) & (place < start + width)).to(batch.device)
    return batch.masked_fill(hidden[:, :, None] if axis == 1 else hidden[:, None, :], 0.0)
