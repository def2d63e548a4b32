"""Time an epoch of a HuBERT in batches of like length against all padded to the longest.

    python -m benchmarks.bucketing [--clips N] [--repeats N]

An untrained small HuBERT with a new head learns the clips of the demo corpus of emotions; one
thread, both ways in one run.
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
from resound.models.encoder import settings
from resound.training.inputs.arrange import Ragged
from resound.training.loop import Examples, Training

CONFIGURATION = waveform.Settings(kind="waveform")


class AllToTheLongest(Ragged):
    """Clips that are all padded to the longest of all."""

    @property
    def lengths(self) -> np.ndarray:
        """As many rows as the longest has."""
        return np.full(len(self), super().lengths.max())

    def padded(self, items: np.ndarray) -> Array:
        """Items as (items, longest of all, width)."""
        batch = super().padded(items)
        room = int(super().lengths.max()) - batch.shape[1]
        return np.pad(batch, [(0, 0), (0, room), (0, 0)], constant_values=np.nan)


def main() -> None:
    options = parse()
    with TemporaryDirectory() as name:
        features = clips(Path(name) / "corpus", options.clips)
        folder = Path(name) / "model"
        hubert.untrained(hubert.Settings(kind="hubert")).save_pretrained(folder)
        print_speed(features, folder, options.repeats)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=160, help="clips of an epoch")
    parser.add_argument("--repeats", type=int, default=5, help="the median of so many counts")
    return parser.parse_args()


def clips(folder: Path, count: int) -> Features:
    """Waveforms of clips spread over the demo corpus."""
    emotions.make(emotions.Settings(kind="emotions"), folder, "process", 2)
    paths = sorted(folder.rglob("*.wav"))
    paths = [paths[n] for n in np.linspace(0, len(paths) - 1, count).round().astype(int)]
    waves = [
        waveform.extract(CONFIGURATION, [audio.read(path, CONFIGURATION.rate_hz)[0]])
        for path in paths
    ]
    return Features(np.concatenate(waves), np.cumsum([0, *map(len, waves)]))


def print_speed(features: Features, folder: Path, repeats: int) -> None:
    """The median time of an epoch by each way, and their ratio."""
    items = np.arange(len(features.offsets) - 1)
    training = Training(optimizer="adamw", batch_size=16)
    model = settings.Settings(kind="encoder", pretrained="untrained")
    learners = {}
    for way, inputs in (("of like length", Ragged), ("all to the longest", AllToTheLongest)):
        examples = Examples({"train": inputs(features, items)}, {"train": items % 6}, 6)
        learners[way] = settings.learner(model, training, examples, 0, "cpu", folder)
    seconds: dict[str, list[float]] = {way: [] for way in learners}
    for repeat in range(1, repeats + 1):
        for way, learner in learners.items():
            start = time.perf_counter()
            learner.epoch(repeat)
            seconds[way].append(time.perf_counter() - start)
    lengths = np.diff(features.offsets) / CONFIGURATION.rate_hz
    print(f"{len(items)} clips of {lengths.min():.1f} to {lengths.max():.1f} s, on the mean")
    print(f"{lengths.mean():.1f} s; an epoch in batches of {training.batch_size}")
    slowest = median(seconds["all to the longest"])
    for way, took in seconds.items():
        speed = len(items) / median(took)
        print(f"{way:>20}: {speed:6.1f} clips/s, {slowest / median(took):4.2f} x")


if __name__ == "__main__":
    main()
