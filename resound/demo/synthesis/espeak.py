# SPDX-License-Identifier: GPL-3.0-or-later
"""Speak texts with espeak-ng: JSON lines in, raw samples and the phonemes' times out.

Each line of stdin is one object: `text`, `voice` (such as `en-us+f2`: a language and, if wanted,
a variant), `rate` (words a minute), `pitch` (0 to 99) and, if wanted, `range` (0 to 99, how
lively the intonation is) and `volume` (0 to 200). For each, stdout gets a 4-byte little-endian
count and that many int16 mono samples at 22,050 Hz; then such a count again and that many bytes of
JSON, `[[first sample, phoneme], ...]` in espeak-ng's own mnemonics, stress marks and pauses too. A
phoneme lasts until the next one begins. A failure is one line on stderr and a non-zero exit.

The API is that of espeak-ng 1.52's `speak_lib.h` and `espeak_ng.h`.
"""

# espeak-ng is under the GPL, and this file loads it, so this file is too. The rest of the project
# is under MIT and only runs this one as a separate program, talking to it through pipes.

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
SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when all has been spoken
PHONEME_EVENTS = 1  # espeakINITIALIZE_PHONEME_EVENTS
DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT: report missing data, do not end the process
UTF8 = 1  # espeakCHARS_UTF8
PARAMETERS = {"rate": 1, "volume": 2, "pitch": 3, "range": 4}  # espeak_PARAMETER
DEFAULTS = {"volume": 100, "range": 50}
LIST_TERMINATED, PHONEME = 0, 7  # espeak_EVENT_TYPE


class EventId(ctypes.Union):
    """What an event is about."""

    _fields_ = (
        ("number", ctypes.c_int),
        ("name", ctypes.c_void_p),
        ("string", ctypes.c_char * 8),
    )


class Event(ctypes.Structure):
    """espeak_EVENT."""

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


class Speaker:
    """The espeak-ng library, loaded once.

    Its random numbers and some of its state run on from one utterance to the next, so the same
    bytes come again only from a new process that is asked for the same utterances in order.
    """

    def __init__(self) -> None:
        data = espeakng_loader.get_data_path()
        self._variants = {file.name for file in Path(data, "voices", "!v").iterdir()}
        self._samples = bytearray()
        self._phonemes: list[tuple[int, str]] = []
        self._callback = Callback(self._collect)  # kept: C holds a bare pointer to it
        self._library = _load(espeakng_loader.get_library_path())
        options = DONT_EXIT | PHONEME_EVENTS
        rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(data), options)
        if rate != SAMPLE_RATE:
            raise RuntimeError(f"espeak-ng does not start with the data in {data} ({rate})")
        self._library.espeak_SetSynthCallback(self._callback)
        self._seed()

    def _seed(self) -> None:
        # It draws from its own generator, which starts from the clock, and from C's rand().
        ctypes.CDLL(None).srand(SEED)
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(SEED))

    def _collect(self, samples: Any, count: int, events: Any) -> int:
        if samples and count:
            self._samples += ctypes.string_at(samples, 2 * count)
        for event in takewhile(lambda event: event.type != LIST_TERMINATED, events):
            if event.type == PHONEME:
                self._phonemes.append((event.sample, event.id.string.decode()))
        return 0

    def say(self, request: Mapping[str, Any]) -> tuple[bytes, list[tuple[int, str]]]:
        """The int16 samples of one request, and the first sample and mnemonic of each phoneme.

        ValueError where it cannot be spoken.
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
            raise ValueError(f"espeak-ng cannot say {request['text']!r} (error {code})")
        return bytes(self._samples), list(self._phonemes)

    def _set_voice(self, voice: str) -> None:
        # espeak-ng speaks an unknown variant with the plain voice and reports no error.
        _, plus, variant = voice.partition("+")
        if plus and variant not in self._variants:
            raise ValueError(f"espeak-ng has no variant {variant!r} (voice {voice!r})")
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"espeak-ng has no voice {voice!r}")


def _load(path: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(path)
    except OSError as error:
        needs = "on Linux, espeakng-loader needs glibc 2.29 or newer"
        raise RuntimeError(f"espeak-ng does not load here ({error}); {needs}") from error


def main() -> None:
    """Answer each line of stdin in turn."""
    if os.name != "posix":
        sys.exit("espeak-ng is only used on Linux and macOS; on Windows, run in WSL")
    try:
        speaker = Speaker()
        for line in sys.stdin.buffer:
            samples, phonemes = speaker.say(json.loads(line))
            times = json.dumps(phonemes).encode()
            sys.stdout.buffer.write((len(samples) // 2).to_bytes(4, "little") + samples)
            sys.stdout.buffer.write(len(times).to_bytes(4, "little") + times)
    except KeyError as error:
        sys.exit(f"a request lacks {error}")
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
