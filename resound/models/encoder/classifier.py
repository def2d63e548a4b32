"""An encoder with a head that tells classes: made, saved, opened again.

The head is a layer normalisation if wanted, a dense layer with ReLU if wanted, dropout, and a
dense layer to the classes.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from resound.errors import UserError
from resound.models.encoder import backbone
from resound.models.encoder.settings import Head, Settings

HEAD = "head.safetensors"
"""The head's weights, beside the files of `save_pretrained`."""


class Classifier(nn.Module):
    """Logits of padded batches of waveforms or tokens: (items, ...) to (items, classes)."""

    def __init__(self, encoder: Any, pool: str, head: Head, classes: int) -> None:
        super().__init__()
        self.encoder, self.pool, self._head = encoder, pool, head
        if pool == "pooler" and getattr(encoder, "pooler", None) is None:
            raise UserError(f"a {encoder.config.model_type} has no pooler: say `pool: mean`")
        if pool == "mean" and getattr(encoder, "pooler", None) is not None:
            encoder.pooler = None  # else it would count as learning
        width: int = encoder.config.hidden_size
        layers: list[nn.Module] = [nn.LayerNorm(width)] if head.normalise else []
        if head.hidden:
            layers += [nn.Linear(width, head.hidden), nn.ReLU()]
        layers += [nn.Dropout(head.dropout), nn.Linear(head.hidden or width, classes)]
        self.head = nn.Sequential(*layers)

    @classmethod
    def begin(cls, folder: Path, model: Settings, classes: int, seed: int) -> "Classifier":
        """The encoder in `folder`, cut, pruned and frozen as `model` says, with a new head.

        Raises UserError where there is none, or one that `model` does not fit.
        """
        encoder = backbone.open_encoder(folder)
        if model.layers:
            backbone.keep_layers(encoder, model.layers)
        if model.prune_heads:
            heads = backbone.drawn_heads(encoder, model.prune_heads, seed)
            backbone.prune_heads(encoder, heads)
        if isinstance(model.freeze, int):
            backbone.freeze(encoder, model.freeze)
        elif model.freeze == "encoder":
            encoder.requires_grad_(False)
        return cls(encoder, model.pool, model.head, classes)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Logits of a padded batch; those of an item do not depend on the others."""
        states, valid = backbone.states_of(self.encoder, batch)
        if self.pool == "pooler":
            pooled = self.encoder.pooler(states[-1])
        else:
            pooled = backbone.mean_of(states[-1], valid)
        logits: torch.Tensor = self.head(pooled)
        return logits

    def save(self, folder: Path, classes: list[str]) -> None:
        """Write the encoder by `save_pretrained`, so that `AutoModel` opens it, and the head.

        A pruned encoder is opened by `resound.models.encoder.backbone.open_encoder` alone: transformers knows
        no layers of unlike heads.
        """
        self.encoder.config.resound_head = {
            "pool": self.pool,
            "normalise": self._head.normalise,
            "hidden": self._head.hidden,
            "dropout": self._head.dropout,
            "classes": classes,
        }
        self.encoder.save_pretrained(folder)
        tensors = {name: tensor.contiguous() for name, tensor in self.head.state_dict().items()}
        save_file(tensors, folder / HEAD)

    @classmethod
    def open(cls, folder: Path) -> tuple["Classifier", list[str]]:
        """What `save` wrote, ready to be asked, and its classes.

        Raises UserError where the folder holds no such classifier.
        """
        try:
            told = json.loads((folder / "config.json").read_text())["resound_head"]
            weights = load_file(folder / HEAD)
        except (OSError, KeyError, json.JSONDecodeError) as error:
            raise UserError(f"{folder} holds no classifier: {error}") from error
        head = Head(**{key: told[key] for key in ("normalise", "hidden", "dropout")})
        made = cls(backbone.open_encoder(folder), told["pool"], head, len(told["classes"]))
        made.head.load_state_dict(weights)
        return made.eval(), told["classes"]
