"""Persian lectures in the layout of myaudio_tiny: a table of clips and texts, and the clips.

`myaudio_tiny.xlsx` has the columns `audio` and `text`; `myaudio/450001.wav` is the first clip of
lecture 45. A lecture is a voice with its pitch and rate of speech, a room, a noise, and a topic
that most of its sentences are about. No sentence comes twice. Beyond its good clips the first
lecture has four that are of no use, one of each kind of `Fault`.
"""

import io
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Annotated, Literal
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import soundfile
from annotated_types import Gt, Le
from numpy.typing import NDArray

from resound.demo.synthesis import phrases, sound
from resound.demo.synthesis.sound import Waveform
from resound.demo.synthesis.speech import Utterance
from resound.errors import UserError
from resound.io.files import atomic_file
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, Positive, settings

TABLE = "myaudio_tiny.xlsx"

FAVOUR = 0.8
"""Chance that a sentence is of its lecture's topic, whatever the other topics add to it."""

MADE = datetime(2020, 1, 1)
"""When the table says that it was made, so that its bytes do not tell the time."""

LONG_S = 31
"""Duration of the clip that is too long for Whisper, in seconds."""


class Fault(Enum):
    """What is wrong with a clip."""

    NO_RECORDING = 1
    """The table names it, but there is no file."""
    NO_ROW = 2
    """There is a file, but the table does not name it."""
    NO_TEXT = 3
    """Its text is empty."""
    TOO_LONG = 4
    """Silence follows the sentence until `LONG_S`."""


@settings
class Settings:
    """Persian sentences of synthetic lecturers, as myaudio_tiny lays them out."""

    kind: Literal["persian"]
    """The Persian speech recognition corpus."""
    lectures: Annotated[int, Gt(0), Le(100)] = 10
    """Number of lectures, each in a voice, a room and a noise of its own."""
    clips: Annotated[int, Gt(0), Le(1000)] = 18
    """Sentences of each lecture; the first has four faulty ones beside them."""
    snr_db: float = 12.0
    """Middle of the signal-to-noise ratios in dB; each lecture's is within 5 dB of it."""
    rate_hz: Positive = 16000
    """Sample rate of the files in Hz."""
    seed: Natural = 1
    """What every draw follows from."""


@dataclass(frozen=True)
class Clip:
    """A sentence of a lecture."""

    lecture: int
    number: int
    """Counted from 1 within the lecture."""
    text: str
    fault: Fault | None = None

    @property
    def path(self) -> str:
        """As the table names it."""
        return f"myaudio/{self.lecture}{self.number:04}.wav"


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No lecture depends on those after it. Raises `UserError` where speech cannot be made, or where
    there are not as many sentences as asked for.
    """
    (folder / "myaudio").mkdir(parents=True, exist_ok=True)
    lectures = _plan(settings)
    tasks = list(enumerate(lectures, 1))
    deque(spread(partial(_write_lecture, settings, folder), tasks, pool, workers), maxlen=0)
    _write_table([clip for clips in lectures for clip in clips], folder / TABLE)


def _plan(settings: Settings) -> list[list[Clip]]:
    """The clips of each lecture."""
    rng = np.random.default_rng(settings.seed)
    # A topic's sentences in the order in which lectures take them.
    left = {
        topic: [texts[n] for n in rng.permutation(len(texts))]
        for topic, texts in phrases.topics("corpus").items()
    }
    homes = [str(topic) for topic in rng.permutation(list(left))]
    names = [rng.permutation(np.arange(10**size, 10 ** (size + 1))) for size in (1, 2, 3)]
    lectures = []
    for place in range(settings.lectures):
        lecture = int(names[place % 3][place // 3])
        faults = [None] * settings.clips + list(Fault if place == 0 else ())
        texts = [_take(left, homes[place % len(homes)], rng) for _ in faults]
        lectures.append(
            [Clip(lecture, n, text, fault) for n, (text, fault) in enumerate(zip(texts, faults), 1)]
        )
    return lectures


def _take(left: dict[str, list[str]], home: str, rng: np.random.Generator) -> str:
    """The next sentence of a lecture about `home`, taken out of those that are left."""
    others = [topic for topic, texts in left.items() if texts]
    if not others:
        raise UserError("the demo's Persian sentences are used up: ask for fewer clips")
    topic = home if left[home] and rng.random() < FAVOUR else str(rng.choice(others))
    return left[topic].pop()


def _write_lecture(settings: Settings, folder: Path, task: tuple[int, list[Clip]]) -> None:
    """Speak and write the clips of one lecture, with its place counted from 1."""
    place, clips = task
    rng = np.random.default_rng([settings.seed, place, 0])
    variants = np.random.default_rng(settings.seed).permutation(phrases.CORPUS_VARIANTS)
    voice = f"{phrases.ACCENTS['fa'][0]}+{variants[(place - 1) % len(variants)]}"
    rate, pitch = rng.uniform(195, 225), rng.uniform(30, 70)
    air = _Air(settings, rng)
    generators = [np.random.default_rng([settings.seed, place, clip.number]) for clip in clips]
    said = [
        Utterance(
            clip.text, voice, round(rate + rng.uniform(-5, 5)), round(pitch + rng.uniform(-5, 5))
        )
        for clip, rng in zip(clips, generators)
    ]
    for clip, wave, rng in zip(clips, phrases.say(said, settings.rate_hz), generators):
        if clip.fault is not Fault.NO_RECORDING:
            samples = air.carry(wave, rng)
            if clip.fault is Fault.TOO_LONG:
                samples = np.pad(samples, (0, LONG_S * settings.rate_hz - len(samples)))
            soundfile.write(folder / clip.path, samples, settings.rate_hz, subtype="PCM_16")


class _Air:
    """What lies between a lecturer and the microphone, the same for a whole lecture."""

    def __init__(self, settings: Settings, rng: np.random.Generator) -> None:
        self.rate_hz = settings.rate_hz
        self.room = int(rng.integers(2**32))
        self.reverb_s, self.direct_db = rng.uniform(0.1, 0.4), rng.uniform(2, 9)
        self.snr_db = settings.snr_db + rng.uniform(-5, 5)
        self.tilt_db = rng.uniform(-4, 1)

    def carry(self, wave: Waveform, rng: np.random.Generator) -> NDArray[np.int16]:
        """A sentence as the microphone gets it."""
        wave = phrases.pad(wave, self.rate_hz, rng)
        # The same echoes each time.
        echoes = np.random.default_rng(self.room)
        wave = sound.add_room(wave, self.rate_hz, self.reverb_s, self.direct_db, echoes)
        noise = rng.standard_normal(len(wave), dtype=np.float32)
        wave = sound.mix(wave, sound.tilt(noise, self.rate_hz, self.tilt_db), self.snr_db)
        return sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -2)))


def _write_table(clips: list[Clip], path: Path) -> None:
    """Write the rows of all clips but the one that has none."""
    # Imported where it is used: whoever reads the configuration imports this module.
    from openpyxl import Workbook
    from openpyxl.xml.functions import tostring

    book = Workbook()
    book.active.append(["audio", "text"])
    for clip in clips:
        if clip.fault is not Fault.NO_ROW:
            book.active.append([clip.path, None if clip.fault is Fault.NO_TEXT else clip.text])
    draft = io.BytesIO()
    book.save(draft)
    # Saving dates the workbook and the members of its archive.
    book.properties.created = book.properties.modified = MADE
    core = tostring(book.properties.to_tree())
    with atomic_file(path) as part, ZipFile(draft) as dated, ZipFile(part, "w") as table:
        for name in dated.namelist():
            data = core if name == "docProps/core.xml" else dated.read(name)
            table.writestr(ZipInfo(name, MADE.timetuple()[:6]), data, ZIP_DEFLATED)
