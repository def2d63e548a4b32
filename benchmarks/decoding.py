"""Measure decoding in batches against decoding clip by clip, with the same model in one run.

    python -m benchmarks.decoding [--model FOLDER] [--clips N] [--repeats N]
    python -m benchmarks.decoding --model FOLDER --timit FOLDER [--clips N]

Without `--model` the demo model is trained first (a minute). The clips are those of the demo corpus
of lectures; one thread. The texts of all batch sizes should be equal.

With `--timit` (a folder in TIMIT's layout) English sentences are decoded in windows of 30 s and in
shorter ones, and by faster-whisper with the same weights, if that package is installed.
"""

import argparse
import importlib.util
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import jiwer
import torch

from benchmarks.mixtures import RATE_HZ, Sentence, read_sentences
from resound.arrays import Array
from resound.data import audio
from resound.data.normalisers import normalised
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
    if options.timit:
        compare_windows(options.model, options.timit, options.clips)
        return
    with TemporaryDirectory() as name:
        folder = options.model or train_demo_model(Path(name) / "model")
        recogniser = Recogniser(folder)
        clips = make_lectures(Path(name) / "corpus", options.clips, recogniser.configuration)
        print_speed(recogniser, clips, options.repeats)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, help="a folder of `save_pretrained`")
    parser.add_argument("--timit", type=Path, help="a folder in TIMIT's layout")
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


def compare_windows(model: Path, corpus: Path, count: int) -> None:
    """Print speed and word errors of English sentences, by each way to decode them."""
    every = read_sentences(corpus)
    sentences = every[:: max(1, len(every) // count)][:count]
    recogniser = Recogniser(model)
    clips = [whisper.extract(recogniser.configuration, [one.samples]) for one in sentences]
    languages = ["en"] * len(clips)
    methods: dict[str, Callable[[], list[str]]] = {
        "clip by clip": lambda: recogniser.texts(clips, languages, "transcribe", 1),
        "batches of 8": lambda: recogniser.texts(clips, languages, "transcribe", 8),
    }
    for margin in (2, 5, 10):
        methods[f"batches of 8, margin of {margin} s"] = partial(
            recogniser.texts, clips, languages, "transcribe", 8, margin_s=margin
        )
    if importlib.util.find_spec("faster_whisper"):
        for precision in ("float32", "int8"):
            methods[f"faster-whisper, {precision}"] = faster_whisper(model, sentences, precision)
    seconds = sum(len(one.samples) for one in sentences) / RATE_HZ
    first = 0.0
    for name, method in methods.items():
        start = time.perf_counter()
        texts = method()
        spent = time.perf_counter() - start
        first = first or spent
        words = jiwer.process_words(
            normalised("english", [one.text for one in sentences]), normalised("english", texts)
        )
        print(
            f"{name:<28}{seconds / spent:5.1f} s of audio per second, {first / spent:4.1f} x,"
            f" WER {words.wer:.1%}",
            flush=True,
        )


def faster_whisper(
    model: Path, sentences: list[Sentence], precision: str
) -> Callable[[], list[str]]:
    """Return what decodes sentences greedily by faster-whisper on one thread, loaded already."""
    from ctranslate2.converters import TransformersConverter
    from faster_whisper import WhisperModel

    with TemporaryDirectory() as name:
        folder = str(Path(name) / "model")
        files = ["tokenizer.json", "preprocessor_config.json"]
        TransformersConverter(str(model), copy_files=files).convert(folder)
        loaded = WhisperModel(folder, device="cpu", cpu_threads=1, compute_type=precision)

    def decode() -> list[str]:
        options = {"beam_size": 1, "temperature": 0.0, "without_timestamps": True}
        found = (loaded.transcribe(one.samples, language="en", **options) for one in sentences)
        return [" ".join(segment.text for segment in segments) for segments, _ in found]

    return decode


if __name__ == "__main__":
    main()
