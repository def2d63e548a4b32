"""Read sentences in TIMIT's layout: `train/dr1/fmwk0/sx4711.wav`, and beside it its phonemes.

`sx4711.phn` has a line `start end symbol` for each phoneme, in samples of the recording, from its
first to its last without a gap; `sx4711.txt` has one such line for the sentence. The symbols are
TIMIT's for the 39 phonemes of ARPAbet, `h#` for the silence at both ends and `pau` for that
between. Closures of stops are not told apart, as TIMIT's are: they belong to the sound before.

A dialect is an English accent; a speaker is an accent, one of the voices' variants, a usual pitch
and rate of speech. Speakers and sentences of the test part do not occur in the training part.
espeak-ng tells which phonemes it speaks and when.
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
from resound.demo.synthesis.speech import RATE, Speech, Utterance, speak_timed
from resound.errors import UserError
from resound.io.files import write_text
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, Positive, settings

ACCENTS = ("en-us", "en", "en-gb-scotland", "en-us-nyc")
"""The dialects `dr1`, `dr2` and so on."""

FEMALE = "f1 f2 f3 f4 f5 Andrea Annie belinda linda steph".split()
MALE = "m1 m2 m3 m7 m8 Gene Lee Michael boris edward".split()
"""Variants that sound like people; a speaker's name begins with `f` or `m`."""

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
"""Number of sentences that there are; a sentence's number is in its file's name."""

TEST = 3
"""Every so many speakers one is a test speaker, and so many sentences one is a test sentence."""

SILENCE, PAUSE = "h#", "pau"

FIRST_SHARE = 0.6
"""How much of a combined phoneme is the first of its two symbols."""

SYMBOLS = dict(
    pair.split("=")[::-1]
    for pair in (
        # Vowels.
        "aa=0 aa=A: ae=a ah=V ah=@ ah=@2 ah=a# ao=O: ao=O2 aw=aU ay=aI ay=aI2 eh=E er=3 er=3: er=IR"
        " er=VR ey=eI ih=I ih=I2 ih=I# iy=i iy=i: ow=oU oy=OI uh=U uw=u:"
        # Vowels with what follows them in one.
        " ah+l=@L ao+r=O@ ao+r=o@ ay+er=aI3 ay+er=aI@ eh+r=e@ ih+r=i@3 uh+r=U@"
        # Consonants; `t#` is the flap of `butter` in America, `;` the glide of `usually enjoys`.
        " b=b ch=tS d=d dh=D f=f g=g hh=h jh=dZ k=k l=l m=m n=n ng=N p=p r=r r=r- s=s sh=S t=t t=t#"
        " th=T v=v w=w y=j y=; z=z zh=Z"
        # Pauses.
        " pau=_ pau=_:"
    ).split()
)
"""What espeak-ng's phonemes are in TIMIT's symbols; a `+` joins two.

A vowel is what a speaker of American English would have there. Accents that drop an `r` after a
vowel still have it here, as dictionaries do. `aa`, whose sound depends on the accent, is left out.
"""

UNLABELLED, MISLABELLED = (1, 0), (2, 0)
"""The two faulty recordings, as the speaker and the place among the speaker's sentences: one
without its `.phn`, and one whose `.phn` has a symbol that is none."""


@settings
class Settings:
    """Sentences of synthetic speakers with the times of their phonemes, as TIMIT lays them out."""

    kind: Literal["phonemes"]
    """The phonemes corpus."""
    speakers: Annotated[int, Gt(0), Le(1000)] = 12
    """Number of speakers; every third is in `test`, the others are in `train`."""
    sentences: Annotated[int, Gt(0), Le(1000)] = 12
    """Sentences of each speaker."""
    snr_db: float = 5.0
    """Middle of the signal-to-noise ratios in dB; each clip's is within 5 dB of it."""
    rate_hz: Positive = 16000
    """Sample rate of the files in Hz, in whose samples times are given."""
    faulty: bool = True
    """Whether the first speaker's first sentence lacks its `.phn`, and the second's first has an
    unknown symbol there."""
    seed: Natural = 1
    """What every draw follows from."""


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    A speaker's files do not depend on the number of speakers, nor a sentence on that of sentences.
    Raises `UserError` where speech cannot be made.
    """
    numbers = range(1, settings.speakers + 1)
    deque(spread(partial(_write_speaker, settings, folder), numbers, pool, workers), maxlen=0)


def _write_speaker(settings: Settings, folder: Path, speaker: int) -> None:
    """Speak and write all files of one speaker, counted from 1."""
    dialect, name, voice = _identity(settings.seed, speaker)
    home = folder / ("train" if speaker % TEST else "test") / dialect / name
    home.mkdir(parents=True, exist_ok=True)
    # A key that no sentence has.
    own = np.random.default_rng([settings.seed, speaker, SENTENCES])
    numbers = _sentences(speaker, own)[: settings.sentences]
    generators = [np.random.default_rng([settings.seed, speaker, number]) for number in numbers]
    utterances = list(_utterances(voice, numbers, own, generators))
    spoken = speak_timed(utterances)
    for place, (number, rng) in enumerate(zip(numbers, generators)):
        samples, segments = _record(spoken[place], settings, rng)
        path = home / f"sx{number}"
        soundfile.write(path.with_suffix(".wav"), samples, settings.rate_hz, subtype="PCM_16")
        write_text(path.with_suffix(".txt"), f"0 {len(samples)} {utterances[place].text}\n")
        fault = (speaker, place) if settings.faulty else None
        if fault == MISLABELLED:
            segments[1] = (*segments[1][:2], "?")
        if fault != UNLABELLED:
            lines = (f"{start} {end} {symbol}\n" for start, end, symbol in segments)
            write_text(path.with_suffix(".phn"), "".join(lines))


def _identity(seed: int, speaker: int) -> tuple[str, str, str]:
    """A speaker's dialect, name and voice; the first 60 speakers share no voice."""
    rng = np.random.default_rng(seed)
    sex, variants = ("m", MALE) if speaker % 2 == 0 else ("f", FEMALE)
    variant = rng.permutation(variants)[(speaker - 1) // 2 % len(variants)]
    # Each dialect has its test speaker, and a woman and a man to learn from.
    accent = (speaker - 1) // TEST % len(ACCENTS)
    initials = np.unravel_index(rng.permutation(26**3)[speaker - 1], (26, 26, 26))
    name = sex + "".join(chr(ord("a") + int(letter)) for letter in initials) + "0"
    return f"dr{accent + 1}", name, f"{ACCENTS[accent]}+{variant}"


def _sentences(speaker: int, rng: np.random.Generator) -> list[int]:
    """The numbers of all sentences that a speaker could read, in the order of reading."""
    numbers = np.arange(SENTENCES)
    return [int(n) for n in rng.permutation(numbers[(numbers % TEST > 0) == (speaker % TEST > 0)])]


def _text(number: int) -> str:
    """The sentence of a number."""
    phrases = (WHO, DID, WHAT, WHEN)
    places = np.unravel_index(number, [len(choice) for choice in phrases])
    who, did, what, when = (choice[place] for choice, place in zip(phrases, places))
    text = f"{who} {did} {what}{when}."
    return text[0].upper() + text[1:]


def _utterances(
    voice: str, numbers: list[int], own: np.random.Generator, generators: list[np.random.Generator]
) -> Iterator[Utterance]:
    """Each sentence near the speaker's usual rate and pitch."""
    usual_rate, usual_pitch = own.uniform(150, 195), own.uniform(30, 70)
    for number, rng in zip(numbers, generators):
        rate = round(usual_rate * rng.uniform(0.92, 1.08))
        pitch = round(usual_pitch + rng.uniform(-8, 8))
        yield Utterance(_text(number), voice, rate, pitch)


def _record(
    speech: Speech, settings: Settings, rng: np.random.Generator
) -> tuple[NDArray[np.int16], list[tuple[int, int, str]]]:
    """A sentence as a microphone gets it, and its segments: start, end and symbol of each."""
    wave = audio.resample(sound.from_int16(speech.samples), RATE, settings.rate_hz)
    before, after = (int(rng.uniform(0.1, 0.3) * settings.rate_hz) for _ in range(2))
    wave = np.pad(wave, (before, after))
    marks = [(before + at * settings.rate_hz / RATE, symbol) for at, symbol in _symbols(speech)]
    return sound.to_int16(_air(wave, settings, rng)), list(_segments(marks, len(wave)))


def _air(wave: Waveform, settings: Settings, rng: np.random.Generator) -> Waveform:
    """What the room, the noise and the distance make of a sound; its times stay as they are."""
    if rng.random() < 0.6:
        reverb_s, direct_db = rng.uniform(0.1, 0.4), rng.uniform(0, 9)
        wave = sound.add_room(wave, settings.rate_hz, reverb_s, direct_db, rng)
    wave = sound.add_noise(wave, settings.snr_db + rng.uniform(-5, 5), rng)
    return sound.set_peak(wave, rng.uniform(-20, -2))


def _symbols(speech: Speech) -> Iterator[tuple[float, str]]:
    """Each symbol of an utterance and where it begins, in samples at `RATE`."""
    starts = [start for start, _ in speech.phonemes]
    ends = [*starts[1:], len(speech.samples)]
    for (start, phoneme), end in zip(speech.phonemes, ends):
        symbol = SYMBOLS.get(phoneme.lstrip("',"))
        if symbol is None:
            raise UserError(
                f"espeak-ng's phoneme {phoneme!r} has no symbol in resound/demo/corpora/phonemes.py"
            )
        first, plus, second = symbol.partition("+")
        yield start, first
        if plus:
            yield start + FIRST_SHARE * (end - start), second
    yield len(speech.samples), PAUSE


def _segments(marks: list[tuple[float, str]], length: int) -> Iterator[tuple[int, int, str]]:
    """Start, end and symbol of each segment of a clip of `length` samples, from its first on.

    Of marks at one sample the last counts; equal neighbours, as in `this side`, are one segment.
    """
    starts = {0: PAUSE} | {round(at): symbol for at, symbol in marks}
    runs = [next(run) for _, run in groupby(starts.items(), key=itemgetter(1))]
    ends = [start for start, _ in runs[1:]] + [length]
    for (start, symbol), end in zip(runs, ends):
        outer = symbol == PAUSE and (start == 0 or end == length)
        yield start, end, SILENCE if outer else symbol
