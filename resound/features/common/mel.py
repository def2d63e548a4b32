"""Mel spectra in decibels, equal to librosa's on each clip.

`librosa.feature.melspectrogram` (power 2, Slaney mel scale and norm) and `librosa.power_to_db` are
the definition.
"""

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from resound.arrays import Array, Floats
from resound.features.common.dsp import Framing, each_frame, pack

if TYPE_CHECKING:
    import scipy.sparse


def mel_spectra(
    clips: Sequence[Array], framing: Framing, mels: int, filter_rate_hz: int | None = None
) -> tuple[Array, NDArray[np.int64]]:
    """Return the mel power of every frame of `clips`, and the clips' offsets.

    The power has shape (frames of all clips, mels) and the offsets have shape (clips + 1,): clip i
    has the rows offsets[i] to offsets[i + 1]. Every clip must hold at least one frame. The filters
    are those for `filter_rate_hz`, which is the sampling rate by default.
    """
    # In double precision: single precision would distort bands 60 dB below the loudest by 1e-3 dB.
    packed = pack(clips, framing, np.float64)
    filters = sparse_filters(filter_rate_hz or framing.rate_hz, framing.n_fft, mels)
    mel = each_frame(packed, mels, lambda spectra: (filters @ power(spectra).T).T)
    return mel, packed.offsets


def power(spectrum: NDArray[np.complexfloating]) -> Array:
    """Return the squared magnitude in single precision."""
    # NumPy's `abs` is vectorised, so it is faster than adding the squares of interleaved parts.
    magnitude: Array = np.abs(spectrum.astype(np.complex64))
    return np.square(magnitude, out=magnitude)


def decibels(
    mel_power: Floats, offsets: NDArray[np.int64], floor_db: float = -100, range_db: float = 80
) -> Floats:
    """Return 10 log10 of power, at least `floor_db`, spanning at most `range_db` in each clip.

    Equal to librosa's `power_to_db(ref=1)` of each clip. Shape and precision are those of
    `mel_power`.
    """
    with np.errstate(divide="ignore"):
        levels: Floats = np.log(mel_power)  # unlike log10, vectorised by NumPy
    levels *= 10 / math.log(10)
    loudest = np.maximum.reduceat(levels.ravel(), offsets[:-1] * levels.shape[1])
    lowest = np.repeat(np.maximum(loudest - range_db, floor_db), np.diff(offsets))
    np.maximum(levels, lowest[:, None], out=levels)
    return levels


@cache
def mel_filters(rate_hz: int, n_fft: int, mels: int) -> Array:
    """Return triangular filters of unit area on Slaney's mel scale, (n_fft // 2 + 1, mels).

    Slaney, Auditory Toolbox (1998): linear below 1 kHz (3 mel in 200 Hz), logarithmic above (27
    steps for a factor of 6.4); each triangle is scaled by 2 / its width in Hz.
    """
    top = _hz_to_mel(rate_hz / 2)
    corners = _mel_to_hz(np.linspace(0, top, mels + 2))
    bins = np.fft.rfftfreq(n_fft, 1 / rate_hz)[:, None]
    low, centre, high = corners[:-2], corners[1:-1], corners[2:]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (high - low)).astype(np.float32)


@cache
def sparse_filters(rate_hz: int, n_fft: int, mels: int) -> "scipy.sparse.csr_array":
    """Return the filters as a sparse matrix (mels, n_fft // 2 + 1): a bin is in at most two."""
    import scipy.sparse

    return scipy.sparse.csr_array(mel_filters(rate_hz, n_fft, mels).T)


_LINEAR_HZ, _KNEE_HZ, _STEP = 200 / 3, 1000.0, np.log(6.4) / 27


def _hz_to_mel(hz: float) -> float:
    if hz < _KNEE_HZ:
        return hz / _LINEAR_HZ
    return float(_KNEE_HZ / _LINEAR_HZ + np.log(hz / _KNEE_HZ) / _STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = _KNEE_HZ / _LINEAR_HZ
    return np.where(mel < knee, mel * _LINEAR_HZ, _KNEE_HZ * np.exp(_STEP * (mel - knee)))
