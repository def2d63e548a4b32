"""Measure word errors in long recordings: ways to find speech and to decode it, in one run.

    python -m benchmarks.transcription --model FOLDER --timit FOLDER [--recordings N]

The recordings are sentences of TIMIT: without pauses, by two voices in noise, with pauses, quiet,
and between long silences; the texts are normalised as Whisper's authors do. Two threads.
"""

import argparse
import time
from pathlib import Path
from typing import get_args

import jiwer
import torch

from benchmarks.mixtures import Kind, Mixture, mix, read_sentences
from resound.data.normalisers import normalised
from resound.models.whisper.settings import Fallback, Transcription
from resound.prediction.transcriber import Transcriber

LONG = Fallback(when_all_fail="most_probable")
METHODS = {
    "long form": Transcription(language="en", fallback=LONG, find_speech=False),
    "long form of speech": Transcription(language="en", fallback=LONG),
    "greedy windows of speech": Transcription(language="en", method="greedy"),
    "greedy windows": Transcription(language="en", method="greedy", find_speech=False),
}


def main() -> None:
    options = parse()
    torch.set_num_threads(2)
    sentences = read_sentences(options.timit)
    transcribers = {name: Transcriber(options.model, s) for name, s in METHODS.items()}
    for kind in get_args(Kind):
        mixtures = [mix(sentences, kind, seed) for seed in range(options.recordings)]
        print(f"{kind}: {sum(len(mixture.samples) for mixture in mixtures) / 16000:.0f} s")
        first = 0.0
        for name, transcriber in transcribers.items():
            start = time.perf_counter()
            texts = [transcriber.transcribe_samples(mixture.samples).text for mixture in mixtures]
            seconds = time.perf_counter() - start
            first = first or seconds
            print(f"  {name:<26}{errors(mixtures, texts)}, {first / seconds:4.1f} x as fast")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="a folder of `save_pretrained`")
    parser.add_argument("--timit", type=Path, required=True, help="a folder in TIMIT's layout")
    parser.add_argument("--recordings", type=int, default=3, help="recordings of each kind")
    return parser.parse_args()


def errors(mixtures: list[Mixture], texts: list[str]) -> str:
    """Return the word error rate of texts, with its parts."""
    references = normalised("english", [" ".join(mixture.texts) for mixture in mixtures])
    words = jiwer.process_words(references, normalised("english", texts))
    return (
        f"WER {words.wer:6.1%}: {words.substitutions:3} substituted, {words.deletions:3} deleted,"
        f" {words.insertions:3} inserted"
    )


if __name__ == "__main__":
    main()
