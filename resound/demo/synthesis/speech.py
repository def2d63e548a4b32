"""Speech synthesis for the demo corpora, by `espeak.py` in a separate process."""

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

RATE_HZ = 22050
"""Sample rate of synthesised speech in Hz."""

_WORKER = Path(__file__).with_name("espeak.py")


@dataclass(frozen=True)
class Utterance:
    """A text, and the voice and prosody to synthesise it with."""

    text: str
    voice: str
    """An espeak-ng language, optionally with a variant: `en-us`, `fa+f2`."""
    rate: int = 175
    """Words per minute, from 80 to 450."""
    pitch: int = 50
    """From 0 to 99, relative to the pitch range of the voice."""
    range: int = 50
    """Liveliness of the intonation, from 0 (monotonous) to 99."""


@dataclass(frozen=True)
class Speech:
    """A synthesised utterance."""

    samples: NDArray[np.int16]
    """Mono, at `RATE_HZ`."""
    phonemes: list[tuple[int, str]]
    """First sample and name of each phoneme, in order; each lasts until the next one begins.

    Names are espeak-ng's mnemonics, preceded by stress marks; those of pauses begin with `_`.
    """


def synthesise(utterances: Sequence[Utterance]) -> list[NDArray[np.int16]]:
    """Return the mono samples of each utterance at `RATE_HZ`, in order.

    The same as `synthesise_timed`, without the phoneme times.
    """
    return [speech.samples for speech in synthesise_timed(utterances)]


def synthesise_timed(utterances: Sequence[Utterance]) -> list[Speech]:
    """Synthesise utterances in order, with the time of each phoneme.

    The same sequence always gives the same samples, but the samples of one utterance may depend
    slightly on the utterances before it. Raises `UserError` if synthesis fails.
    """
    requests = "".join(json.dumps(asdict(utterance)) + "\n" for utterance in utterances)
    # With -P, modules in this folder cannot shadow those of the standard library.
    command = [sys.executable, "-P", str(_WORKER)]
    process = subprocess.run(command, input=requests.encode(), capture_output=True, check=False)
    if process.returncode:
        raise UserError(_explain(process.returncode, process.stderr.decode(errors="replace")))
    return list(_decode(process.stdout))


def _decode(data: bytes) -> Iterator[Speech]:
    """Split the output of the worker into utterances."""
    stream = BytesIO(data)
    while head := stream.read(4):
        samples = stream.read(2 * int.from_bytes(head, "little"))
        phonemes = json.loads(stream.read(int.from_bytes(stream.read(4), "little")))
        yield Speech(np.frombuffer(samples, "<i2"), [(start, name) for start, name in phonemes])


def _explain(code: int, stderr: str) -> str:
    """Return an error message with the last line that the worker wrote to stderr."""
    lines = stderr.strip().splitlines()
    reason = lines[-1] if lines else f"the synthesis process ended with status {code}"
    return f"cannot synthesise demo speech: {reason} (`data: real` needs no synthetic speech)"
