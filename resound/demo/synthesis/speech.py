"""Synthetic speech for the demo corpora, spoken by `speak.py` in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from resound.errors import UserError

RATE = 22050
"""Samples a second of what `speak` returns."""

_WORKER = Path(__file__).with_name("espeak.py")


@dataclass(frozen=True)
class Utterance:
    """A text and how to say it."""

    text: str
    voice: str
    """An espeak-ng language, with a variant if wanted: `en-us`, `fa+f2`."""
    rate: int = 175
    """Words a minute, from 80 to 450."""
    pitch: int = 50
    """From 0 to 99, within the voice's own span."""
    range: int = 50
    """From 0, a flat voice, to 99, a lively one."""


@dataclass(frozen=True)
class Speech:
    """An utterance as it was spoken."""

    samples: NDArray[np.int16]
    """Mono, at `RATE`."""
    phonemes: list[tuple[int, str]]
    """The first sample and the name of each phoneme, in order; it lasts until the next begins.

    Names are espeak-ng's own, with stress marks before them; those of pauses begin with `_`.
    """


def speak(utterances: Sequence[Utterance]) -> list[NDArray[np.int16]]:
    """Say each utterance: one array of mono samples at `RATE` for each, in order.

    As `speak_timed`, without the times.
    """
    return [speech.samples for speech in speak_timed(utterances)]


def speak_timed(utterances: Sequence[Utterance]) -> list[Speech]:
    """Say each utterance, in order, and tell when each phoneme began.

    The same sequence gives the same samples each time. One utterance's samples may depend, in
    small ways, on those before it. Raises `UserError` where the speech cannot be made.
    """
    requests = "".join(json.dumps(asdict(utterance)) + "\n" for utterance in utterances)
    # -P keeps this folder's modules from hiding those of the standard library.
    command = [sys.executable, "-P", str(_WORKER)]
    done = subprocess.run(command, input=requests.encode(), capture_output=True, check=False)
    if done.returncode:
        raise UserError(_explain(done.returncode, done.stderr.decode(errors="replace")))
    return list(_decode(done.stdout))


def _decode(data: bytes) -> Iterator[Speech]:
    """The worker's output, cut into utterances."""
    stream = BytesIO(data)
    while head := stream.read(4):
        samples = stream.read(2 * int.from_bytes(head, "little"))
        phonemes = json.loads(stream.read(int.from_bytes(stream.read(4), "little")))
        yield Speech(np.frombuffer(samples, "<i2"), [(start, name) for start, name in phonemes])


def _explain(code: int, stderr: str) -> str:
    """What went wrong in the worker, which ends its errors in one line that says so."""
    lines = stderr.strip().splitlines()
    reason = lines[-1] if lines else f"the speech program ended with status {code}"
    return f"cannot make the demo's speech: {reason} (`data: real` needs no synthetic speech)"
