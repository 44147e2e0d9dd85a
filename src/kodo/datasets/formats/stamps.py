"""Time stamps: read from numbers or text, rates found from them, and what repeated ones mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars

TIME_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
"""Seconds in one unit of a time column of numbers."""

LATEST = 1e20
"""A time stamp beyond this, in any unit, is none."""

COARSE = 0.1
"""Where at least this share of samples repeats a stamp, the clock is coarse and the samples are distinct."""


def parse_stamps(values: polars.Expr, unit: str) -> polars.Expr:
    """Time stamps in seconds.

    Args:
        values: numbers or text.
        unit: one of TIME_UNITS; "iso" for ISO 8601 ("2024-05-01T10:00:00.02+02:00", the T may be a blank);
            or a format as `strptime` takes it ("%d.%m.%Y %H:%M:%S%.f").

    Returns:
        seconds, as Float64; null where there is no time stamp.
    """
    import polars

    if unit in TIME_UNITS:
        numbers = values.cast(polars.Float64, strict=False)
        return polars.when(numbers.is_finite() & (numbers.abs() < LATEST)).then(numbers * TIME_UNITS[unit])
    text = values.cast(polars.String).str.strip_chars()
    if unit != "iso":
        return _parsed(text, unit)
    offset = text.str.extract(r"[T ].*([+-]\d\d:?\d\d)$").str.replace(":", "", literal=True)
    minutes = offset.str.slice(1, 2).cast(polars.Int64) * 60 + offset.str.slice(3, 2).cast(polars.Int64)
    ahead = polars.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes).fill_null(0) * 60.0
    plain = text.str.replace(r"^(\d{4}-\d\d-\d\d) ", "${1}T").str.replace(r" ?(Z|[+-]\d\d:?\d\d)$", "")
    return _parsed(plain.str.replace(",", ".", literal=True), "%Y-%m-%dT%H:%M:%S%.f") - ahead


def date_seconds(dates: polars.Series) -> polars.Series:
    """Seconds of a column of dates or times of day.

    Args:
        dates: of a temporal type.
    """
    import polars

    kind = polars.Int64 if dates.dtype == polars.Time else polars.Datetime("ns")
    return dates.cast(kind).cast(polars.Int64).cast(polars.Float64) * 1e-9


def _parsed(text: polars.Expr, form: str) -> polars.Expr:
    import polars

    if not any(mark in form for mark in ("%d", "%j", "%D", "%F", "%s")):
        times = text.str.to_time(form, strict=False).cast(polars.Int64)
        return times.cast(polars.Float64) * 1e-9
    dates = text.str.to_datetime(form, time_unit="us", strict=False)
    return dates.dt.timestamp("us").cast(polars.Float64) * 1e-6


def plain_rate(rate: float) -> float:
    """A measured rate as people would say it: a whole number when one is within 1 %.

    Args:
        rate: samples per second (Hz).
    """
    whole = round(rate)
    return float(whole) if whole and abs(rate / whole - 1) < 0.01 else float(f"{rate:.4g}")


@dataclass(frozen=True, eq=False)
class Clock:
    """When samples were taken, by their stamps.

    Args:
        seconds: (time,) of each sample, or of each group of samples that are one; strictly increasing.
        group: (time,) the sample at which each begins; None = every sample stands alone.
        rate: samples per second (Hz); None where the stamps do not tell.
        repeated: how many samples have the stamp of the one before.
        coarse: the clock is coarser than the sampling: samples of one stamp were spread evenly.
    """

    seconds: NDArray[np.float64]
    group: NDArray[np.int64] | None
    rate: float | None
    repeated: int
    coarse: bool


def clock(seconds: NDArray[np.float64], values: NDArray[np.float64], rate: float | None = None) -> Clock:
    """Decide what repeated stamps mean, by measurement.

    Where less than a tenth of the samples repeat a stamp, or all that do are copies of the sample before
    them although most others are not, samples of one stamp are one. Otherwise the clock is coarser than the
    sampling (whole seconds at 50 Hz): they are spread evenly until the next stamp.

    Args:
        seconds: (time,) never decreasing.
        values: (time, channel) the samples.
        rate: as described (Hz); for clocks so coarse that they do not tell.
    """
    step = np.diff(seconds)
    same = step == 0
    repeated = int(same.sum())
    if repeated == 0:
        return Clock(seconds, None, _rate(step), 0, False)
    begins = np.flatnonzero(np.concatenate([[True], ~same]))
    if repeated < COARSE * len(seconds) or _copies(values, same):
        return Clock(seconds[begins], begins, _rate(step[~same]), repeated, False)
    spread, found = _spread(seconds[begins], np.diff(np.append(begins, len(seconds))), rate)
    return Clock(spread, None, found, repeated, True)


def _copies(values: NDArray[np.float64], same: NDArray[np.bool_]) -> bool:
    equal = ((values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1]))).all(axis=1)
    return bool(equal[same].all()) and bool((~same).any()) and float(equal[~same].mean()) < 0.5


def _rate(step: NDArray[np.float64]) -> float | None:
    """By the mean step: the median alone is wrong where stamps are rounded (16, 17, 17 ms).

    Gaps do not count, and a step over lost samples counts as so many.
    """
    if len(step) == 0:
        return None
    median = float(np.median(step))
    near = step[step <= 3 * median]
    periods = np.where(near < 1.75 * median, 1, np.round(near / median))
    return float(periods.sum() / near.sum())


def _spread(
    ticks: NDArray[np.float64], count: NDArray[np.int64], rate: float | None
) -> tuple[NDArray[np.float64], float | None]:
    """Times of samples that share ticks of a coarse clock, `count` on each, and their rate."""
    if len(ticks) == 1:
        period = 1 / rate if rate else 1.0
        return ticks[0] + np.arange(count[0]) * period, rate
    until = np.diff(ticks)
    tick = float(np.median(until))
    # The first and the last tick are not whole; ticks before a gap are none.
    inner = slice(1, None) if len(until) > 1 else slice(None)
    whole = until[inner] < 1.5 * tick
    lasting, held = until[inner][whole], count[:-1][inner][whole]
    full = held > 0.5 * np.median(held)  # not a tick whose samples were lost
    period = float(lasting[full].sum() / held[full].sum())
    to_next = np.append(until, count[-1] * period)
    even = to_next / count
    step = np.where(even < 1.5 * period, even, period)
    start = ticks.copy()
    # The first tick of a stretch is entered midway: its samples are the last ones before the next tick.
    first = np.concatenate([[True], until >= 1.5 * tick])
    late = first & (to_next < 1.5 * tick) & (to_next - count * period > 1.5 * period)
    late[-1] = False
    step[late] = period
    start[late] = (ticks + to_next - count * period)[late]
    position = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(start, count) + position * np.repeat(step, count), 1 / period
