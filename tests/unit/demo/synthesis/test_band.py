"""Synthetic music: notes, swing and rhythmic patterns."""

import numpy as np
import pytest

from resound.demo.synthesis import band


@pytest.mark.parametrize("timbre", band.TIMBRES)
@pytest.mark.parametrize("hz", [110.0, 440.0])
def test_notes_have_their_pitch_and_silent_ends(timbre: str, hz: float) -> None:
    rate_hz = 22050
    note = band.tone(band.TIMBRES[timbre], hz, rate_hz, rate_hz)
    assert note.dtype == np.float32
    assert max(abs(note[0]), abs(note[-1])) < 1e-3
    # The note lasts one second, so that bins are 1 Hz apart and the energy is at multiples of the
    # pitch.
    power = np.abs(np.fft.rfft(note)) ** 2
    multiples = np.arange(int(hz), len(power), int(hz))
    near = sum(
        power[multiples + shift].sum()
        for shift in range(-20, 20)
        if multiples[-1] + shift < len(power)
    )
    assert near > 0.9 * power.sum()


def test_no_partial_is_above_half_the_sample_rate() -> None:
    # At this rate, aliases of partials of 1,500 Hz would fall between its multiples.
    note = band.tone(band.TIMBRES["saw"], 1500.0, 8000, 8000)
    power = np.abs(np.fft.rfft(note)) ** 2
    assert power[1900:2600].sum() < 1e-3 * power.sum()


def test_high_partials_fade_first() -> None:
    note = band.tone(band.TIMBRES["piano"], 220.0, 22050, 22050)
    onset, end = (np.abs(np.fft.rfft(part)) for part in (note[:4410], note[-8820:-4410]))
    assert end[264:].sum() / end.sum() < 0.5 * onset[264:].sum() / onset.sum()


def test_swing_delays_the_second_half_of_a_beat() -> None:
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


def test_drums_follow_their_pattern() -> None:
    style = band.Genre((60, 60), 0, "0 major", ("piano", "piano"), band.Groove("x..."), 0)
    players = band.Band(style, 4 * 22050, 22050, np.random.default_rng(0))
    assert {step % 4 for step, _ in players._hits("x...")} == {0}
    loudness = dict(players._hits("xo"))
    soft = [value for step, value in loudness.items() if step % 2]
    loud = [value for step, value in loudness.items() if not step % 2]
    assert max(soft) < min(loud)
    assert band.gap("x...", 0) == 4
    assert band.gap("x...............", 0) == 8
