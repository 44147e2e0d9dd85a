"""A low-pass filter that runs through a signal in pieces: however it is cut up, the result is the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError


@dataclass(frozen=True)
class FilterState:
    """What a running filter remembers; never changed in place.

    Args:
        sections: (section, 6) of the filter, second order each.
        memory: (section, 2, column) of the sections.
        last: (column,) last seen value; NaN before the first.
        columns: (column,) which channels are filtered.
    """

    sections: NDArray[np.float64]
    memory: NDArray[np.float64]
    last: NDArray[np.float64]
    columns: NDArray[np.int64]


def started(name: str, hz: float, order: int, rate: float, columns: Sequence[int]) -> FilterState:
    """The state before the first sample.

    Args:
        name: of the step, for messages.
        hz: where the power is halved (Hz).
        order: of the filter, 1 to 12.
        rate: samples per second (Hz).
        columns: which channels are filtered.

    Raises:
        KodoError: a frequency or an order out of range.
    """
    # Here, not above: everybody who cuts windows imports this file, and few of them filter.
    from scipy.signal import butter

    if not 0 < hz < rate / 2:
        raise KodoError(f"{name}.hz lies above 0 and below half the rate, {rate / 2:g} Hz; got {hz:g}.")
    if order not in range(1, 13):
        raise KodoError(f"{name}.order is a whole number from 1 to 12; got {order:g}.")
    sections = cast(NDArray[np.float64], butter(order, hz, fs=rate, output="sos"))
    memory = np.zeros((len(sections), 2, len(columns)))
    return FilterState(sections, memory, np.full(len(columns), np.nan), np.array(columns, np.int64))


def filtered(
    chunk: NDArray[np.float32], state: FilterState
) -> tuple[NDArray[np.float64], NDArray[np.float64], FilterState]:
    """Filter the next samples.

    Args:
        chunk: (time, channel); may be empty.
        state: before them.

    Returns:
        (time, column) filtered, (time, column) unfiltered with gaps held, and the state after them.
    """
    from scipy.signal import sosfilt, sosfilt_zi

    held, first = hold(chunk[:, state.columns].astype(np.float64), state.last)
    low = np.full_like(held, np.nan)
    memory = state.memory.copy()
    rest = sosfilt_zi(state.sections)[:, :, None]
    for row in np.unique(first[first < len(held)]):
        columns = np.flatnonzero(first == row)
        begun = np.isfinite(state.last[columns])
        before = np.where(begun, memory[:, :, columns], rest * held[row, columns])
        low[row:, columns], memory[:, :, columns] = sosfilt(
            state.sections, held[row:, columns], axis=0, zi=before
        )
    last = held[-1].copy() if len(held) else state.last
    return low, held, replace(state, memory=memory, last=last)


def hold(
    values: NDArray[np.float64], last: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Put the last seen value where nothing was measured.

    Args:
        values: (time, column); NaN = not measured.
        last: (column,) seen before; NaN = nothing yet.

    Returns:
        (time, column), NaN only before a column's first value, and (column,) its first row that has one.
    """
    row = np.arange(len(values))[:, None]
    place = np.maximum.accumulate(np.where(np.isfinite(values), row, -1), axis=0)
    held = np.where(place >= 0, np.take_along_axis(values, np.maximum(place, 0), axis=0), last)
    return held, np.isnan(held).sum(axis=0)
