"""Trained networks in the format ONNX, which other runtimes and languages read."""

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn

from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features.common.kinds import configuration_of
from resound.models.common.saved_model import SavedModel
from resound.models.common.torch_learner import TorchLearner

_BATCH = 3
"""Items of the example by which a network is traced; any number can be given to what is written."""
_ROWS = 20
"""Rows of features of an example clip where the model does not pad clips."""


class _Probabilities(nn.Module):
    """A network whose output is probabilities."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return probabilities, shape (items, classes)."""
        logits: torch.Tensor = self.network(inputs)
        return logits.softmax(1)


def export_onnx(saved: SavedModel, path: Path) -> None:
    """Write the network of a saved model as ONNX: from `inputs` to `probabilities`.

    `inputs` have shape (items, ...) as the saved arrangement makes them from features, standardised
    and padded; the number of items is free, and that of steps if the model takes sequences.
    `probabilities` have shape (items, classes). Raises UserError if the model is no torch network.
    """
    learner = saved.learner
    if not isinstance(learner, TorchLearner) or saved.arrangement.settings.arrange == "ragged":
        raise UserError("only networks on arranged features can be written as ONNX")
    sizes = {0: "items"}
    if saved.arrangement.settings.arrange == "sequences":
        sizes[1] = "steps"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Exporting by tracing: `torch.export` fixes items and steps of recurrent layers.
        torch.onnx.export(
            _Probabilities(learner.network).eval(),
            (example_batch(saved),),
            path,
            input_names=["inputs"],
            output_names=["probabilities"],
            dynamic_axes={"inputs": sizes, "probabilities": {0: "items"}},
            dynamo=False,
        )


def example_batch(saved: SavedModel, items: int = _BATCH) -> torch.Tensor:
    """Return inputs of the model for clips of noise."""
    assert isinstance(saved.learner, TorchLearner)
    width = configuration_of(saved.configuration).width
    rows = saved.arrangement.length or _ROWS
    noise = np.random.default_rng(0).standard_normal((items * rows, width)).astype(np.float32)
    features = Features(noise, np.arange(items + 1) * rows)
    inputs = saved.arrangement.apply(features, np.arange(items))
    return inputs.batch(torch.arange(items))
