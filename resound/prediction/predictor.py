"""Trained classifiers, used on recordings or texts of which no corpus is needed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array
from resound.data.feature_cache import Features
from resound.errors import UserError
from resound.features.common.kinds import configuration_of, feature_module
from resound.features.common.texts import TextConfiguration, preprocessed_texts
from resound.features.hidden_states import Settings as HiddenStates
from resound.io.files import read_json
from resound.models.common.saved_model import load_model
from resound.prediction.recordings import extract_blocks
from resound.runtime.pool import Pool
from resound.runtime.progress import silent
from resound.training.inputs.ragged import Ragged

_TEXTS = 256
"""Texts that are scored at once."""


@dataclass(frozen=True)
class Prediction:
    """What a model predicts for a recording or a text."""

    item: str
    """The path of the recording, or the number of the text, from 1."""
    label: str = ""
    """The predicted class; empty if the item is rejected, or has classes by frame."""
    scores: Sequence[float] = ()
    """The score of each class; the highest wins."""
    frames: NDArray[np.int64] | None = None
    """The class number of each frame, if the model predicts frames."""
    rejected: str = ""
    """Why there is no prediction."""


class Predictor:
    """A trained classifier with everything that using it takes."""

    def __init__(
        self,
        folder: str | PathLike[str],
        fold: str | None = None,
        pretrained: str | PathLike[str] | None = None,
        device: str = "cpu",
    ) -> None:
        """Load the model of a run from the folder of the run, or from that of the model alone.

        `fold` is the fold whose model is used, by default the first. `pretrained` is the folder of
        the pretrained model whose tokenizer or hidden states are the features. With the folder of
        a run whose split is an open set, items below the threshold of the fold are rejected as
        unknown. Raises UserError if there is no model, or no pretrained one that it needs.
        """
        folder = Path(folder)
        model = folder / "model" if (folder / "model").is_dir() else folder
        self._saved = load_model(model, fold, device)
        self._fold = fold or read_json(model / "model.json")["folds"][0]
        self._threshold = _read_threshold(folder / "metrics.json", self._fold)
        self.classes, self._device = self._saved.classes, device
        features = configuration_of(self._saved.configuration)
        self._states = features if features.kind == "hidden_states" else None
        if self._states and not self._saved.of:
            raise UserError(f"{folder} does not say what its encoder takes: train it again")
        self.configuration = configuration_of(self._saved.of or self._saved.configuration)
        needs = self._states or self.configuration
        if pretrained is None and needs.kind in ("tokens", "hidden_states"):
            raise UserError(
                f"{folder}: its features need the pretrained model '{needs.pretrained}': name the"
                " folder of that model (`pretrained`)"
            )
        self._pretrained = Path(pretrained) if pretrained else None
        arrangement, settings = self._saved.arrangement, self._saved.arrangement.settings
        if settings.arrange == "windows":
            # There is no corpus with recordings before and after.
            arrangement = replace(arrangement, settings=replace(settings, border="utterance"))
            self._saved = replace(self._saved, arrangement=arrangement)

    @property
    def predicts_frames(self) -> bool:
        """Whether the model predicts the class of each frame of a recording."""
        return self._saved.arrangement.settings.arrange == "windows"

    @property
    def hop_s(self) -> float:
        """The seconds from one frame to the next."""
        return float(self.configuration.hop / self.configuration.rate_hz)

    @property
    def takes_texts(self) -> bool:
        """Whether the model takes texts, not recordings."""
        return isinstance(self.configuration, TextConfiguration)

    @property
    def scores_are_probabilities(self) -> bool:
        """Whether the scores of the classes are probabilities."""
        return bool(self._saved.learner.scores_are_probabilities)

    @property
    def score_columns(self) -> list[str]:
        """The names of the scores: `probability_...` if they are probabilities."""
        kind = "probability" if self.scores_are_probabilities else "score"
        return [f"{kind}_{name}" for name in self.classes]

    def predict(
        self, paths: Sequence[str | Path], pool: Pool = "none", workers: int = 1
    ) -> Iterator[Prediction]:
        """Yield the prediction for each recording, in their order.

        If the model was trained on chunks, the scores of a longer recording are the means over its
        chunks. Features are extracted some files at a time, so memory does not grow with their
        number.
        """
        if self.takes_texts:
            raise UserError("the model takes texts: use `predict_texts`")
        files = [Path(path) for path in paths]
        chunks = self._saved.chunks
        for block in extract_blocks(files, self.configuration, pool, workers, chunks):
            predicted = iter(self._predict(block.features, block.clips))
            for n, path in enumerate(block.paths):
                if n in block.rejected:
                    yield Prediction(str(path), rejected=block.rejected[n])
                else:
                    yield replace(next(predicted), item=str(path))

    def predict_texts(self, texts: Mapping[str, Sequence[str]]) -> Iterator[Prediction]:
        """Yield the prediction for each text, or pair of them.

        `texts` has the texts by field: `premise` and `hypothesis`, or the one that the model takes.
        Raises UserError if a field is missing.
        """
        if not self.takes_texts:
            raise UserError("the model takes recordings: use `predict`")
        if missing := set(self.configuration.fields) - set(texts):
            raise UserError(f"the model takes texts with the field '{min(missing)}'")
        prepared = preprocessed_texts(self.configuration, texts)
        module = feature_module(self.configuration.kind)
        for start in range(0, len(prepared), _TEXTS):
            chosen = prepared[start : start + _TEXTS]
            rows = module.extract(self.configuration, chosen, self._tokenizer)
            offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
            for n, prediction in enumerate(
                self._predict(Features(np.concatenate(rows), offsets)), start + 1
            ):
                yield replace(prediction, item=str(n))

    def _predict(
        self, features: Features, counts: Sequence[int] | None = None
    ) -> Iterator[Prediction]:
        """Yield the prediction for each clip of `features`, or for so many of them together."""
        clips = np.arange(len(features.offsets) - 1)
        if not len(clips):
            return
        if self._states:
            features = self._extract_states(features, self._states)
        scores = self._saved.scores(features, clips)
        if self.predicts_frames:
            for first, end in pairwise(features.offsets.tolist()):
                yield Prediction("", frames=scores[first:end].argmax(axis=1))
            return
        if counts and len(counts) < len(scores):
            starts = np.cumsum([0, *counts[:-1]])
            scores = np.add.reduceat(scores, starts) / np.array(counts)[:, None]
        for row in scores:
            yield self._to_prediction(row)

    def _extract_states(self, features: Features, states_of: HiddenStates) -> Features:
        """Return the hidden states of the pretrained encoder for its own features."""
        from resound.models.encoder.hidden_states import mean_hidden_states

        clips = Ragged(features, np.arange(len(features.offsets) - 1))
        states = mean_hidden_states(self._encoder, clips, states_of, self._device, silent)
        offsets = np.arange(len(clips) + 1) * states.shape[1]
        return Features(states.reshape(-1, states.shape[2]), offsets)

    @cached_property
    def _encoder(self) -> Any:
        from resound.models.encoder.backbone import open_encoder

        assert self._pretrained and self._states
        return open_encoder(self._pretrained, positions=self._states.positions)

    @cached_property
    def _tokenizer(self) -> Any:
        if self.configuration.kind != "tokens":
            return None
        from resound.models.encoder.backbone import open_tokenizer

        assert self._pretrained
        return open_tokenizer(self._pretrained)

    def _to_prediction(self, row: Array) -> Prediction:
        best, scores = int(row.argmax()), row.tolist()
        if self._threshold is not None and float(f"{row[best]:.6g}") < self._threshold:
            reason = f"unknown: its highest score is below the threshold {self._threshold:.6g}"
            return Prediction("", scores=scores, rejected=reason)
        return Prediction("", self.classes[best], scores)


def _read_threshold(metrics: Path, fold: str) -> float | None:
    """Return the threshold of a fold of an open set; None for other splits."""
    if not metrics.is_file():
        return None
    folds: Any = (read_json(metrics).get("open_set") or {}).get("folds", {})
    return float(folds[fold]["threshold"]) if fold in folds else None
