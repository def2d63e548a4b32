"""Measure decoding in batches against decoding clip by clip, with the same model in one run.

    python -m benchmarks.decoding [--model FOLDER] [--clips N] [--repeats N]

Without `--model` the demo model is trained first (a minute). The clips are those of the demo corpus
of lectures; one thread. The texts of all batch sizes should be equal.
"""

import argparse
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import torch

from resound.arrays import Array
from resound.data import audio
from resound.demo.corpora import persian
from resound.demo.models import whisper as demo_whisper
from resound.demo.synthesis.phrases import Language
from resound.features import whisper
from resound.models.whisper.model import Recogniser

CONFIGURATION = whisper.Settings(kind="whisper", mels=40, hop_ms=20, window_s=3)
SIZES = (1, 4, 16, 64)


def main() -> None:
    options = parse()
    torch.set_num_threads(1)
    with TemporaryDirectory() as name:
        folder = options.model or train_demo_model(Path(name) / "model")
        recogniser = Recogniser(folder)
        clips = make_lectures(Path(name) / "corpus", options.clips, recogniser.configuration)
        print_speed(recogniser, clips, options.repeats)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, help="a folder of `save_pretrained`")
    parser.add_argument("--clips", type=int, default=88, help="number of clips")
    parser.add_argument(
        "--repeats", type=int, default=5, help="number of repeats; the median counts"
    )
    return parser.parse_args()


def train_demo_model(folder: Path) -> Path:
    """Train the demo model and return its folder."""
    sentences: dict[Language, int] = {"fa": 500, "zh": 250, "en": 100}
    settings = demo_whisper.Settings(kind="whisper", features="whisper80", sentences=sentences)
    demo_whisper.make(settings, CONFIGURATION, folder, print)
    return folder


def make_lectures(folder: Path, count: int, configuration: whisper.Settings) -> list[Array]:
    """Return features of clips of the demo corpus of lectures."""
    settings = persian.Settings(kind="persian", clips=-(-count // 10))
    persian.make(settings, folder, "process", 2)
    paths = sorted((folder / "myaudio").iterdir())
    waves = [audio.read(path, configuration.rate_hz)[0] for path in paths]
    return [whisper.extract(configuration, [wave]) for wave in waves][:count]


def print_speed(recogniser: Recogniser, clips: list[Array], repeats: int) -> None:
    """Print the speed of each batch size and its ratio to clip by clip."""
    languages = ["fa"] * len(clips)
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    texts: dict[int, list[str]] = {}
    for _ in range(repeats):
        for size in SIZES:
            start = time.perf_counter()
            texts[size] = recogniser.texts(clips, languages, "transcribe", size)
            seconds[size].append(time.perf_counter() - start)
    single = median(seconds[1])
    print(f"{len(clips)} clips; ratios to clip by clip, median of {repeats}")
    for size in SIZES:
        equal = sum(text == alone for text, alone in zip(texts[size], texts[1], strict=True))
        spent = median(seconds[size])
        print(
            f"batches of {size:>2}: {len(clips) / spent:8.1f} clips/s, {single / spent:5.1f} x,"
            f" {equal} of {len(clips)} texts equal"
        )


if __name__ == "__main__":
    main()
