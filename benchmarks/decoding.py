"""Time decoding in batches against clip by clip, with the same model, in one run.

    python -m benchmarks.decoding [--model FOLDER] [--clips N] [--repeats N]

Without `--model` the demo's demo model is trained first (a minute). The clips are those of the demo
corpus of lectures; one thread. The texts of all ways must be the same.
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
from resound.features import whisper
from resound.models.whisper.model import Recogniser

CONFIGURATION = whisper.Settings(kind="whisper", mels=40, hop_ms=20, window_s=3)
SIZES = (1, 4, 16, 64)


def main() -> None:
    options = parse()
    torch.set_num_threads(1)
    with TemporaryDirectory() as name:
        folder = options.model or train_stand_in(Path(name) / "model")
        recogniser = Recogniser(folder)
        clips = lectures(Path(name) / "corpus", options.clips, recogniser.configuration)
        print_speed(recogniser, clips, options.repeats)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, help="a folder of `save_pretrained`")
    parser.add_argument("--clips", type=int, default=88, help="clips that are decoded")
    parser.add_argument("--repeats", type=int, default=5, help="the median of so many counts")
    return parser.parse_args()


def train_stand_in(folder: Path) -> Path:
    sentences: dict[demo_whisper.Language, int] = {"fa": 500, "zh": 250, "en": 100}
    settings = demo_whisper.Settings(kind="whisper", features="whisper80", sentences=sentences)
    demo_whisper.make(settings, CONFIGURATION, folder, print)
    return folder


def lectures(folder: Path, count: int, configuration: whisper.Settings) -> list[Array]:
    """Features of clips spread over the demo's lectures."""
    settings = persian.Settings(kind="persian", clips=-(-count // 10))
    persian.make(settings, folder, "process", 2)
    paths = sorted((folder / "myaudio").iterdir())
    waves = [audio.read(path, configuration.rate_hz)[0] for path in paths]
    return [whisper.extract(configuration, [wave]) for wave in waves][:count]


def print_speed(recogniser: Recogniser, clips: list[Array], repeats: int) -> None:
    """The median time of each batch size, as a ratio to clip by clip."""
    languages = ["fa"] * len(clips)
    seconds: dict[int, list[float]] = {size: [] for size in SIZES}
    texts: dict[int, list[str]] = {}
    for _ in range(repeats):
        for size in SIZES:
            start = time.perf_counter()
            texts[size] = recogniser.texts(clips, languages, "transcribe", size)
            seconds[size].append(time.perf_counter() - start)
    alone = median(seconds[1])
    print(f"{len(clips)} clips; ratios to clip by clip, median of {repeats}")
    for size in SIZES:
        same = sum(one == other for one, other in zip(texts[size], texts[1], strict=True))
        took = median(seconds[size])
        print(
            f"batches of {size:>2}: {len(clips) / took:8.1f} clips/s, {alone / took:5.1f} x,"
            f" {same} of {len(clips)} texts the same"
        )


if __name__ == "__main__":
    main()
