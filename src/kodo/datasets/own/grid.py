"""Samples of one or several sensors on one even grid in time; what was not measured is never bridged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.stamps import Clock, clock, plain_rate
from kodo.datasets.timing import timing

GAP = 3.0
"""A step of more than so many usual ones ends a recording; what was not measured is never bridged."""

TOLERANCE = 0.05
"""A measured rate this near (relative) to the described one is the described one."""

DRIFT = 0.01
"""A clock this near (relative) to the rate is not corrected."""


@dataclass(frozen=True, eq=False)
class Strand:
    """What one sensor measured.

    Args:
        stamps: (time,) seconds, never decreasing.
        values: (time, channel) NaN = not measured.
        label: (time,) -1 = unlabelled.
        channels: positions of its channels among all.
    """

    stamps: NDArray[np.float64]
    values: NDArray[np.float64]
    label: NDArray[np.int16]
    channels: Sequence[int]


@dataclass(frozen=True, eq=False)
class Piece:
    """An evenly sampled stretch of all sensors.

    Args:
        signal: (time, channel) NaN = not measured.
        label: (time,) -1 = unlabelled.
        rate: samples per second (Hz).
        facts: what the stamps say, and what was done with them.
    """

    signal: NDArray[np.float64]
    label: NDArray[np.int16]
    rate: float
    facts: dict[str, str]


@dataclass(frozen=True, eq=False)
class _Run:
    """Samples of a sensor without a gap among them."""

    seconds: NDArray[np.float64]
    values: NDArray[np.float64]
    label: NDArray[np.int16]
    stamps: NDArray[np.float64]
    strand: int


def measured_rate(strands: Sequence[Strand], described: float | None) -> float | None:
    """The rate of the fastest sensor, or the described one where that is as good as the same.

    Args:
        strands: of one recording.
        described: samples per second (Hz); None = not said.
    """
    return _fastest(_clocks(strands, described), described)


def _fastest(clocks: Sequence[Clock], described: float | None) -> float | None:
    rates = [found.rate for found in clocks if found.rate]
    if not rates:
        return described
    fastest = max(rates)
    if described and abs(fastest / described - 1) <= TOLERANCE:
        return described
    return plain_rate(fastest)


def lay(strands: Sequence[Strand], channels: int, described: float | None) -> Iterator[Piece]:
    """Lay the samples of sensors onto even grids, one for each stretch without a gap.

    The samples of one sensor whose stamps are even already are kept as they are: each stamp less than half a
    step from an even line (two steps where the clock is coarse), no step longer than one and a half, the
    rate within 1 % of the grid's. All others are put onto the grid exactly in time, by linear interpolation
    between neighbours that are not further apart than a gap (three usual steps of their sensor). A channel is
    NaN where its sensor did not measure. A label is that of the sample nearest in time.

    Args:
        strands: one for each sensor.
        channels: how many there are in all.
        described: samples per second (Hz); None = as the stamps say.
    """
    clocks = _clocks(strands, described)
    rate = _fastest(clocks, described) or 1.0
    runs = [run for number in range(len(strands)) for run in _runs(strands, clocks, number)]
    end = None
    for group in _together(runs, GAP / rate):
        start = min(run.seconds[0] for run in group)
        before = 0.0 if end is None else start - end
        end = max(run.seconds[-1] for run in group)
        fastest = min(group, key=lambda run: _period(run, clocks, rate))
        facts = _facts(fastest, clocks[fastest.strand].coarse, before)
        if len(strands) == 1 and _is_even(fastest.seconds, rate, clocks[0].coarse):
            # Columns may stand in another order than channels.
            signal = np.full((len(fastest.values), channels), np.nan)
            signal[:, strands[0].channels] = fastest.values
            yield Piece(signal, fastest.label, rate, facts)
            continue
        facts["stamps"] = "; ".join(
            filter(None, [facts.get("stamps"), f"put onto an even grid of {rate:g} Hz by interpolation"])
        )
        yield Piece(*_onto_grid(group, strands, channels, (start, end), rate), rate, facts)


def _clocks(strands: Sequence[Strand], described: float | None) -> list[Clock]:
    return [clock(strand.stamps, strand.values, described) for strand in strands]


def _period(run: _Run, clocks: Sequence[Clock], rate: float) -> float:
    return 1 / (clocks[run.strand].rate or rate)


def _runs(strands: Sequence[Strand], clocks: Sequence[Clock], number: int) -> Iterator[_Run]:
    """The stretches of a sensor, samples of one stamp being one."""
    strand, found = strands[number], clocks[number]
    values, label = strand.values, strand.label
    if found.group is not None:
        measured = np.add.reduceat((~np.isnan(values)).astype(np.float64), found.group)
        total = np.add.reduceat(np.nan_to_num(values), found.group)
        values = np.divide(total, measured, out=np.full_like(total, np.nan), where=measured > 0)
        label = label[found.group]
    longest = GAP / found.rate if found.rate else np.inf
    cuts = np.flatnonzero(np.diff(found.seconds) > longest) + 1
    edges = [0, *cuts.tolist(), len(found.seconds)]
    samples = edges if found.group is None else [*found.group[edges[:-1]].tolist(), len(strand.stamps)]
    for (first, end), (begin, after) in zip(pairwise(edges), pairwise(samples), strict=True):
        stamps = strand.stamps[begin:after]
        yield _Run(found.seconds[first:end], values[first:end], label[first:end], stamps, number)


def _together(runs: Sequence[_Run], near: float) -> Iterator[list[_Run]]:
    """Runs that overlap in time or follow one another at once."""
    group: list[_Run] = []
    end = -np.inf
    for run in sorted(runs, key=lambda run: float(run.seconds[0])):
        if group and run.seconds[0] - end > (near if len({r.strand for r in (*group, run)}) > 1 else 0):
            yield group
            group = []
        group.append(run)
        end = max(end if len(group) > 1 else -np.inf, float(run.seconds[-1]))
    if group:
        yield group


def _is_even(seconds: NDArray[np.float64], rate: float, coarse: bool) -> bool:
    if len(seconds) < 2:
        return True
    period = (seconds[-1] - seconds[0]) / (len(seconds) - 1)
    off = np.abs(seconds - (seconds[0] + period * np.arange(len(seconds)))).max() * rate
    return bool(
        abs(period * rate - 1) <= DRIFT
        and off < (2.0 if coarse else 0.5)
        and (coarse or np.diff(seconds).max() * rate <= 1.5)
    )


def _facts(run: _Run, coarse: bool, before: float) -> dict[str, str]:
    repeated = int((np.diff(run.stamps) == 0).sum())
    facts = timing(run.seconds if coarse else run.stamps, before)
    if repeated:
        facts["repeated_stamps"] = str(repeated)
        facts["stamps"] = f"samples of one stamp {'spread evenly' if coarse else 'averaged'}"
    return facts


def _onto_grid(
    group: Sequence[_Run],
    strands: Sequence[Strand],
    channels: int,
    span: tuple[float, float],
    rate: float,
) -> tuple[NDArray[np.float64], NDArray[np.int16]]:
    start, end = span
    # A last sample that rounding puts behind the end is on the grid.
    grid = np.arange(int((end - start) * rate + 1e-6) + 1) / rate
    signal = np.full((len(grid), channels), np.nan)
    for run in group:
        seconds = run.seconds - start
        first, after = np.searchsorted(grid, [seconds[0] - 1e-6 / rate, seconds[-1] + 1e-6 / rate])
        columns = strands[run.strand].channels
        signal[first:after, columns] = interpolated(seconds, run.values, grid[first:after])
    seconds = np.concatenate([run.seconds for run in group]) - start
    order = np.argsort(seconds, kind="stable")
    label = np.concatenate([run.label for run in group])[order]
    return signal, label[_nearest(seconds[order], grid)]


def interpolated(
    seconds: NDArray[np.float64], values: NDArray[np.float64], grid: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Values between samples, on the straight line between both; NaN where one of them is NaN.

    Args:
        seconds: (time,) of the samples, strictly increasing.
        values: (time, channel) the samples.
        grid: (point,) seconds; those outside take the first or the last sample.

    Returns:
        (point, channel).
    """
    if len(seconds) == 1:
        return np.repeat(values, len(grid), axis=0)
    right = np.searchsorted(seconds, grid, side="right").clip(1, len(seconds) - 1)
    left = right - 1
    share = ((grid - seconds[left]) / (seconds[right] - seconds[left])).clip(0, 1)
    # Rounding of the grid must not mix a sample that is hit with its neighbour, which may be NaN.
    share = np.where(share < 1e-6, 0.0, np.where(share > 1 - 1e-6, 1.0, share))[:, None]
    between: NDArray[np.float64] = values[left] * (1 - share) + values[right] * share
    between = np.where(share == 0, values[left], between)
    return np.where(share == 1, values[right], between).astype(np.float64)


def _nearest(seconds: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.int64]:
    """Position of the sample nearest in time, of two the earlier."""
    if len(seconds) == 1:
        return np.zeros(len(grid), np.int64)
    right = np.searchsorted(seconds, grid).clip(1, len(seconds) - 1)
    earlier = grid - seconds[right - 1] <= seconds[right] - grid
    return np.where(earlier, right - 1, right)
