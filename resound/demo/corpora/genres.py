"""Synthetic music in the layout of GTZAN.

`genres_original/jazz/jazz.00003.wav` is the fourth jazz clip. A genre is defined by its tempo,
swing, chords, instruments, rhythmic pattern and distortion. A clip is a few bars of a band in a
random key with random recording conditions. Some clips take one of these properties from another
genre, so that no single property determines the genre.
"""

from collections import deque
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import soundfile
from annotated_types import Ge, Le
from numpy.typing import NDArray

from resound.demo.synthesis import sound
from resound.demo.synthesis.band import Genre, Groove, play
from resound.demo.synthesis.sound import Waveform
from resound.runtime.pool import Pool, spread
from resound.settings import Natural, Positive, PositiveNumber, settings

LENGTHS = (0.85, 1.15)
"""Bounds of the duration of a clip, as multiples of the setting `seconds`."""

TILT_DB = 1.0
"""Standard deviation of the spectral tilt of recordings, in dB per octave."""

SNR_DB = (30, 45)
"""Bounds of the ratio of music to noise, in dB."""


@settings
class Settings:
    """Synthetic music of ten genres, in the layout of GTZAN."""

    kind: Literal["genres"]
    """Music genres."""
    clips: Positive = 20
    """Number of recordings of each genre."""
    seconds: PositiveNumber = 6.0
    """Mean duration; that of each clip deviates by up to 15 %."""
    rate_hz: Positive = 22050
    """Sample rate of the files in Hz."""
    borrow: Annotated[float, Ge(0), Le(1)] = 0.07
    """Probability that a clip takes its tempo, swing, chords, timbres, groove or drive from another
    genre, independently for each."""
    corrupt: bool = True
    """Whether the last jazz file is not a valid recording, like one file of GTZAN."""
    seed: Natural = 1
    """Seed of all random draws."""


GENRES = {
    "blues": Genre(
        tempo=(65, 105),
        swing=1.0,
        chords="0 seventh, 5 seventh, 0 seventh, 7 seventh",
        timbres=("guitar", "reed"),
        groove=Groove("x.......", "....x...", "x.o.", "x.o.", "x.o.", "..x.x.x...x....."),
        drive=1.0,
    ),
    "classical": Genre(
        tempo=(60, 120),
        swing=0.0,
        chords="0 major, 5 major, 7 major, 0 major",
        timbres=("strings", "flute"),
        groove=Groove(bass="x...............", chords="x.......", lead="x.o.x.oo"),
        drive=0.0,
    ),
    "country": Genre(
        tempo=(95, 130),
        swing=0.2,
        chords="0 major, 0 major, 5 major, 7 major",
        timbres=("guitar", "banjo"),
        groove=Groove("x.......", "..o.", ".", "x...", "..x.", "x.xx.xx.xx.xx.x."),
        drive=0.0,
    ),
    "disco": Genre(
        tempo=(110, 130),
        swing=0.0,
        chords="0 minor7, 5 minor7, 0 minor7, 10 major7",
        timbres=("guitar", "strings"),
        groove=Groove("x...", "....x...", "o.x.", "x.x.", "..xx..x.", "x.......x...x..."),
        drive=0.3,
    ),
    "hiphop": Genre(
        tempo=(80, 100),
        swing=0.4,
        chords="0 minor7, 0 minor7, 8 major7, 7 minor7",
        timbres=("electric_piano", "bells"),
        groove=Groove(
            "x..x..x...x.....",
            "....x...",
            "xoxo",
            "x..x......x.....",
            "x.........o.....",
            "......x.........",
        ),
        drive=0.3,
    ),
    "jazz": Genre(
        tempo=(120, 190),
        swing=0.9,
        chords="2 minor7, 7 seventh, 0 major7, 9 seventh",
        timbres=("piano", "reed"),
        groove=Groove(
            "o...............", "......o.", "x...x.x.", "x...", "...x..x.........", "x.xxx.x."
        ),
        drive=0.0,
    ),
    "metal": Genre(
        tempo=(110, 170),
        swing=0.0,
        chords="0 power, 0 power, 1 power, 3 power",
        timbres=("saw", "saw"),
        groove=Groove("xxxx", "....x...", "x...", "x.xx", "x.xxx.xx", "............xxxx"),
        drive=12.0,
    ),
    "pop": Genre(
        tempo=(98, 126),
        swing=0.0,
        chords="0 major, 7 major, 9 minor, 5 major",
        timbres=("electric_piano", "square"),
        groove=Groove("x.....x.x.......", "....x...", "x.x.", "x.o.", "x...", "x.x...x.x..x...."),
        drive=0.3,
    ),
    "reggae": Genre(
        tempo=(65, 90),
        swing=0.3,
        chords="0 minor, 5 minor, 0 minor, 10 major",
        timbres=("organ", "guitar"),
        groove=Groove(
            "........x.......", "........x.......", "o.x.", "x.xx..x.", "..x.", "..........x.x..."
        ),
        drive=0.2,
    ),
    "rock": Genre(
        tempo=(105, 145),
        swing=0.0,
        chords="0 major, 10 major, 5 major, 0 major",
        timbres=("guitar", "saw"),
        groove=Groove("x.....x.x.......", "....x...", "x.x.", "x.x.", "x.x.", "........x.x.xx.."),
        drive=4.0,
    ),
}


def make(settings: Settings, folder: Path, pool: Pool, workers: int) -> None:
    """Write the corpus into `folder`: the same bytes for any `pool` and `workers`.

    No clip depends on the number of clips, except that the last jazz file may be corrupt.
    """
    for genre in GENRES:
        _path(folder, genre, 0).parent.mkdir(parents=True, exist_ok=True)
    tasks = [(genre, clip) for genre in GENRES for clip in range(settings.clips)]
    deque(spread(partial(_write_clip, settings, folder), tasks, pool, workers), maxlen=0)


def _path(folder: Path, genre: str, clip: int) -> Path:
    return folder / "genres_original" / genre / f"{genre}.{clip:05}.wav"


def _write_clip(settings: Settings, folder: Path, task: tuple[str, int]) -> None:
    """Synthesise and write one clip; `task` is its genre and its number, counted from 0."""
    path = _path(folder, *task)
    if settings.corrupt and task == ("jazz", settings.clips - 1):
        path.write_bytes(b"These bytes are no recording.\n" * 64)
    else:
        soundfile.write(path, _clip(settings, *task), settings.rate_hz, subtype="PCM_16")


def _clip(settings: Settings, genre: str, clip: int) -> NDArray[np.int16]:
    """Return the samples of one clip."""
    rng = np.random.default_rng([settings.seed, list(GENRES).index(genre), clip])
    style = _style(genre, settings.borrow, rng)
    samples = int(settings.seconds * rng.uniform(*LENGTHS) * settings.rate_hz)
    return _record(play(style, samples, settings.rate_hz, rng), settings.rate_hz, rng)


def _style(genre: str, borrow: float, rng: np.random.Generator) -> Genre:
    """Return the genre, replacing each property by another genre's with probability `borrow`."""
    others = [GENRES[name] for name in GENRES if name != genre]
    names = [field.name for field in fields(Genre)]
    lenders = rng.integers(len(others), size=len(names))
    borrowed = rng.random(len(names)) < borrow
    sources = [
        others[lender] if borrows else GENRES[genre] for lender, borrows in zip(lenders, borrowed)
    ]
    return Genre(**{name: getattr(source, name) for name, source in zip(names, sources)})


def _record(wave: Waveform, rate_hz: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Add the noise, spectral tilt and level of a random recording to a mix."""
    wave = sound.add_noise(wave, rng.uniform(*SNR_DB), rng)
    wave = sound.tilt(wave, rate_hz, rng.normal(0, TILT_DB))
    return sound.to_int16(sound.set_peak(wave, rng.uniform(-12, -1)))
