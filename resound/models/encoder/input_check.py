"""Whether features are those that an encoder takes."""

from typing import Any

import torch

from resound.errors import UserError


def check_width(encoder: Any, batch: torch.Tensor, width: int, kind: str) -> None:
    """Raise UserError if the features are not those that the encoder takes."""
    if not batch.is_floating_point() or batch.shape[2] != width:
        raise UserError(
            f"a {encoder.config.model_type} takes features of kind `{kind}` with {width} values per"
            f" row, not {batch.shape[2]}"
        )
