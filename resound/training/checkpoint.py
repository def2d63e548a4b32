"""Checkpoints: the state of a training after its last complete epoch."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from resound.io.files import atomic_file, leftover_files
from resound.training.learner import Learner, Metrics, Tensors


@dataclass
class TrainingState:
    """How far a training has come."""

    history: list[Metrics] = field(default_factory=list)
    """Metrics of each evaluation so far."""
    best: Tensors = field(default_factory=dict)
    """The weights of the best epoch so far, if the best is to be kept."""


@dataclass(frozen=True)
class Checkpoint:
    """A training's state in a safetensors file."""

    path: Path
    fingerprint: str
    """Identifies the run (code, settings, data): the checkpoint of another run is ignored."""

    def save(self, learner: Learner, state: TrainingState) -> None:
        """Replace the file by the present state."""
        groups = {"weights": learner.weights(), "state": learner.state(), "best": state.best}
        tensors = {
            f"{group}/{name}": np.ascontiguousarray(tensor)
            for group, members in groups.items()
            for name, tensor in members.items()
        }
        metadata = {"fingerprint": self.fingerprint, "history": json.dumps(state.history)}
        with atomic_file(self.path) as draft:
            save_file(tensors, draft, metadata=metadata)

    def resume(self, learner: Learner) -> TrainingState:
        """Restore `learner` from the file; return an empty state if there is none of this run."""
        if not self.path.exists():
            return TrainingState()
        with safe_open(self.path, framework="numpy") as file:
            metadata = file.metadata()
            if metadata.get("fingerprint") != self.fingerprint:
                return TrainingState()
            groups: dict[str, Tensors] = {"weights": {}, "state": {}, "best": {}}
            for key in file.keys():  # noqa: SIM118 (no mapping)
                group, name = key.split("/", 1)
                groups[group][name] = file.get_tensor(key)
        learner.load_weights(groups["weights"])
        learner.load_state(groups["state"])
        return TrainingState(json.loads(metadata["history"]), groups["best"])

    def discard(self) -> None:
        """Remove the file, and temporary files that killed runs left, once results are written."""
        for file in (self.path, *leftover_files(self.path)):
            file.unlink(missing_ok=True)
