"""The trainings of the study of transfer learning."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.data.folds import SCORED, Part
from resound.io.files import read_json, write_json
from resound.models.common.kinds import kind_module
from resound.runtime.progress import Progress
from resound.settings import typed
from resound.studies.common.findings import Findings
from resound.studies.common.material import Material
from resound.studies.transfer.findings import (
    FINE_TUNED,
    FROM_SCRATCH,
    FROZEN,
    Outcome,
    accuracy_plot,
    accuracy_table,
    better_claim,
    gain_claim,
)
from resound.studies.transfer.settings import Settings
from resound.training.checkpoint import Checkpoint
from resound.training.inputs.arrangement import arrange
from resound.training.inputs.settings import Input
from resound.training.learner import Examples, predict_classes
from resound.training.loop import train
from resound.training.settings import Training

ARMS: dict[str, dict[str, str]] = {
    FINE_TUNED: {},
    FROZEN: {"freeze": "encoder"},
    FROM_SCRATCH: {"weights": "random"},
}
"""What each way of training changes of the experiment's model."""


@dataclass(frozen=True)
class Trainer:
    """What all trainings of a study share."""

    experiment: Mapping[str, Any]
    """The `input`, `model` and `train` settings of the fine-tuned encoder."""
    material: Material
    seed: int
    origin: Path
    """The folder of the pretrained encoder."""
    device: str
    folder: Path
    """Where finished trainings and the checkpoint of an interrupted one are."""
    fingerprint: str
    """Identifies settings, data and code: what another study left is ignored."""

    def outcome(self, arm: str, share: float, progress: Progress) -> Outcome:
        """Return the outcome of a training, from its file if it is finished."""
        file = self.folder / f"{arm.replace(' ', '_')}_{share:g}.json"
        if file.exists() and (saved := read_json(file))["fingerprint"] == self.fingerprint:
            correct = np.array(saved["correct"], bool)
            return Outcome(arm, share, saved["items"], saved["parameters"], correct)
        outcome = self._train(arm, share, progress)
        facts = {"items": outcome.items, "parameters": outcome.parameters}
        correct = outcome.correct.tolist()
        write_json(file, {"fingerprint": self.fingerprint, **facts, "correct": correct})
        return outcome

    def _train(self, arm: str, share: float, progress: Progress) -> Outcome:
        settings = {**self.experiment["model"], **ARMS[arm]}
        kind = kind_module(settings["kind"])
        training, examples = Training(**self.experiment["train"]), self._examples(share)
        learner = kind.learner(
            typed(kind.Settings, settings),
            training,
            examples,
            self.seed,
            self.device,
            origin=self.origin,
        )
        checkpoint = Checkpoint(
            self.folder / "checkpoint.safetensors", f"{self.fingerprint} {arm} {share}"
        )
        name = f"{arm}, {share:.0%}"
        train(learner, training, examples, checkpoint, lambda line: progress(f"{name}: {line}"))
        correct = predict_classes(learner, examples.inputs["test"]) == examples.targets["test"]
        checkpoint.discard()
        items = len(examples.targets["train"])
        return Outcome(arm, share, items, learner.parameters, correct)

    def _examples(self, share: float) -> Examples:
        material = self.material
        items: dict[Part, NDArray[np.intp]] = {
            part: numbers for part, numbers in material.parts.items() if part in SCORED
        }
        items["train"] = self._share_of_training(share)
        inputs = arrange(material.features, items, Input(**self.experiment["input"]))
        targets = {part: material.labels(numbers) for part, numbers in items.items()}
        return Examples(inputs, targets, len(material.classes))

    def _share_of_training(self, share: float) -> NDArray[np.intp]:
        """Return the same share of each class, at least one item, in the order of the index."""
        items, random = self.material.parts["train"], np.random.default_rng(self.seed)
        labels = self.material.labels(items)
        drawn = []
        for label in np.unique(labels):
            members = random.permutation(items[labels == label])
            drawn.append(members[: max(1, round(share * len(members)))])
        return np.sort(np.concatenate(drawn))


def compute_findings(
    settings: Settings,
    materials: Sequence[Material],
    folder: Path,
    progress: Progress,
    experiment: Mapping[str, Any],
    code: str,
    origin: Path,
    device: str,
) -> Findings:
    """Train in each way on each share of the training items, and compare on the test items."""
    (material,) = materials
    folder.mkdir(parents=True, exist_ok=True)
    fingerprint = _fingerprint(settings.seed, experiment, material, code, device)
    trainer = Trainer(experiment, material, settings.seed, origin, device, folder, fingerprint)
    shares = sorted(settings.shares)
    outcomes = {arm: [trainer.outcome(arm, share, progress) for share in shares] for arm in ARMS}
    speakers = material.column("speaker", material.parts["test"])
    groups = speakers if all(speakers) else None
    return Findings(
        title=f"Transfer learning: {material.data.corpus}",
        method=(
            f"The encoder of {settings.baseline} is trained on {_listed(shares)} of the"
            f" {len(material.parts['train']):,} training items of {material.data.corpus} (the same"
            " share of each class) in three ways: pretrained and fine-tuned, pretrained and frozen"
            f" below its head, and {FROM_SCRATCH}, with random weights. All else is that of the"
            f" experiment, with {experiment['train']['epochs']} epochs, so fewer items are fewer"
            " steps. Tests are paired over the test items"
            f"{' by speaker' if groups is not None else ''}. There is one seed, so a verdict"
            " is about these trained models."
        ),
        claims=[
            better_claim(outcomes[FINE_TUNED], outcomes[FROM_SCRATCH], groups),
            gain_claim(outcomes[FINE_TUNED], outcomes[FROM_SCRATCH], groups),
            better_claim(outcomes[FINE_TUNED], outcomes[FROZEN], groups),
        ],
        tables=[accuracy_table(outcomes, groups)],
        plots=[accuracy_plot(outcomes, groups)],
    )


def _fingerprint(
    seed: int, experiment: Mapping[str, Any], material: Material, code: str, device: str
) -> str:
    """Return a digest of everything that trainings depend on."""
    versions = [version(package) for package in ("torch", "transformers")]
    config = json.dumps([seed, experiment, device, versions], sort_keys=True)
    digest = hashlib.sha256(f"{code} {config}".encode())
    for part in SCORED:
        items = material.parts.get(part, np.empty(0, np.intp))
        digest.update(f"{part} {items.tolist()} {material.labels(items).tolist()}".encode())
        for item in items:
            digest.update(np.ascontiguousarray(material.features.clip(item)).data)
    return digest.hexdigest()


def _listed(shares: Sequence[float]) -> str:
    *others, last = (f"{100 * share:g}" for share in shares)
    return f"{', '.join(others)} and {last} %" if others else f"{last} %"
