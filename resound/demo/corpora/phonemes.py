"""Sentences with time-aligned phonemes in the layout of TIMIT.

For the recording `train/dr1/fmwk0/sx4711.wav`, `sx4711.phn` has one line `start end symbol` per
phoneme, in samples, covering the recording without gaps; `sx4711.txt` has one such line for the
sentence. The symbols are those of TIMIT for the 39 phonemes of ARPAbet, `h#` for silence at both
ends and `pau` for silence in between. In contrast to TIMIT, closures of stops have no symbol: they
belong to the preceding phoneme.

A dialect is an English accent; a speaker consists of an accent, a voice variant, and a mean pitch
and speech rate. Training and test part share no speakers and no sentences. espeak-ng reports the
phonemes that it synthesises and their times.
"""

from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soundfile
from annotated_types import Gt, Le
from numpy.typing import NDArray

from resound.data import audio
from resound.demo.synthesis import sound
from resound.demo.synthesis.sound import Waveform
from resound.demo.synthesis.speech import RATE_HZ, Speech, Utterance, synthesise_timed
from resound.errors import UserError
from resound.io.files import write_text
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, Positive, settings

ACCENTS = ("en-us", "en", "en-gb-scotland", "en-us-nyc")
"""The accents of the dialects `dr1`, `dr2` and so on."""

FEMALE = "f1 f2 f3 f4 f5 Andrea Annie belinda linda steph".split()
MALE = "m1 m2 m3 m7 m8 Gene Lee Michael boris edward".split()
"""Voice variants that sound human; the name of a speaker begins with `f` or `m` accordingly."""

WHO = (
    "the noisy boys",
    "my brother George",
    "a good cook",
    "each young nurse",
    "your third cousin",
    "both thieves",
    "the Russian judge",
    "her cheerful father",
    "an honest merchant",
    "our voyager",
)
DID = (
    "should measure",
    "usually enjoys",
    "would push",
    "has chosen",
    "never found",
    "put away",
    "could share",
    "is watching",
    "threw out",
    "yelled about",
)
WHAT = (
    "a beige yacht",
    "the hidden treasure",
    "those huge mushrooms",
    "an oily fishing boat",
    "some boiled eggs",
    "three wooden chairs",
    "the wrong cookbook",
    "a cheap leather coat",
    "their joyful songs",
    "a casual hat",
)
WHEN = (
    " before lunch",
    " in the garage",
    " near the fire",
    " south of town",
    ", as usual",
    ", without a choice",
    " all through July",
    ", though nobody knew",
    ", with pleasure",
    " under the moon",
)

SENTENCES = len(WHO) * len(DID) * len(WHAT) * len(WHEN)
"""Number of different sentences; the number of a sentence is part of its file names."""

TEST_INTERVAL = 3
"""Every third speaker is a test speaker, and every third sentence is a test sentence."""

SILENCE, PAUSE = "h#", "pau"

FIRST_FRACTION = 0.6
"""Fraction of the duration of a combined phoneme that belongs to the first of its two symbols."""

SYMBOLS = dict(
    pair.split("=")[::-1]
    for pair in (
        # Vowels.
        "aa=0 aa=A: ae=a ah=V ah=@ ah=@2 ah=a# ao=O: ao=O2 aw=aU ay=aI ay=aI2 eh=E er=3 er=3: er=IR"
        " er=VR ey=eI ih=I ih=I2 ih=I# iy=i iy=i: ow=oU oy=OI uh=U uw=u:"
        # Vowels combined with the following consonant or vowel.
        " ah+l=@L ao+r=O@ ao+r=o@ ay+er=aI3 ay+er=aI@ eh+r=e@ ih+r=i@3 uh+r=U@"
        # Consonants; `t#` is the American flap in `butter`, `;` the glide in `usually enjoys`.
        " b=b ch=tS d=d dh=D f=f g=g hh=h jh=dZ k=k l=l m=m n=n ng=N p=p r=r r=r- s=s sh=S t=t t=t#"
        " th=T v=v w=w y=j y=; z=z zh=Z"
        # Pauses.
        " pau=_ pau=_:"
    ).split()
)
"""TIMIT symbols of espeak-ng phonemes; `+` joins two symbols.

Vowels are those of American English. Accents that drop an `r` after a vowel keep it here, as in a
dictionary. espeak-ng's own phoneme `aa`, whose sound depends on the accent, is omitted.
"""

UNLABELLED, MISLABELLED = (1, 0), (2, 0)
"""The two invalid recordings, as speaker and index of the sentence: one has no `.phn` file, and the
`.phn` file of the other has an unknown symbol."""


@settings
class Settings:
    """Sentences by synthetic speakers with phoneme times, in the layout of TIMIT."""

    kind: Literal["phonemes"]
    """Phoneme recognition."""
    speakers: Annotated[int, Gt(0), Le(1000)] = 12
    """Number of speakers; every third is in `test`, the others are in `train`."""
    sentences: Annotated[int, Gt(0), Le(1000)] = 12
    """Number of sentences of each speaker."""
    snr_db: float = 5.0
    """Mean signal-to-noise ratio in dB; that of each clip deviates by up to 5 dB."""
    rate_hz: Positive = 16000
    """Sample rate of the files in Hz; phoneme times are in samples at this rate."""
    faulty: bool = True
    """Whether the first sentence of the first speaker has no `.phn` file, and that of the second
    speaker has an unknown symbol."""
    seed: Natural = 1
    """Seed of all random draws."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    The files of a speaker do not depend on the number of speakers, nor a sentence on the number of
    sentences. Raises `UserError` if speech synthesis fails.
    """
    numbers = range(1, settings.speakers + 1)
    deque(spread(partial(_write_speaker, settings, folder), numbers, pool, workers), maxlen=0)


def _write_speaker(settings: Settings, folder: Path, speaker: int) -> None:
    """Synthesise and write all files of one speaker; `speaker` counts from 1."""
    dialect, name, voice = _identity(settings.seed, speaker)
    part = "train" if speaker % TEST_INTERVAL else "test"
    directory = folder / part / dialect / name
    directory.mkdir(parents=True, exist_ok=True)
    # No sentence has this key.
    speaker_rng = np.random.default_rng([settings.seed, speaker, SENTENCES])
    numbers = _sentences(speaker, speaker_rng)[: settings.sentences]
    generators = [np.random.default_rng([settings.seed, speaker, number]) for number in numbers]
    utterances = list(_utterances(voice, numbers, speaker_rng, generators))
    speeches = synthesise_timed(utterances)
    for index, (number, rng) in enumerate(zip(numbers, generators)):
        samples, segments = _record(speeches[index], settings, rng)
        path = directory / f"sx{number}"
        soundfile.write(path.with_suffix(".wav"), samples, settings.rate_hz, subtype="PCM_16")
        write_text(path.with_suffix(".txt"), f"0 {len(samples)} {utterances[index].text}\n")
        fault = (speaker, index) if settings.faulty else None
        if fault == MISLABELLED:
            segments[1] = (*segments[1][:2], "?")
        if fault != UNLABELLED:
            lines = (f"{start} {end} {symbol}\n" for start, end, symbol in segments)
            write_text(path.with_suffix(".phn"), "".join(lines))


def _identity(seed: int, speaker: int) -> tuple[str, str, str]:
    """Return dialect, name and voice of a speaker; the first 60 speakers have different voices."""
    rng = np.random.default_rng(seed)
    sex, variants = ("m", MALE) if speaker % 2 == 0 else ("f", FEMALE)
    variant = rng.permutation(variants)[(speaker - 1) // 2 % len(variants)]
    # Each dialect has one test speaker, and a woman and a man for training.
    accent = (speaker - 1) // TEST_INTERVAL % len(ACCENTS)
    initials = np.unravel_index(rng.permutation(26**3)[speaker - 1], (26, 26, 26))
    name = sex + "".join(chr(ord("a") + int(letter)) for letter in initials) + "0"
    return f"dr{accent + 1}", name, f"{ACCENTS[accent]}+{variant}"


def _sentences(speaker: int, rng: np.random.Generator) -> list[int]:
    """Return the numbers of all sentences of the part of a speaker, in random order."""
    numbers = np.arange(SENTENCES)
    in_part = (numbers % TEST_INTERVAL > 0) == (speaker % TEST_INTERVAL > 0)
    return [int(number) for number in rng.permutation(numbers[in_part])]


def _text(number: int) -> str:
    """Return the sentence with a number."""
    choices = (WHO, DID, WHAT, WHEN)
    indices = np.unravel_index(number, [len(phrases) for phrases in choices])
    who, did, what, when = (phrases[index] for phrases, index in zip(choices, indices))
    text = f"{who} {did} {what}{when}."
    return text[0].upper() + text[1:]


def _utterances(
    voice: str,
    numbers: list[int],
    speaker_rng: np.random.Generator,
    generators: list[np.random.Generator],
) -> Iterator[Utterance]:
    """Yield each sentence near the mean rate and pitch of the speaker."""
    mean_rate, mean_pitch = speaker_rng.uniform(150, 195), speaker_rng.uniform(30, 70)
    for number, rng in zip(numbers, generators):
        rate = round(mean_rate * rng.uniform(0.92, 1.08))
        pitch = round(mean_pitch + rng.uniform(-8, 8))
        yield Utterance(_text(number), voice, rate, pitch)


def _record(
    speech: Speech, settings: Settings, rng: np.random.Generator
) -> tuple[NDArray[np.int16], list[tuple[int, int, str]]]:
    """Return a sentence as recorded, and its segments: start, end and symbol of each."""
    wave = audio.resample(sound.from_int16(speech.samples), RATE_HZ, settings.rate_hz)
    before, after = (int(rng.uniform(0.1, 0.3) * settings.rate_hz) for _ in range(2))
    wave = np.pad(wave, (before, after))
    marks = [
        (before + start * settings.rate_hz / RATE_HZ, symbol) for start, symbol in _symbols(speech)
    ]
    segments = list(_segments(marks, len(wave)))
    return sound.to_int16(_degrade(wave, settings, rng)), segments


def _degrade(wave: Waveform, settings: Settings, rng: np.random.Generator) -> Waveform:
    """Add reverberation and noise and change the level, without shifting the sound in time."""
    if rng.random() < 0.6:
        reverb_s, direct_db = rng.uniform(0.1, 0.4), rng.uniform(0, 9)
        wave = sound.add_room(wave, settings.rate_hz, reverb_s, direct_db, rng)
    wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
    return sound.set_peak(wave, rng.uniform(-20, -2))


def _symbols(speech: Speech) -> Iterator[tuple[float, str]]:
    """Yield the start of each symbol of an utterance, in samples at `RATE_HZ`, and the symbol."""
    starts = [start for start, _ in speech.phonemes]
    ends = [*starts[1:], len(speech.samples)]
    for (start, phoneme), end in zip(speech.phonemes, ends):
        symbol = SYMBOLS.get(phoneme.lstrip("',"))
        if symbol is None:
            raise UserError(
                f"the espeak-ng phoneme {phoneme!r} has no symbol: add it to SYMBOLS in"
                " resound/demo/corpora/phonemes.py"
            )
        first, plus, second = symbol.partition("+")
        yield start, first
        if plus:
            yield start + FIRST_FRACTION * (end - start), second
    yield len(speech.samples), PAUSE


def _segments(marks: list[tuple[float, str]], length: int) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and symbol of each segment of a clip of `length` samples.

    If several marks round to the same sample, the last one is used. Equal adjacent symbols, as in
    `this side`, are merged into one segment.
    """
    starts = {0: PAUSE} | {round(start): symbol for start, symbol in marks}
    runs = [next(run) for _, run in groupby(starts.items(), key=itemgetter(1))]
    ends = [start for start, _ in runs[1:]] + [length]
    for (start, symbol), end in zip(runs, ends):
        at_edge = symbol == PAUSE and (start == 0 or end == length)
        yield start, end, SILENCE if at_edge else symbol
