"""An encoder with a classification head: built from a pretrained encoder, saved, loaded.

The head is an optional normalisation (of layers or batches), an optional dense layer with ReLU,
dropout, and a dense layer to the classes.
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
"""Name of the file of the head's weights, beside the files of `save_pretrained`."""


class Classifier(nn.Module):
    """Logits of padded batches of waveforms or tokens: (items, ...) to (items, classes)."""

    def __init__(
        self, encoder: Any, pool: str, head: Head, classes: int, length: int | None = None
    ) -> None:
        """Put a new head on `encoder`.

        With a `length`, every clip is padded with zeros to this number of steps, or truncated, and
        the padding is not masked.
        """
        super().__init__()
        self.encoder, self.pool, self._head, self._classes = encoder, pool, head, classes
        self.length = length
        if pool == "pooler" and getattr(encoder, "pooler", None) is None:
            raise UserError(f"a {encoder.config.model_type} has no pooler: use `pool: mean`")
        if pool != "pooler" and getattr(encoder, "pooler", None) is not None:
            encoder.pooler = None  # otherwise its parameters would count as trainable
        width: int = encoder.config.hidden_size
        layers: list[nn.Module] = []
        if head.normalise != "none":
            norm = nn.LayerNorm if head.normalise == "layer" else nn.BatchNorm1d
            layers.append(norm(width))
        if head.hidden:
            layers += [nn.Linear(width, head.hidden), nn.ReLU()]
        layers += [nn.Dropout(head.dropout), nn.Linear(head.hidden or width, classes)]
        self.head = nn.Sequential(*layers)

    @classmethod
    def from_pretrained(
        cls,
        folder: Path,
        model: Settings,
        classes: int,
        seed: int,
        length: int | None = None,
    ) -> "Classifier":
        """Return the encoder in `folder`, truncated, pruned and frozen as `model` says, and a head.

        Of an encoder with random weights, only the architecture is read from `folder`.
        Clips are padded to `length` if there is one. Raises UserError if there is no encoder, or
        one that `model` does not fit.
        """
        encoder = backbone.open_encoder(folder, model.weights, model.positions)
        if model.layers:
            backbone.keep_layers(encoder, model.layers)
        if model.prune_heads:
            heads = backbone.random_heads(encoder, model.prune_heads, seed)
            backbone.prune_heads(encoder, heads)
        if isinstance(model.freeze, int):
            backbone.freeze(encoder, model.freeze, model.freeze_embeddings)
        elif model.freeze == "encoder":
            encoder.requires_grad_(False)
        return cls(encoder, model.pool, model.head, classes, length)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the logits of a padded batch.

        In evaluation mode, those of an item do not depend on the others.
        """
        if self.length is not None:
            batch = backbone.pad_to(batch, self.length)
        states, valid = backbone.hidden_states(self.encoder, batch)
        if self.pool == "pooler":
            pooled = self.encoder.pooler(states[-1])
        else:
            over = backbone.max_over_valid if self.pool == "max" else backbone.mean_over_valid
            pooled = over(states[-1], valid)
        logits: torch.Tensor = self.head(pooled)
        return logits

    def save(self, folder: Path) -> None:
        """Write the encoder by `save_pretrained`, so that `AutoModel` loads it, and the head.

        Only `resound.models.encoder.backbone.open_encoder` loads a pruned encoder: in transformers
        all layers have the same number of heads.
        """
        self.encoder.config.resound_head = {
            "pool": self.pool,
            "length": self.length,
            "normalise": self._head.normalise,
            "hidden": self._head.hidden,
            "dropout": self._head.dropout,
            "classes": self._classes,
        }
        self.encoder.save_pretrained(folder)
        tensors = {name: tensor.contiguous() for name, tensor in self.head.state_dict().items()}
        save_file(tensors, folder / HEAD)

    @classmethod
    def load(cls, folder: Path) -> "Classifier":
        """Return what `save` wrote, in evaluation mode.

        Raises UserError if the folder holds no such classifier.
        """
        try:
            saved = json.loads((folder / "config.json").read_text())["resound_head"]
            weights = load_file(folder / HEAD)
        except (OSError, KeyError, json.JSONDecodeError) as error:
            raise UserError(f"{folder} holds no classifier: {error}") from error
        head = Head(**{key: saved[key] for key in ("normalise", "hidden", "dropout")})
        encoder = backbone.open_encoder(folder)
        classifier = cls(encoder, saved["pool"], head, saved["classes"], saved["length"])
        classifier.head.load_state_dict(weights)
        return classifier.eval()
