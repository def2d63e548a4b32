"""Music demo corpus: layout, reproducibility and genres."""

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
make = partial(demo.make_corpus, "genres", clips=CLIPS, seconds=SECONDS)


@pytest.fixture(scope="module")
def corpus(folder: Path) -> dict[str, bytes]:
    return make(folder)


def test_layout_is_that_of_gtzan(corpus: dict[str, bytes]) -> None:
    names = "blues classical country disco hiphop jazz metal pop reggae rock".split()
    assert set(corpus) == {
        f"genres_original/{name}/{name}.{clip:05}.wav" for name in names for clip in range(CLIPS)
    }


def test_clips_are_mono_of_varying_length_and_never_clipped(
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


def test_last_jazz_file_is_not_a_recording(folder: Path, corpus: dict[str, bytes]) -> None:
    with pytest.raises(audio.UnreadableClip, match="cannot be read"):
        audio.read(folder / CORRUPT)


def test_no_file_is_corrupt_if_disabled(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    intact = make(tmp_path, corrupt=False)
    assert {name for name in intact if intact[name] != corpus[name]} == {CORRUPT}
    assert soundfile.info(tmp_path / CORRUPT).frames


def test_sample_rate_is_that_of_the_settings(tmp_path: Path) -> None:
    make(tmp_path, clips=1, rate_hz=8000)
    info = soundfile.info(tmp_path / "genres_original/pop/pop.00000.wav")
    assert info.samplerate == 8000
    assert 0.84 * SECONDS <= info.duration <= 1.15 * SECONDS


@pytest.mark.parametrize("seconds", [0.01, 0.1])
def test_very_short_clips_are_possible(tmp_path: Path, seconds: float) -> None:
    for name in make(tmp_path, clips=1, seconds=seconds, corrupt=False):
        assert soundfile.info(tmp_path / name).frames >= int(0.85 * seconds * 22050)


@pytest.mark.parametrize(
    ("pool", "workers"), [("none", 1), ("process", 1), ("process", 2), ("thread", 2)]
)
def test_bytes_do_not_depend_on_the_run_or_the_pool(
    tmp_path: Path, corpus: dict[str, bytes], pool: str, workers: int
) -> None:
    assert make(tmp_path, pool, workers) == corpus


def test_fewer_clips_do_not_change_the_others(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    fewer = make(tmp_path, clips=CLIPS - 1, corrupt=False)
    assert len(fewer) == 10 * (CLIPS - 1)
    assert fewer == {name: corpus[name] for name in fewer}


def test_seed_changes_every_clip(tmp_path: Path, corpus: dict[str, bytes]) -> None:
    other = make(tmp_path, seed=2)
    assert other.keys() == corpus.keys()
    assert {name for name in corpus if other[name] == corpus[name]} == {CORRUPT}


def test_clips_differ(corpus: dict[str, bytes]) -> None:
    assert len(set(corpus.values())) == len(corpus)


def test_nothing_or_everything_is_borrowed() -> None:
    rng = np.random.default_rng(0)
    for name, genre in genres.GENRES.items():
        assert genres._style(name, 0, rng) == genre
        assert genres._style(name, 1, rng).groove != genre.groove


def test_borrowing_has_the_probability_of_the_settings() -> None:
    rng = np.random.default_rng(0)
    metal = genres.GENRES["metal"]
    drives = [genres._style("metal", 0.25, rng).drive for _ in range(2000)]
    assert np.mean([drive != metal.drive for drive in drives]) == pytest.approx(0.25, abs=0.04)


def test_every_genre_can_be_played() -> None:
    for genre in genres.GENRES.values():
        assert all(timbre in band.TIMBRES for timbre in genre.timbres)
        for bar in genre.chords.split(", "):
            root, kind = bar.split()
            assert 0 <= int(root) < 12
            assert kind in band.CHORDS
        for pattern in vars(genre.groove).values():
            assert set(pattern) <= set("xo.")
            assert 16 % len(pattern) == 0
