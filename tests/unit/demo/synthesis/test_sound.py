"""Effects on synthetic sound: noise, reverberation, spectral tilt and level."""

import numpy as np
import pytest

from resound.demo.synthesis import sound


@pytest.mark.parametrize("snr_db", [-5.0, 0.0, 12.5])
def test_noise_has_the_given_snr(snr_db: float) -> None:
    wave = np.sin(np.arange(4000, dtype=np.float32) / 7)
    noise = sound.add_noise(wave, snr_db, np.random.default_rng(0)) - wave
    ratio = np.sum(wave.astype(float) ** 2) / np.sum(noise.astype(float) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(snr_db, abs=1e-3)


def test_room_keeps_the_direct_sound_and_decays() -> None:
    click = np.zeros(16000, dtype=np.float32)
    click[100] = 1
    wave = sound.add_room(click, 16000, 0.3, 6.0, np.random.default_rng(0)).astype(float)
    tail = wave[101:]
    assert np.abs(wave[:100]).max() < 1e-6
    assert wave[100] == pytest.approx(1, abs=1e-6)
    assert 10 * np.log10(np.sum(tail**2)) == pytest.approx(-6, abs=0.01)
    early, late = np.sum(tail[:800] ** 2), np.sum(tail[2400:3200] ** 2)
    assert 10 * np.log10(late / early) == pytest.approx(-60 * 0.15 / 0.3, abs=2)


def test_only_waves_that_would_clip_are_scaled() -> None:
    quiet = np.array([0.5, -0.25], dtype=np.float32)
    assert sound.to_int16(quiet).tolist() == [16384, -8192]
    assert sound.to_int16(quiet * 8).tolist() == [32767, -16384]
    assert sound.to_int16(quiet[:0]).tolist() == []


def test_peak_is_set_in_decibels() -> None:
    wave = np.array([0.1, -0.2], dtype=np.float32)
    assert np.abs(sound.set_peak(wave, -20)).max() == pytest.approx(0.1)
    assert not sound.set_peak(np.zeros(3, dtype=np.float32), -20).any()


def test_trimmed_sounds_are_placed_completely_or_truncated() -> None:
    wave = np.array([0, 0.001, 1, 0.5, 0, 0], dtype=np.float32)
    word = sound.trim(wave)
    assert word.tolist() == [1, 0.5]
    placed = [sound.place(word, 5, np.random.default_rng(seed)) for seed in range(40)]
    assert {tuple(clip.nonzero()[0]) for clip in placed} == {(0, 1), (1, 2), (2, 3), (3, 4)}
    assert sound.place(word, 1, np.random.default_rng(0)).tolist() == [1]


def test_tilt_is_in_decibels_per_octave() -> None:
    time = np.arange(16384) / 16384
    low, high = (np.sin(2 * np.pi * hz * time).astype(np.float32) for hz in (1000, 4000))
    for wave, factor in ((low, 1.0), (high, 10 ** (-6 / 20))):
        tilted = sound.tilt(wave, 16384, -3.0)
        assert tilted.dtype == np.float32
        assert np.abs(tilted).max() == pytest.approx(factor, rel=0.01)


@pytest.mark.parametrize("length", [1, 4096, 10001])
def test_tilt_of_zero_changes_nothing(length: int) -> None:
    wave = np.random.default_rng(0).standard_normal(length).astype(np.float32)
    np.testing.assert_allclose(sound.tilt(wave, 16000, 0.0), wave, atol=1e-5)


def test_any_noise_is_mixed_at_the_given_snr() -> None:
    wave = np.sin(np.arange(4000, dtype=np.float32) / 7)
    noise = np.linspace(0, 5, 4000, dtype=np.float32)
    added = (sound.mix(wave, noise, 10.0) - wave).astype(float)
    ratio = np.sum(wave.astype(float) ** 2) / np.sum(added**2)
    assert 10 * np.log10(ratio) == pytest.approx(10.0, abs=1e-3)
