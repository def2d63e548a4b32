"""The music demo corpus: its layout, its repeatability and its sound."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile

from resound.data import audio
from resound.demo.corpora import genres
from resound.demo.synthesis import band
from tests.helpers import demo

CLIPS, SECONDS = 3, 1.0
CORRUPT = f"genres_original/jazz/jazz.{CLIPS - 1:05}.wav"
made = partial(demo.made, "genres", clips=CLIPS, seconds=SECONDS)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return made(folder)


def test_layout_is_that_of_gtzan(corpus: dict[str, bytes]) -> None:
    names = "blues classical country disco hiphop jazz metal pop reggae rock".split()
    assert set(corpus) == {
        f"genres_original/{name}/{name}.{clip:05}.wav" for name in names for clip in range(CLIPS)
    }


def test_clips_are_mono_of_unlike_length_and_never_clipped(
    folder: Path, corpus: dict[str, bytes]
) -> None:
    lengths = set()
    for name in corpus.keys() - {CORRUPT}:
        samples, rate_hz = soundfile.read(folder / name, dtype="int16")
        info = soundfile.info(folder / name)
        assert (rate_hz, info.channels, info.subtype) == (22050, 1, "PCM_16")
        assert 0.84 * SECONDS <= len(samples) / rate_hz <= 1.15 * SECONDS
        assert 0.2 * 32767 < np.abs(samples.astype(int)).max() < 0.95 * 32767
        lengths.add(len(samples))
    assert len(lengths) > 0.9 * len(corpus)


def test_last_jazz_file_is_no_recording(folder: Path, corpus: dict[str, bytes]) -> None:
    with pytest.raises(audio.UnreadableClip, match="cannot be read"):
        audio.read(folder / CORRUPT)


def test_no_file_is_corrupt_where_none_shall_be(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    whole = made(tmp_path, corrupt=False)
    assert {name for name in whole if whole[name] != corpus[name]} == {CORRUPT}
    assert soundfile.info(tmp_path / CORRUPT).frames


def test_sample_rate_is_the_one_asked_for(tmp_path: Path) -> None:
    made(tmp_path, clips=1, rate_hz=8000)
    info = soundfile.info(tmp_path / "genres_original/pop/pop.00000.wav")
    assert info.samplerate == 8000
    assert 0.84 * SECONDS <= info.duration <= 1.15 * SECONDS


@pytest.mark.parametrize("seconds", [0.01, 0.1])
def test_very_short_clips_are_made_too(tmp_path: Path, seconds: float) -> None:
    for name in made(tmp_path, clips=1, seconds=seconds, corrupt=False):
        assert soundfile.info(tmp_path / name).frames >= int(0.85 * seconds * 22050)


@pytest.mark.parametrize(
    ("pool", "workers"), [("none", 1), ("process", 1), ("process", 2), ("thread", 2)]
)
def test_bytes_do_not_depend_on_run_or_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert made(tmp_path, pool, workers) == corpus


def test_fewer_clips_leave_the_others_as_they_are(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    fewer = made(tmp_path, clips=CLIPS - 1, corrupt=False)
    assert len(fewer) == 10 * (CLIPS - 1)
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_changes_every_clip(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    other = made(tmp_path, seed=2)
    assert other.keys() == corpus.keys()
    assert {name for name in corpus if other[name] == corpus[name]} == {CORRUPT}


def test_clips_differ(corpus: dict[str, bytes]) -> None:
    assert len(set(corpus.values())) == len(corpus)


def test_nothing_or_everything_is_borrowed() -> None:
    rng = np.random.default_rng(0)
    for name, genre in genres.GENRES.items():
        assert genres._style(name, 0, rng) == genre
        assert genres._style(name, 1, rng).groove != genre.groove


def test_borrowing_has_the_asked_chance() -> None:
    rng = np.random.default_rng(0)
    metal = genres.GENRES["metal"]
    drives = [genres._style("metal", 0.25, rng).drive for _ in range(2000)]
    assert np.mean([drive != metal.drive for drive in drives]) == pytest.approx(0.25, abs=0.04)


def test_every_row_of_the_table_can_be_played() -> None:
    for genre in genres.GENRES.values():
        assert all(timbre in band.TIMBRES for timbre in genre.timbres)
        for bar in genre.chords.split(", "):
            root, kind = bar.split()
            assert 0 <= int(root) < 12
            assert kind in band.CHORDS
        for row in vars(genre.groove).values():
            assert set(row) <= set("xo.")
            assert 16 % len(row) == 0


@pytest.mark.parametrize("timbre", band.TIMBRES)
@pytest.mark.parametrize("hz", [110.0, 440.0])
def test_notes_have_their_pitch_and_begin_and_end_in_silence(timbre: str, hz: float) -> None:
    rate_hz = 22050
    note = band.tone(band.TIMBRES[timbre], hz, rate_hz, rate_hz)
    assert note.dtype == np.float32
    assert max(abs(note[0]), abs(note[-1])) < 1e-3
    # Of one second the spectrum's bins are 1 Hz apart: the sound is at the pitch's multiples.
    power = np.abs(np.fft.rfft(note)) ** 2
    multiples = np.arange(int(hz), len(power), int(hz))
    near = sum(
        power[multiples + shift].sum()
        for shift in range(-20, 20)
        if multiples[-1] + shift < len(power)
    )
    assert near > 0.9 * power.sum()


def test_no_partial_lies_above_half_the_sample_rate() -> None:
    # Folded back, partials of 1,500 Hz would fall between its multiples at this rate.
    note = band.tone(band.TIMBRES["saw"], 1500.0, 8000, 8000)
    power = np.abs(np.fft.rfft(note)) ** 2
    assert power[1900:2600].sum() < 1e-3 * power.sum()


def test_high_partials_fade_first() -> None:
    note = band.tone(band.TIMBRES["piano"], 220.0, 22050, 22050)
    begin, end = (np.abs(np.fft.rfft(part)) for part in (note[:4410], note[-8820:-4410]))
    assert end[264:].sum() / end.sum() < 0.5 * begin[264:].sum() / begin.sum()


def test_swing_moves_the_second_half_of_a_beat() -> None:
    def starts(swing: float) -> list[int]:
        style = band.Genre((60, 60), swing, "0 major", ("piano", "piano"), band.Groove(), 0)
        players = band.Band(style, 22050, 22050, np.random.default_rng(3))
        players.first = 0
        return [start_of(players, step) for step in range(4)]

    def start_of(players: band.Band, step: int) -> int:
        track = np.zeros(22050, np.float32)
        players._add(track, step, np.ones(1, np.float32))
        return int(track.argmax())

    even, late = np.array(starts(0.0)), np.array(starts(1.0))
    assert even[2] / 22050 == pytest.approx(1 / 2, abs=0.02)
    assert late[2] / 22050 == pytest.approx(2 / 3, abs=0.02)
    assert abs(even[0] - late[0]) == 0


def test_drums_follow_their_grid() -> None:
    style = band.Genre((60, 60), 0, "0 major", ("piano", "piano"), band.Groove("x..."), 0)
    players = band.Band(style, 4 * 22050, 22050, np.random.default_rng(0))
    assert {step % 4 for step, _ in players._hits("x...")} == {0}
    loudness = dict(players._hits("xo"))
    soft = [value for step, value in loudness.items() if step % 2]
    loud = [value for step, value in loudness.items() if not step % 2]
    assert max(soft) < min(loud)
    assert band.gap("x...", 0) == 4
    assert band.gap("x...............", 0) == 8
