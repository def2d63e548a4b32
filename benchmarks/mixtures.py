"""Recordings of many sentences, made from a corpus in the layout of TIMIT: `dr1-fvmh0/sx26.wav`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from resound.arrays import Array
from resound.data import audio

RATE_HZ = 16000
LEVEL = 0.1
"""Root mean square of a sentence."""

Kind = Literal["no pauses", "two voices", "pauses", "quiet", "mostly silence"]


@dataclass(frozen=True)
class Sentence:
    """What a speaker says, at the level `LEVEL`."""

    speaker: str
    samples: Array
    text: str


@dataclass(frozen=True)
class Mixture:
    """Sentences one after the other, with the times of each in seconds."""

    samples: Array
    texts: list[str]
    times: list[tuple[float, float]]


def read_sentences(folder: Path, kinds: str = "s[ix]*.wav") -> list[Sentence]:
    """Return the sentences of a corpus; by default without the two that every speaker reads."""
    sentences = []
    for path in sorted(folder.glob(f"*/{kinds}")):
        samples, _ = audio.read(path, RATE_HZ)
        _, _, text = path.with_suffix(".txt").read_text().split(None, 2)
        level = np.sqrt(np.mean(np.square(samples)))
        sentences.append(Sentence(path.parent.name, samples * (LEVEL / level), text.strip()))
    return sentences


def mix(sentences: list[Sentence], kind: Kind, seed: int, count: int = 12) -> Mixture:
    """Return a recording of `count` sentences.

    `no pauses` has one sentence directly after the other, `quiet` too, 30 dB softer; `two voices`
    alternates, the second 10 dB softer, with white noise 20 dB below the first; `pauses` has 1 to 4
    seconds between sentences; `mostly silence` has four sentences in two minutes, with a noise 40
    dB below them.
    """
    random = np.random.default_rng(seed)
    if kind == "two voices":
        chosen = _alternate(sentences, random, count)
    else:
        chosen = [sentences[n] for n in random.permutation(len(sentences))[:count]]
    if kind == "mostly silence":
        chosen = chosen[:4]
    parts, times, now = list[Array](), list[tuple[float, float]](), 0.0
    for n, sentence in enumerate(chosen):
        pause = np.zeros(int(_pause(kind, random) * RATE_HZ), np.float32)
        softer = 10 ** (-10 / 20) if kind == "two voices" and n % 2 else 1
        parts += [pause, softer * sentence.samples]
        start = now + len(pause) / RATE_HZ
        now = start + len(sentence.samples) / RATE_HZ
        times.append((start, now))
    samples = np.concatenate(parts)
    noise_db = {"two voices": -20, "pauses": -30, "mostly silence": -40}.get(kind)
    if noise_db is not None:
        noise = random.standard_normal(len(samples)).astype(np.float32)
        samples = samples + LEVEL * 10 ** (noise_db / 20) * noise
    if kind == "quiet":
        samples = samples * 10 ** (-30 / 20)
    return Mixture(samples.astype(np.float32), [sentence.text for sentence in chosen], times)


def _alternate(
    sentences: list[Sentence], random: np.random.Generator, count: int
) -> list[Sentence]:
    """Return sentences of two speakers in turn."""
    speakers = random.choice(sorted({sentence.speaker for sentence in sentences}), 2, False)
    own = [[one for one in sentences if one.speaker == speaker] for speaker in speakers]
    shuffled = [[each[n] for n in random.permutation(len(each))] for each in own]
    pairs = zip(*shuffled, strict=True)
    return [sentence for pair in pairs for sentence in pair][:count]


def _pause(kind: Kind, random: np.random.Generator) -> float:
    """Return the seconds of silence before a sentence."""
    return {"pauses": random.uniform(1, 4), "mostly silence": random.uniform(20, 35)}.get(kind, 0)
