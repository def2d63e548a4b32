"""A pretrained encoder in training: a torch network like others, saved so that it can go on."""

from pathlib import Path

from scripts.lib.classifier import Classifier
from scripts.lib.files import replacing_folder
from scripts.lib.models.encoder import Settings
from scripts.lib.models.torch_learner import TorchLearner
from scripts.lib.training import Examples, Training


class EncoderLearner(TorchLearner):
    """A classifier on a pretrained encoder; see `scripts.lib.training.Learner`."""

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
        with replacing_folder(folder) as draft:
            self.network.save(draft, classes)
