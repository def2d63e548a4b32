"""Persian lectures in the layout of myaudio_tiny: a spreadsheet of transcripts, and the clips.

`myaudio_tiny.xlsx` has the columns `audio` and `text`; `myaudio/450001.wav` is the first clip of
lecture 45. A lecture has one voice with a mean pitch and speech rate, one room, one noise level,
and a main topic. No sentence occurs twice. In addition to its valid clips, the first lecture has
four invalid ones, one for each `Fault`.
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

MAIN_TOPIC_PROBABILITY = 0.8
"""Probability that a sentence is drawn from the main topic instead of from any topic."""

CREATED = datetime(2020, 1, 1)
"""Creation time stored in the spreadsheet, fixed so that its bytes are reproducible."""

LONG_S = 31
"""Duration in seconds of the clip that is too long for Whisper."""


class Fault(Enum):
    """The defect of an invalid clip."""

    NO_RECORDING = 1
    """The spreadsheet lists it, but there is no file."""
    NO_ROW = 2
    """There is a file, but the spreadsheet does not list it."""
    NO_TEXT = 3
    """Its text is empty."""
    TOO_LONG = 4
    """The sentence is padded with silence to `LONG_S` seconds."""


@settings
class Settings:
    """Persian sentences by synthetic lecturers, in the layout of myaudio_tiny."""

    kind: Literal["persian"]
    """Persian speech recognition."""
    lectures: Annotated[int, Gt(0), Le(100)] = 10
    """Number of lectures, each with a different voice, room and noise."""
    clips: Annotated[int, Gt(0), Le(1000)] = 18
    """Number of sentences in each lecture; the first has four invalid clips in addition."""
    snr_db: float = 12.0
    """Mean signal-to-noise ratio in dB; that of each lecture deviates by up to 5 dB."""
    rate_hz: Positive = 16000
    """Sample rate of the files in Hz."""
    seed: Natural = 1
    """Seed of all random draws."""


@dataclass(frozen=True)
class Clip:
    """A clip of a lecture."""

    lecture: int
    number: int
    """Counted from 1 within the lecture."""
    text: str
    fault: Fault | None = None

    @property
    def path(self) -> str:
        """Path in the spreadsheet, relative to the corpus folder."""
        return f"myaudio/{self.lecture}{self.number:04}.wav"


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No lecture depends on those after it. Raises `UserError` if speech synthesis fails, or if the
    grammar has fewer sentences than the settings require.
    """
    (folder / "myaudio").mkdir(parents=True, exist_ok=True)
    lectures = _plan(settings)
    tasks = list(enumerate(lectures, 1))
    deque(spread(partial(_write_lecture, settings, folder), tasks, pool, workers), maxlen=0)
    _write_spreadsheet([clip for clips in lectures for clip in clips], folder / TABLE)


def _plan(settings: Settings) -> list[list[Clip]]:
    """Return the clips of each lecture."""
    rng = np.random.default_rng(settings.seed)
    # The unused sentences of each topic; lectures take them from the end.
    unused = {
        topic: [texts[n] for n in rng.permutation(len(texts))]
        for topic, texts in phrases.topics("corpus").items()
    }
    main_topics = [str(topic) for topic in rng.permutation(list(unused))]
    # Lecture numbers have two, three and four digits in turn.
    numbers = [rng.permutation(np.arange(10**size, 10 ** (size + 1))) for size in (1, 2, 3)]
    lectures = []
    for index in range(settings.lectures):
        lecture = int(numbers[index % 3][index // 3])
        faults = [None] * settings.clips + list(Fault if index == 0 else ())
        texts = [_take(unused, main_topics[index % len(main_topics)], rng) for _ in faults]
        lectures.append(
            [Clip(lecture, n, text, fault) for n, (text, fault) in enumerate(zip(texts, faults), 1)]
        )
    return lectures


def _take(unused: dict[str, list[str]], main_topic: str, rng: np.random.Generator) -> str:
    """Remove a sentence from `unused`, mostly one of `main_topic`, and return it."""
    topics = [topic for topic, texts in unused.items() if texts]
    if not topics:
        raise UserError(
            "the demo grammar has too few Persian sentences for these settings:"
            " reduce `lectures` or `clips`"
        )
    if unused[main_topic] and rng.random() < MAIN_TOPIC_PROBABILITY:
        topic = main_topic
    else:
        topic = str(rng.choice(topics))
    return unused[topic].pop()


def _write_lecture(settings: Settings, folder: Path, task: tuple[int, list[Clip]]) -> None:
    """Synthesise and write the clips of one lecture; `task` holds its position, from 1."""
    position, clips = task
    rng = np.random.default_rng([settings.seed, position, 0])
    variants = np.random.default_rng(settings.seed).permutation(phrases.CORPUS_VARIANTS)
    voice = f"{phrases.ACCENTS['fa'][0]}+{variants[(position - 1) % len(variants)]}"
    rate, pitch = rng.uniform(195, 225), rng.uniform(30, 70)
    acoustics = _Acoustics(settings, rng)
    generators = [np.random.default_rng([settings.seed, position, clip.number]) for clip in clips]
    utterances = [
        Utterance(
            clip.text, voice, round(rate + rng.uniform(-5, 5)), round(pitch + rng.uniform(-5, 5))
        )
        for clip, rng in zip(clips, generators)
    ]
    waves = phrases.synthesise_trimmed(utterances, settings.rate_hz)
    for clip, wave, rng in zip(clips, waves, generators):
        if clip.fault is not Fault.NO_RECORDING:
            samples = acoustics.record(wave, rng)
            if clip.fault is Fault.TOO_LONG:
                samples = np.pad(samples, (0, LONG_S * settings.rate_hz - len(samples)))
            soundfile.write(folder / clip.path, samples, settings.rate_hz, subtype="PCM_16")


class _Acoustics:
    """The room, noise level and microphone of a lecture, the same for all its clips."""

    def __init__(self, settings: Settings, rng: np.random.Generator) -> None:
        self.rate_hz = settings.rate_hz
        self.room_seed = int(rng.integers(2**32))
        self.reverb_s, self.direct_db = rng.uniform(0.1, 0.4), rng.uniform(2, 9)
        self.snr_db = settings.snr_db + rng.uniform(-5, 5)
        self.tilt_db = rng.uniform(-4, 1)

    def record(self, wave: Waveform, rng: np.random.Generator) -> NDArray[np.int16]:
        """Return a sentence as recorded."""
        wave = phrases.add_margins(wave, self.rate_hz, rng)
        # All clips of the lecture have the same room response.
        room_rng = np.random.default_rng(self.room_seed)
        wave = sound.add_room(wave, self.rate_hz, self.reverb_s, self.direct_db, room_rng)
        noise = rng.standard_normal(len(wave), dtype=np.float32)
        wave = sound.mix(wave, sound.tilt(noise, self.rate_hz, self.tilt_db), self.snr_db)
        return sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -2)))


def _write_spreadsheet(clips: list[Clip], path: Path) -> None:
    """Write one row per clip, except for clips with the fault `NO_ROW`."""
    # Imported here, because loading the configuration imports this module.
    from openpyxl import Workbook
    from openpyxl.xml.functions import tostring

    workbook = Workbook()
    workbook.active.append(["audio", "text"])
    for clip in clips:
        if clip.fault is not Fault.NO_ROW:
            workbook.active.append([clip.path, None if clip.fault is Fault.NO_TEXT else clip.text])
    buffer = io.BytesIO()
    workbook.save(buffer)
    # Saving stores the current time in the workbook and in the members of its archive.
    workbook.properties.created = workbook.properties.modified = CREATED
    core = tostring(workbook.properties.to_tree())
    with atomic_file(path) as part, ZipFile(buffer) as source, ZipFile(part, "w") as target:
        for name in source.namelist():
            data = core if name == "docProps/core.xml" else source.read(name)
            target.writestr(ZipInfo(name, CREATED.timetuple()[:6]), data, ZIP_DEFLATED)
