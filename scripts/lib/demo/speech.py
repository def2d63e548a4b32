"""Synthetic speech for the demo corpora, spoken by `speak.py` in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scripts.lib.errors import UserError

RATE = 22050
"""Samples a second of what `speak` returns."""

_WORKER = Path(__file__).with_name("speak.py")


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


def speak(utterances: Sequence[Utterance]) -> list[NDArray[np.int16]]:
    """Say each utterance: one array of mono samples at `RATE` for each, in order.

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


def _decode(data: bytes) -> Iterator[NDArray[np.int16]]:
    """The worker's output, cut into arrays."""
    start = 0
    while start < len(data):
        count = int.from_bytes(data[start : start + 4], "little")
        yield np.frombuffer(data, dtype="<i2", count=count, offset=start + 4)
        start += 4 + 2 * count


def _explain(code: int, stderr: str) -> str:
    """What went wrong in the worker, which ends its errors in one line that says so."""
    lines = stderr.strip().splitlines()
    reason = lines[-1] if lines else f"the speech program ended with status {code}"
    return f"cannot make the demo's speech: {reason} (`data: real` needs no synthetic speech)"
