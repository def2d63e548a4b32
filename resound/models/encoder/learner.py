"""A pretrained encoder in training: a torch network like others, saved so that it can go on."""

from pathlib import Path

import torch

from resound.io.files import atomic_folder
from resound.models.common.torch_learner import TorchLearner
from resound.models.encoder.classifier import Classifier
from resound.models.encoder.settings import Settings
from resound.training.loop import Examples, Training


class EncoderLearner(TorchLearner):
    """A classifier on a pretrained encoder; see `resound.training.loop.Learner`."""

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

    def save(self, folder: Path, classes: list[str]) -> None:
        """Write encoder and head into `folder`, all or nothing."""
        with atomic_folder(folder) as draft:
            self.network.save(draft, classes)


def learner(
    model: Settings,
    training: Training,
    examples: Examples,
    seed: int,
    device: str,
    origin: Path,
) -> "EncoderLearner":
    """The encoder in the folder `origin` with a head for `examples`, drawn from `seed`.

    Raises UserError where the folder holds no encoder, or one that `model` does not fit.
    """
    torch.manual_seed(seed)
    classifier = Classifier.begin(origin, model, examples.classes, seed)
    return EncoderLearner(classifier, model, training, examples, seed, device)
