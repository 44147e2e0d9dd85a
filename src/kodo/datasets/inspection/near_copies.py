"""The same movement twice under two names, though not bit for bit: rounded, in another unit, with noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.spatial import KDTree

from kodo.datasets.inspection.blocks import blocks
from kodo.datasets.recording import Recordings, sensors

SECONDS = 3.0
"""Shorter stretches are not looked for; so much around a peak is held against the same around others."""

LIMIT = 0.05
"""Two stretches are nearly equal below this part of their standard deviation."""

APART = 0.75
"""Seconds on both sides of a peak in which no other one is higher: at these peaks stretches are compared."""

SMOOTH = 0.1
"""Seconds over which the course is smoothed before its peaks are looked for."""

POINTS = 8
"""Numbers that describe the course around a peak."""

ALIKE = 0.06
"""Two such descriptions, each of length 1, that are nearer than this are compared in full."""

NEIGHBOURS = 4
"""Most descriptions, its own among them, that one is compared with: the nearest."""

PERIODIC = 0.1
"""A movement that comes back in its own recording as near as this tells nothing."""

NEXT = 8
"""Peaks after and before among which its shape is looked for, first of all."""

AGAIN = (0.25, 5.0)
"""Seconds after and before within which the movement itself is looked for, at last."""

EQUAL = -1.0
"""In place of the difference of samples that are equal bit for bit: these are told elsewhere."""

RESCALED = 0.05
"""A factor between two stretches that is less than this from 1 is none."""

SAMPLED = 1000
"""Rows of a long recording or stretch, evenly spread, that its figures are taken from."""

VALUES = 2**20
"""Most values that are compared at once, so that memory stays small."""

Pairs = NDArray[np.int64]
"""(pair, 2) a row of the buffer in one recording, and the row like it in a later one."""


@dataclass(frozen=True)
class NearCopy:
    """A stretch that two recordings hold, but for rounding, noise, a scale and an offset of each channel.

    Args:
        rows: of the buffer, its first one in the one recording and in the other.
        samples: its length.
        difference: what scales and offsets do not explain (root mean square), over the standard deviation.
        factor: the other one's values over the one's, in the channel where that is most unlike 1; 1.0 = as
            large in all.
    """

    rows: tuple[int, int]
    samples: int
    difference: float
    factor: float


def near_copies(recordings: Recordings) -> list[NearCopy]:
    """Stretches of movement that stand nearly equal in two recordings.

    Peaks in the course of one sensor are told apart by the shape around them, so that neither the place in a
    recording nor the unit matters; those alike are compared in all channels. Left out is what is equal bit
    for bit, what hardly changes, and what repeats itself as an even swing does.

    Args:
        recordings: of one dataset.

    Returns:
        each at least SECONDS long, in order of their first rows.
    """
    half = round(SECONDS / 2 * recordings.card.rate)
    if half < POINTS or int(_ends(recordings)[-1]) <= 2 * half:
        return []
    pairs = _alike(recordings, *_peaks(recordings, half))
    spread = _spread(recordings, _owner(recordings, pairs))
    difference = _differences(recordings, pairs, spread, half)
    near = np.flatnonzero((difference != EQUAL) & (difference <= LIMIT))
    near = near[difference[near].argsort(kind="stable")]
    # Pairs of two recordings at one distance are of one stretch, or of several that were moved alike.
    kind = np.column_stack([_owner(recordings, pairs), pairs[:, 1] - pairs[:, 0]])[near]
    nearest = near[np.unique(kind, axis=0, return_index=True)[1]]
    found = [
        copy
        for pair in pairs[nearest]
        if not _comes_back(recordings, int(pair[0]), spread, half)
        for copy in _grown(recordings, pair, spread, half)
    ]
    return sorted(found, key=lambda copy: copy.rows)


def _peaks(recordings: Recordings, half: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(peak,) rows at which the course of one sensor is highest, and (peak, POINTS) its shape around them."""
    rate = recordings.card.rate
    course = _course(recordings)
    width = max(1, round(SMOOTH * rate))
    smooth = uniform_filter1d(course, width)
    peak = np.flatnonzero(smooth == maximum_filter1d(smooth, 2 * round(APART * rate) + 1))
    owner = _owner(recordings, peak)
    margin = half + width  # the smoothing looks a little further
    inside = (peak - margin >= recordings.start[owner]) & (peak + margin < _ends(recordings)[owner])
    still = np.concatenate([[0], np.cumsum(course[1:] == course[:-1], dtype=np.int32)])
    peak = peak[inside]
    peak = peak[still[peak + half] - still[peak - half] < half]
    shape = smooth[peak[:, None] + np.linspace(-half, half, POINTS).round().astype(np.int64)]
    shape = shape - shape.mean(axis=1, keepdims=True, dtype=np.float64)
    length = np.linalg.norm(shape, axis=1)
    peak, shape = peak[length > 0], shape[length > 0] / length[length > 0, None]
    lone = ~_periodic(shape, _owner(recordings, peak))
    return peak[lone], shape[lone]


def _course(recordings: Recordings) -> NDArray[np.float32]:
    """(time,) the axes of an accelerometer, or of the largest sensor, mixed to one number per sample."""
    channels = recordings[0].channels
    groups = sensors(channels)
    accelerations = [group for group in groups if channels[group[0]].quantity == "acceleration"]
    axes = accelerations[0] if accelerations else max(groups, key=len)
    # One sensor has one unit: in another one, its course is the same but for a factor.
    weight = np.cos(np.arange(1, len(axes) + 1)).astype(np.float32)
    parts = []
    for part in blocks(recordings.signal[: _ends(recordings)[-1]]):
        mixed = part[:, axes] @ weight
        if not np.isfinite(mixed).all():
            mixed = (_numbers(part[:, axes]) @ weight).astype(np.float32)
        parts.append(mixed)
    return np.concatenate(parts)


def _periodic(shape: NDArray[np.float64], owner: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(peak,) whether one of the next peaks of the recording, or of the last, has nearly the same shape."""
    found = np.zeros(len(shape), bool)
    for step in range(1, min(NEXT + 1, len(shape))):
        again = np.linalg.norm(shape[step:] - shape[:-step], axis=1) < PERIODIC
        again &= owner[step:] == owner[:-step]
        found[step:] |= again
        found[:-step] |= again
    return found


def _alike(recordings: Recordings, peak: NDArray[np.int64], shape: NDArray[np.float64]) -> Pairs:
    """Peaks of two recordings around which the shapes are nearly the same."""
    if len(peak) < 2:
        return np.zeros((0, 2), np.int64)
    neighbours = np.asarray(KDTree(shape).query(shape, k=NEIGHBOURS, distance_upper_bound=ALIKE)[1])
    one, which = np.nonzero(neighbours < len(peak))  # where there is none, the tree gives their number
    pairs = np.unique(np.sort(peak[np.column_stack([one, neighbours[one, which]])], axis=1), axis=0)
    owner = _owner(recordings, pairs)
    apart: Pairs = pairs[owner[:, 0] != owner[:, 1]]
    return apart


def _differences(
    recordings: Recordings, pairs: Pairs, spread: NDArray[np.float64], half: int
) -> NDArray[np.float64]:
    """(pair,) how far the samples around the rows are from each other, from 0 to 1, or EQUAL."""
    result = np.empty(len(pairs))
    around = np.arange(-half, half + 1)
    step = max(1, VALUES // (len(around) * spread.shape[1]))
    for first in range(0, len(pairs), step):
        part = pairs[first : first + step]
        one, other = (_numbers(recordings.signal[part[:, side, None] + around]) for side in (0, 1))
        owner = _owner(recordings, part)
        apart = _difference(one, other, spread[owner[:, 0]], spread[owner[:, 1]])
        equal = (one == other).all(axis=(1, 2))
        result[first : first + step] = np.where(equal, EQUAL, apart)
    return result


def _difference(
    one: NDArray[np.float64],
    other: NDArray[np.float64],
    one_spread: NDArray[np.float64],
    other_spread: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(pair,) the part of the movement in (pair, time, channel) that the other's does not explain.

    The root of the mean over channels of 1 - r², each channel weighing what it moves, in units of what it
    moves in its whole recording (pair, channel).
    """
    one = one - one.mean(axis=1, keepdims=True)
    other = other - other.mean(axis=1, keepdims=True)
    both = np.einsum("ptc,ptc->pc", one, other)
    one_power, other_power = (np.einsum("ptc,ptc->pc", x, x) for x in (one, other))
    power = one_power * other_power
    left = 1 - np.divide(both**2, power, out=np.zeros_like(power), where=power > 0)
    weight = one_power / one_spread**2 + other_power / other_spread**2
    total = weight.sum(axis=1)
    mean = np.divide((weight * left).sum(axis=1), total, out=np.ones_like(total), where=total > 0)
    result: NDArray[np.float64] = np.sqrt(np.maximum(mean, 0.0))
    return result


def _comes_back(recordings: Recordings, row: int, spread: NDArray[np.float64], half: int) -> bool:
    """Whether the movement around a row is an even swing: nearly the same soon after or before."""
    least, most = (round(seconds * recordings.card.rate) for seconds in AGAIN)
    later = np.arange(max(least, 1), most + 1)
    rows = row + np.concatenate([-later, later])
    owner = _owner(recordings, np.array(row))
    inside = (rows - half >= recordings.start[owner]) & (rows + half < _ends(recordings)[owner])
    pairs = np.column_stack([np.full(inside.sum(), row), rows[inside]])
    return bool((_differences(recordings, pairs, spread, half) < PERIODIC).any())


def _grown(
    recordings: Recordings, pair: NDArray[np.int64], spread: NDArray[np.float64], half: int
) -> list[NearCopy]:
    """All that stands nearly equal in the two recordings of a pair, at its distance and in its scale."""
    owner, distance = _owner(recordings, pair), int(pair[1] - pair[0])
    start, end = recordings.start[owner], _ends(recordings)[owner]
    first, after = max(int(start[0]), int(start[1]) - distance), min(int(end[0]), int(end[1]) - distance)
    one, other = recordings.signal[first:after], recordings.signal[first + distance : after + distance]
    near = slice(int(pair[0]) - first - half, int(pair[0]) - first + half + 1)
    slope, offset, factor = _fitted(_numbers(one[near]), _numbers(other[near]))
    moved = _numbers(other[near]).std(axis=0) / spread[owner[1]]
    left = [
        (((_numbers(y) - slope * _numbers(x) - offset) / spread[owner[1]]) ** 2).mean(axis=1)
        for x, y in zip(blocks(one), blocks(other), strict=True)
    ]
    second = 2 * round(recordings.card.rate / 2) + 1
    same = uniform_filter1d(np.concatenate(left), second) <= LIMIT**2 * (moved**2).mean()
    same = maximum_filter1d(same, second)  # the mean over a second ends half a second before the stretch does
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    found = []
    for begin, stop in edges.reshape(-1, 2).tolist():
        part = slice(begin, stop, max(1, (stop - begin) // SAMPLED))
        both = (_numbers(signal[part])[None] for signal in (one, other))
        apart = float(_difference(*both, *spread[owner][:, None])[0])
        if stop - begin >= 2 * half and apart <= LIMIT:
            found.append(NearCopy((first + begin, first + begin + distance), stop - begin, apart, factor))
    return found


def _fitted(
    one: NDArray[np.float64], other: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """(channel,) slopes and offsets that make (time, channel) the other, and the slope most unlike 1."""
    middle, other_middle = one.mean(axis=0), other.mean(axis=0)
    one, other = one - middle, other - other_middle
    both, power, other_power = (one * other).sum(0), (one**2).sum(0), (other**2).sum(0)
    slope = np.divide(both, power, out=np.zeros_like(power), where=power > 0)
    sure = slope[(both**2 > 0.99 * power * other_power) & (slope > 0)]
    factor = float(sure[np.abs(np.log(sure)).argmax()]) if len(sure) else 1.0
    return slope, other_middle - slope * middle, factor if abs(np.log(factor)) > RESCALED else 1.0


def _spread(recordings: Recordings, owner: NDArray[np.int64]) -> NDArray[np.float64]:
    """(recording, channel) standard deviation of those asked for; infinite where a channel does not move."""
    spread = np.full((len(recordings), recordings.signal.shape[1]), np.inf)
    for i in np.unique(owner).tolist():
        signal = recordings[i].signal
        deviation = _numbers(signal[:: max(1, len(signal) // SAMPLED)]).std(axis=0)
        spread[i] = np.where(deviation > 0, deviation, np.inf)
    return spread


def _numbers(signal: NDArray[np.float32]) -> NDArray[np.float64]:
    """The same in double precision, 0 where nothing was measured."""
    return np.nan_to_num(signal.astype(np.float64), copy=False, nan=0.0, posinf=0.0, neginf=0.0)


def _owner(recordings: Recordings, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the recording in which each row lies."""
    return np.searchsorted(recordings.start, rows, side="right") - 1


def _ends(recordings: Recordings) -> NDArray[np.int64]:
    """(recording,) the row after the last one."""
    return recordings.start + np.array([len(r.signal) for r in recordings], np.int64)
