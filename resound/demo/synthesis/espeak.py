# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthesise speech with espeak-ng: read JSON lines, write raw samples and phoneme times.

Each line of stdin is one JSON object with the keys `text`, `voice` (a language and optionally a
variant, such as `en-us+f2`), `rate` (words per minute), `pitch` (0 to 99) and, optionally, `range`
(0 to 99, the liveliness of the intonation) and `volume` (0 to 200). For each request, the program
writes to stdout a 4-byte little-endian count and that many int16 mono samples at 22,050 Hz, then
another such count and that many bytes of JSON, `[[first sample, phoneme], ...]`. Phonemes are
espeak-ng's mnemonics, including stress marks and pauses; each lasts until the next one begins.
On failure, the program writes one line to stderr and exits with a non-zero status.

The API is that of `speak_lib.h` and `espeak_ng.h` in espeak-ng 1.52.
"""

# espeak-ng is licensed under the GPL, and this file loads it, so this file is too. The rest of the
# project is licensed under MIT and runs this file only as a separate program, through pipes.

import ctypes
import json
import os
import sys
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

try:
    import espeakng_loader
except ImportError:
    sys.exit(
        "the package espeakng-loader is missing: `pip install espeakng-loader`"
        " (it has builds for Linux on x86-64 and for macOS)"
    )

SAMPLE_RATE = 22050
SEED = 1
SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns after the last sample
PHONEME_EVENTS = 1  # espeakINITIALIZE_PHONEME_EVENTS
DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report missing data instead of exiting
UTF8 = 1  # espeakCHARS_UTF8
PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4}  # espeak_PARAMETER
DEFAULTS = {"volume": 100, "range": 50}
LIST_TERMINATED, PHONEME = 0, 7  # espeak_EVENT_TYPE


class EventId(ctypes.Union):
    """The `id` field of `espeak_EVENT`."""

    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_void_p),
        ("string", ctypes.c_char * 8),
    )


class Event(ctypes.Structure):
    """The struct `espeak_EVENT`."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", EventId),
    )


Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event)
)


class Synthesiser:
    """The espeak-ng library, loaded once.

    Its random numbers and some of its state carry over from one utterance to the next, so only a
    new process that receives the same utterances in the same order repeats the same bytes.
    """

    def __init__(self) -> None:
        data = espeakng_loader.get_data_path()
        self._variants = {file.name for file in Path(data, "voices", "!v").iterdir()}
        self._samples = bytearray()
        self._phonemes: list[tuple[int, str]] = []
        self._callback = Callback(self._collect)  # a reference: C holds only a pointer
        self._library = _load(espeakng_loader.get_library_path())
        options = DONT_EXIT | PHONEME_EVENTS
        rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(data), options)
        if rate != SAMPLE_RATE:
            raise RuntimeError(f"espeak-ng cannot start with the data in {data} (status {rate})")
        self._library.espeak_SetSynthCallback(self._callback)
        self._seed()

    def _seed(self) -> None:
        # espeak-ng uses its own generator, which it seeds from the clock, and C's rand().
        ctypes.CDLL(None).srand(SEED)
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(SEED))

    def _collect(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._samples += ctypes.string_at(samples, 2 * count)
        for event in takewhile(lambda event: event.type != LIST_TERMINATED, events):
            if event.type == PHONEME:
                self._phonemes.append((event.sample, event.id.string.decode()))
        return 0

    def synthesise(self, request: Mapping[str, Any]) -> tuple[bytes, list[tuple[int, str]]]:
        """Return the int16 samples of a request, and the first sample and name of each phoneme.

        Raises ValueError if espeak-ng has no such voice or fails.
        """
        self._set_voice(request["voice"])
        for name, number in PARAMETERS.items():
            value = request[name] if name not in DEFAULTS else request.get(name, DEFAULTS[name])
            self._library.espeak_SetParameter(number, int(value), 0)
        self._samples.clear()
        self._phonemes.clear()
        text = request["text"].encode() + b"\0"
        code = self._library.espeak_Synth(
            text, ctypes.c_size_t(len(text)), 0, 1, 0, UTF8, None, None
        )
        if code:
            raise ValueError(f"espeak-ng cannot speak {request['text']!r} (error {code})")
        return bytes(self._samples), list(self._phonemes)

    def _set_voice(self, voice: str) -> None:
        # For an unknown variant, espeak-ng uses the plain voice without reporting an error.
        _, plus, variant = voice.partition("+")
        if plus and variant not in self._variants:
            raise ValueError(f"espeak-ng has no variant {variant!r} (voice {voice!r})")
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no voice {voice!r}")


def _load(path: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        hint = "on Linux, espeakng-loader needs glibc 2.29 or newer"
        raise RuntimeError(f"cannot load espeak-ng ({error}); {hint}") from error


def main() -> None:
    """Synthesise the request in each line of stdin."""
    if os.name != "posix":
        sys.exit("espeak-ng is supported on Linux and macOS only; on Windows, use WSL")
    try:
        synthesiser = Synthesiser()
        for line in sys.stdin.buffer:
            samples, phonemes = synthesiser.synthesise(json.loads(line))
            times = json.dumps(phonemes).encode()
            sys.stdout.buffer.write((len(samples) // 2).to_bytes(4, "little") + samples)
            sys.stdout.buffer.write(len(times).to_bytes(4, "little") + times)
    except KeyError as error:
        sys.exit(f"a request has no key {error}")
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
