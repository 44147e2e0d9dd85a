"""Mean, deviation and extremes of the samples that windows hold, without making the windows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kodo.windows.cut import Windows

ROWS = 16_384
"""Rows per chunk: a chunk of a few channels stays in the processor's cache."""

SMALLEST = 1e-12
"""Deviations up to this are of a constant channel; dividing by them would only enlarge rounding."""


def moments(windows: Windows, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of each channel over all samples of some windows.

    A sample counts as often as windows hold it; what is not finite (not measured) does not count.

    Args:
        windows: what the rows are positions of.
        rows: (window,) positions.

    Returns:
        mean (channel,), 0 where nothing was measured; deviation (channel,) with n - 1 in the denominator,
        1 where it is not above `SMALLEST` or fewer than two samples were measured.
    """
    weight = _weight(windows, rows)
    shift = _typical(windows.signal, np.flatnonzero(weight))
    count, first, second = np.zeros((3, len(shift)))
    for start in range(0, len(weight), ROWS):
        part = weight[start : start + ROWS]
        if not part.any():
            continue
        values = windows.signal[start : start + ROWS].astype(np.float64)
        values -= shift
        with np.errstate(invalid="ignore"):
            total = part @ values
        if np.isfinite(total).all():
            count += part.sum()
        else:
            seen = np.isfinite(values)
            values = np.where(seen, values, 0.0)
            total = part @ values
            count += part @ seen
        first += total
        values *= values
        second += part @ values
    mean = shift + first / np.maximum(count, 1)
    variance = (second - first**2 / np.maximum(count, 1)) / np.maximum(count - 1, 1)
    return mean, usable(np.sqrt(np.maximum(variance, 0)))


def usable(deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Deviations that can be divided by: 1 in place of those that are tiny or not finite."""
    return np.where(np.isfinite(deviation) & (deviation > SMALLEST), deviation, 1.0)


def extremes(windows: Windows, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Smallest and largest value of each channel over all samples of some windows.

    Args:
        windows: what the rows are positions of.
        rows: (window,) positions.

    Returns:
        smallest (channel,), largest (channel,) of what was measured; both 0 where nothing was.
    """
    held = _weight(windows, rows) > 0
    low = np.full(windows.signal.shape[1], np.inf, np.float32)
    high = -low
    for start in range(0, len(held), ROWS):
        part = held[start : start + ROWS]
        if part.any():
            values = windows.signal[start : start + ROWS][part]
            seen = np.isfinite(values)
            low = np.minimum(low, np.where(seen, values, np.inf).min(axis=0))
            high = np.maximum(high, np.where(seen, values, -np.inf).max(axis=0))
    measured = low <= high
    return np.where(measured, low, 0).astype(np.float32), np.where(measured, high, 0).astype(np.float32)


def _weight(windows: Windows, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """(time,) in how many of the windows each row of the buffer lies."""
    start = windows.start[rows]
    size = len(windows.signal) + 1
    edges = np.bincount(start, minlength=size) - np.bincount(start + windows.length[rows], minlength=size)
    return np.cumsum(edges[:-1]).astype(np.float64)


def _typical(signal: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """A value amid each channel's values: subtracted first, it keeps the sums of squares exact.

    A median is one of the values, so that a constant channel has a deviation of exactly 0.
    """
    if len(rows) == 0:
        return np.zeros(signal.shape[1])
    few = signal[rows[:: max(len(rows) // 1000, 1)]].astype(np.float64)
    few[~np.isfinite(few)] = np.nan
    seen = np.isfinite(few).sum(axis=0)
    middle = np.sort(few, axis=0)[np.maximum(seen - 1, 0) // 2, np.arange(few.shape[1])]
    return np.where(seen > 0, middle, 0.0)
