"""Another sampling rate, exact in time, without aliases, never across a gap."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import Recording
from kodo.errors import KodoError

LOBES = 8
"""Zero crossings of the kernel on each side."""

PASS = 0.9
"""Part of the new band that is kept when the rate goes down; the rest is the filter's slope."""

PIECE = 4096
"""Samples computed at a time, so that memory stays small."""


def resample(recording: Recording, rate: float) -> Recording:
    """A recording at another rate: sample j lies at j / rate seconds, whatever the two rates are.

    Every value is a weighted mean of the measured ones around it (a sinc under a Kaiser window, which also
    removes what the lower rate cannot hold). Where a value is missing nothing is made up: the samples on
    one side of a gap say nothing about the other side.

    Args:
        recording: any; its first sample keeps its time.
        rate: samples per second (Hz).

    Raises:
        KodoError: the rate is not a positive number.
    """
    if not 0 < rate < np.inf:
        raise KodoError(f"A sampling rate is a positive number of Hz; got {rate:g}.")
    if rate == recording.rate:
        return recording
    rows = len(recording.signal)
    count = int(np.floor((rows - 1) * rate / recording.rate + 1e-9)) + 1
    # In samples of the old rate.
    place: NDArray[np.float64] = np.arange(count, dtype=np.float64) * (recording.rate / rate)
    signal = np.full((count, recording.signal.shape[1]), np.nan, np.float32)
    patterns, pattern = np.unique(np.isnan(recording.signal), axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        channels = np.flatnonzero(pattern.ravel() == number)
        for first, after in _stretches(~patterns[:, number]):
            # A place exactly on the last sample counts as inside, though it was rounded.
            inside = np.flatnonzero((place >= first - 1e-6) & (place <= after - 1 + 1e-6))
            source = recording.signal[first:after][:, channels]
            for piece in np.array_split(inside, max(1, len(inside) // PIECE)):
                signal[piece[:, None], channels] = _weighted(
                    source, place[piece] - first, rate / recording.rate
                )
    nearest = np.minimum(np.floor(place + 0.5).astype(np.int64), rows - 1)
    return replace(recording, rate=float(rate), signal=signal, label=recording.label[nearest])


def _weighted(source: NDArray[np.float32], place: NDArray[np.float64], ratio: float) -> NDArray[np.float32]:
    """(place, channel) values between the samples of one unbroken stretch."""
    band = PASS * ratio if ratio < 1 else 1.0
    reach = int(np.ceil(LOBES / band))
    tap = np.floor(place).astype(np.int64)[:, None] + np.arange(-reach + 1, reach + 1)
    distance = tap - place[:, None]
    window = np.i0(8.0 * np.sqrt(np.clip(1 - (distance / reach) ** 2, 0, None)))
    weight = np.sinc(band * distance) * window * ((tap >= 0) & (tap < len(source)))
    weight /= weight.sum(axis=1, keepdims=True)  # near an end the mean is over what is there
    taken = source[np.clip(tap, 0, len(source) - 1)]
    values: NDArray[np.float32] = np.einsum("pt,ptc->pc", weight, taken).astype(np.float32)
    return values


def _stretches(there: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First row and row after the last of each unbroken run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], there, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
