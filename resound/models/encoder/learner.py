"""A pretrained encoder with a new head in training; saved so that transformers can load it."""

from pathlib import Path

import torch

from resound.models.common.torch_learner import TorchLearner
from resound.models.encoder.classifier import Classifier
from resound.models.encoder.settings import Settings
from resound.training.learner import Examples
from resound.training.settings import Training

__all__ = ["EncoderLearner", "Settings", "learner"]


class EncoderLearner(TorchLearner):
    """A classifier on a pretrained encoder; see `resound.training.learner.Learner`."""

    network: Classifier

    def __init__(
        self,
        classifier: Classifier,
        model: Settings,
        training: Training,
        examples: Examples,
        seed: int,
        device: str,
    ) -> None:
        rates = {"head": model.head_learning_rate} if model.head_learning_rate else {}
        super().__init__(classifier, training, examples, seed, device, rates=rates)
        if classifier.length is not None:
            self._lengths = None  # All clips are as long, so batches are not sorted by length.

    def save(self, folder: Path) -> None:
        """Write the encoder and its head into an existing folder."""
        self.network.save(folder)

    def load(self, folder: Path) -> None:
        """Restore the classifier that `save` wrote."""
        self.network = Classifier.load(folder).to(self._device)


def learner(
    model: Settings,
    training: Training,
    examples: Examples,
    seed: int,
    device: str,
    origin: Path,
) -> EncoderLearner:
    """Return the encoder in the folder `origin` with a head for `examples`, drawn from `seed`.

    Raises UserError if the folder holds no encoder, or one that `model` does not fit.
    """
    torch.manual_seed(seed)
    length = None
    if model.padding == "unmasked":
        lengths = examples.inputs["train"].lengths
        assert lengths is not None
        length = int(lengths.max())
    classifier = Classifier.from_pretrained(origin, model, examples.classes, seed, length)
    return EncoderLearner(classifier, model, training, examples, seed, device)
