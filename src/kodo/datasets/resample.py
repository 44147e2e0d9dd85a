"""Another sampling rate, exact in time, without aliases, never across a gap."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import Recording
from kodo.errors import KodoError

LOBES = 20
"""Reach of the kernel to each side, in samples of the slower rate."""

BETA = 6.25
"""Of the kernel's Kaiser window: with so many lobes, 65 dB between 0.8 and 1 times half the slower rate."""

PASS = 0.9
"""Middle of that slope when the rate goes down; when it goes up, measured samples keep their values."""

VALUES = 2**21
"""Measured values weighed at a time, so that memory stays small."""

NEAR = 1e-6
"""Samples of the old rate; a place so near to a sample lies on it, though its number was rounded."""


def resample(recording: Recording, rate: float) -> Recording:
    """A recording at another rate: sample j lies at j / rate seconds, whatever the two rates are.

    Every value is a weighted mean of the measured ones around it (a sinc under a Kaiser window, which also
    removes what the lower rate cannot hold); beyond an end its last value is held. Where a value is missing
    nothing is made up: the samples on one side of a gap say nothing about the other side, and a new sample
    lies between two measured ones or on one. Only measured samples so few that no new one lies among them
    (a pulse ten times a second in a signal of a hundred) give the nearest one their mean.

    Args:
        recording: any; its first sample keeps its time.
        rate: samples per second (Hz).

    Raises:
        KodoError: the rate is not a positive number.

    Source: Smith, Digital Audio Resampling, CCRMA 2002.
    """
    if not 0 < rate < np.inf:
        raise KodoError(f"A sampling rate is a positive number of Hz; got {rate:g}.")
    if rate == recording.rate:
        return recording
    rows = len(recording.signal)
    ratio = rate / recording.rate
    count = int(np.floor((rows - 1) * ratio + NEAR * ratio)) + 1
    # In samples of the old rate.
    place: NDArray[np.float64] = np.arange(count, dtype=np.float64) / ratio
    signal = np.full((count, recording.signal.shape[1]), np.nan, np.float32)
    for channels, there in _seen_alike(recording.signal):
        edges = np.flatnonzero(np.diff(there, prepend=False, append=False)).reshape(-1, 2)
        start = np.searchsorted(place, edges[:, 0] - NEAR)
        stop = np.searchsorted(place, edges[:, 1] - 1 + NEAR, side="right")
        among = np.column_stack([edges, start, stop])
        for first, after, begin, end in among[start < stop].tolist():
            source = recording.signal[first:after, channels]
            signal[begin:end, channels] = _weighted(source, place[begin:end] - first, ratio)
        few = [np.arange(first, after) for first, after in edges[start >= stop].tolist()]
        if few:
            _keep(recording.signal, np.concatenate(few), channels, signal, ratio)
    nearest = np.minimum(np.floor(place + 0.5).astype(np.int64), rows - 1)
    return replace(recording, rate=float(rate), signal=signal, label=recording.label[nearest])


def _seen_alike(signal: NDArray[np.float32]) -> list[tuple[list[int], NDArray[np.bool_]]]:
    """Channels that were measured at the same moments, and (time,) True at those."""
    alike: dict[bytes, tuple[list[int], NDArray[np.bool_]]] = {}
    for channel in range(signal.shape[1]):
        there = ~np.isnan(signal[:, channel])
        alike.setdefault(np.packbits(there).tobytes(), ([], there))[0].append(channel)
    return list(alike.values())


def _keep(
    source: NDArray[np.float32],
    rows: NDArray[np.int64],
    channels: list[int],
    signal: NDArray[np.float32],
    ratio: float,
) -> None:
    """Write the mean of rows that no new sample lies among into the nearest one, where that is empty."""
    near = np.floor(rows * ratio + 0.5).astype(np.int64)
    rows, near = rows[near < len(signal)], near[near < len(signal)]
    empty = np.isnan(signal[near, channels[0]])
    places, which, count = np.unique(near[empty], return_inverse=True, return_counts=True)
    total = np.zeros((len(places), len(channels)))
    np.add.at(total, which, source[rows[empty]][:, channels])
    signal[places[:, None], channels] = total / count[:, None]


def _weighted(source: NDArray[np.float32], place: NDArray[np.float64], ratio: float) -> NDArray[np.float32]:
    """(place, channel) values between the samples of one unbroken stretch."""
    if len(source) == 1:
        return source
    reach = int(np.ceil(LOBES / min(ratio, 1.0)))
    values = np.empty((len(place), source.shape[1]), np.float32)
    size = max(1, VALUES // (2 * reach * source.shape[1]))
    for begin in range(0, len(place), size):
        part = place[begin : begin + size]
        before = np.floor(part + NEAR).astype(np.int64)
        taps = np.arange(before[0] - reach + 1, before[-1] + reach + 1)
        around = source[np.clip(taps, 0, len(source) - 1)].astype(np.float64)
        # (row, tap, channel), a view until rows are chosen.
        views = np.lib.stride_tricks.sliding_window_view(around, 2 * reach, axis=0).transpose(0, 2, 1)
        weight = _weights(part - before, reach, ratio)
        values[begin : begin + size] = (weight[:, None, :] @ views[before - before[0]])[:, 0]
    return values


@cache
def _window() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A Kaiser window from -1 to 1, so fine that straight lines between its values are as good."""
    return np.linspace(-1, 1, 8193), np.kaiser(8193, BETA)


def _weights(late: NDArray[np.float64], reach: int, ratio: float) -> NDArray[np.float64]:
    """(place, tap) of the kernel, for places that lie so late after a sample, in samples."""
    # Two rates in a simple ratio meet few different times, so few kernels are computed.
    times, which = np.unique(np.round(late, 9), return_inverse=True)
    distance = np.arange(-reach + 1, reach + 1) - times[:, None]
    window = np.interp(distance / reach, *_window())
    weight = np.sinc((PASS * ratio if ratio < 1 else 1.0) * distance) * window
    weight /= weight.sum(axis=1, keepdims=True)
    chosen: NDArray[np.float64] = weight[which.ravel()]
    return chosen
