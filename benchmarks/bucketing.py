"""Measure an epoch of a HuBERT in batches of similar length against padding to the longest clip.

    python -m benchmarks.bucketing [--clips N] [--repeats N]

An untrained small HuBERT with a new head is trained on the clips of the demo corpus of emotions, on
one thread; both methods alternate in one run.
"""

import argparse
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from resound.arrays import Array
from resound.data import audio
from resound.data.feature_cache import Features
from resound.demo.corpora import emotions
from resound.demo.models import hubert
from resound.features import waveform
from resound.models.encoder.learner import EncoderLearner, learner
from resound.models.encoder.settings import Settings
from resound.training.inputs.ragged import Ragged
from resound.training.learner import Examples
from resound.training.settings import Training

CONFIGURATION = waveform.Settings(kind="waveform")


class PaddedToLongest(Ragged):
    """Clips that are all padded to the longest clip."""

    @property
    def lengths(self) -> np.ndarray:
        """The number of rows of the longest clip, for each clip."""
        return np.full(len(self), super().lengths.max())

    def padded(self, items: np.ndarray) -> Array:
        """Return items as one array, shape (items, longest clip, width)."""
        batch = super().padded(items)
        missing = int(super().lengths.max()) - batch.shape[1]
        return np.pad(batch, [(0, 0), (0, missing), (0, 0)], constant_values=np.nan)


def main() -> None:
    options = parse()
    with TemporaryDirectory() as name:
        features = make_clips(Path(name) / "corpus", options.clips)
        folder = Path(name) / "model"
        hubert.build_model(hubert.Settings(kind="hubert")).save_pretrained(folder)
        print_speed(features, folder, options.repeats)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=160, help="number of clips of an epoch")
    parser.add_argument(
        "--repeats", type=int, default=5, help="number of epochs; the median counts"
    )
    return parser.parse_args()


def make_clips(folder: Path, count: int) -> Features:
    """Return waveforms of clips spread over the demo corpus."""
    emotions.make(emotions.Settings(kind="emotions"), folder, "process", 2)
    paths = sorted(folder.rglob("*.wav"))
    paths = [paths[n] for n in np.linspace(0, len(paths) - 1, count).round().astype(int)]
    waves = [
        waveform.extract(CONFIGURATION, [audio.read(path, CONFIGURATION.rate_hz)[0]])
        for path in paths
    ]
    return Features(np.concatenate(waves), np.cumsum([0, *map(len, waves)]))


def print_speed(features: Features, folder: Path, repeats: int) -> None:
    """Print the speed of each method, from its median epoch, and their ratio."""
    items = np.arange(len(features.offsets) - 1)
    training = Training(optimizer="adamw", batch_size=16)
    model = Settings(kind="encoder", pretrained="untrained")
    learners: dict[str, EncoderLearner] = {}
    for method, inputs in (("similar length", Ragged), ("padded to longest", PaddedToLongest)):
        examples = Examples({"train": inputs(features, items)}, {"train": items % 6}, 6)
        learners[method] = learner(model, training, examples, 0, "cpu", folder)
    seconds: dict[str, list[float]] = {method: [] for method in learners}
    for repeat in range(1, repeats + 1):
        for method, own in learners.items():
            start = time.perf_counter()
            own.epoch(repeat)
            seconds[method].append(time.perf_counter() - start)
    lengths = np.diff(features.offsets) / CONFIGURATION.rate_hz
    print(f"{len(items)} clips of {lengths.min():.1f} to {lengths.max():.1f} s", end=" ")
    print(f"(mean {lengths.mean():.1f} s); an epoch in batches of {training.batch_size}")
    slowest = median(seconds["padded to longest"])
    for method, measured in seconds.items():
        speed = len(items) / median(measured)
        print(f"{method:>20}: {speed:6.1f} clips/s, {slowest / median(measured):4.2f} x")


if __name__ == "__main__":
    main()
