"""WISDM 2019, acceleration and rotation rate of one device joined by time.

Read from the published format, not yet run on the publisher's files. Phone and watch have clocks of their
own, so nothing joins one with the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.formats.lines import named_lines
from kodo.datasets.readers.wisdm19 import CHANNELS, TITLE, WISDM19_WATCH
from kodo.datasets.readers.wisdm19_files import LETTERS, RATE, Series, Stretch, pattern, people, series
from kodo.datasets.recording import Dataset, Recording
from kodo.datasets.timing import timing
from kodo.errors import KodoError


def read(folder: Path, device: str, name: str) -> Iterator[Recording]:
    """One recording per person and stretch of an activity that both sensors measured without a gap.

    Both are put onto one even grid of 20 Hz, which begins where both have begun, linearly between two samples
    no further apart than half a second. What time stamps say is said of the sensor with the longer longest
    step. People of whom only one sensor's file is there are left out; what one sensor measured while the
    other did not stands in the fact `measured_alone` of the person's first recording, and so do broken lines.

    Args:
        folder: anything above the device's files.
        device: "watch" or "phone".
        name: of the dataset.

    Raises:
        KodoError: nobody has both files, one is there twice, or none of its lines is as published.
    """
    accelerations, rotations = (people(folder, pattern(device, kind)) for kind in ("accel", "gyro"))
    both = [person for person in accelerations if person in rotations]
    if not both:
        raise KodoError(
            f"{name} needs {pattern(device, 'accel')} and {pattern(device, 'gyro')} of the same person; "
            f"below {folder} are {len(accelerations)} and {len(rotations)} such files, but nobody has both."
        )
    one, other = ({person: files[person] for person in both} for files in (accelerations, rotations))
    for acceleration, rotation in zip(series(one), series(other), strict=True):
        yield from _joined(acceleration, rotation, device, name)


def _joined(acceleration: Series, rotation: Series, device: str, name: str) -> Iterator[Recording]:
    channels = CHANNELS[device, "accel"] + CHANNELS[device, "gyro"]
    person, times = acceleration.person, dict.fromkeys(LETTERS, 0)
    pairs = list(_pairs(acceleration, rotation))
    facts = _of_both(acceleration, rotation, sum(after - start for _, _, start, after, _ in pairs))
    for one, other, start, end, gap in pairs:
        # Seconds from the start of the grid: nanoseconds since an origin have more digits than float32.
        grid = np.arange(int((end - start) * RATE // 10**9) + 1) / RATE
        signal = np.hstack([_at(one, start, grid), _at(other, start, grid)])
        times[one.letter] += 1
        yield Recording(
            name, f"{person}-{one.letter}-{times[one.letter]}", person, one.letter, RATE, channels, signal,
            np.full(len(grid), LETTERS.index(one.letter), np.int16),
            max((_timing(each, start, end, gap) for each in (one, other)), key=_longest) | facts,
        )  # fmt: skip
        facts = {}


def _pairs(acceleration: Series, rotation: Series) -> Iterator[tuple[Stretch, Stretch, int, int, float]]:
    """Stretches of one activity that overlap: from when to when (nanoseconds), the gap before (seconds)."""
    ended: dict[str, int] = {}
    for one in acceleration.stretches:
        for other in rotation.stretches:
            start = max(int(one.time[0]), int(other.time[0]))
            end = min(int(one.time[-1]), int(other.time[-1]))
            if one.letter == other.letter and start <= end:
                yield one, other, start, end, (start - ended.get(one.letter, start)) / 1e9
                ended[one.letter] = end


def _at(stretch: Stretch, start: int, grid: NDArray[np.float64]) -> NDArray[np.float32]:
    """(time, axis) the signal on the grid; of samples with one time stamp the first counts."""
    moved = np.concatenate([[True], np.diff(stretch.time) > 0])
    seconds = (stretch.time[moved] - start) / 1e9
    axes = [np.interp(grid, seconds, axis) for axis in stretch.signal[moved].T]
    return np.stack(axes, axis=1).astype(np.float32)


def _timing(stretch: Stretch, start: int, end: int, gap: float) -> dict[str, str]:
    inside = stretch.time[(stretch.time >= start) & (stretch.time <= end)]
    return timing((inside - start) / 1e9, gap)


def _longest(facts: dict[str, str]) -> float:
    return float(facts.get("longest_step", 0))


def _of_both(acceleration: Series, rotation: Series, shared: int) -> dict[str, str]:
    """Facts of a person: what only one sensor measured (`shared` nanoseconds were by both), broken lines."""
    alone, broken = {}, {}
    for what, held in (("acceleration", acceleration), ("rotation rate", rotation)):
        measured = sum(int(stretch.time[-1] - stretch.time[0]) for stretch in held.stretches)
        alone[what] = (measured - shared) / 1e9
        broken[held.path.name] = dict(odd for stretch in held.stretches for odd in stretch.broken.items())
    told = ", ".join(f"{seconds:.1f} s of {what}" for what, seconds in alone.items() if seconds >= 0.05)
    facts = {"broken_lines": named_lines(broken), "measured_alone": told}
    return {name: text for name, text in facts.items() if text}


def _card(device: str) -> Dataset:
    name = f"wisdm19_{device}_both"
    return replace(
        WISDM19_WATCH,
        name=name,
        title=f"{TITLE}: acceleration and rotation rate of the {device}, joined by time",
        channels=CHANNELS[device, "accel"] + CHANNELS[device, "gyro"],
        pattern=f"{pattern(device, 'accel')}&{pattern(device, 'gyro')}",
        read=partial(read, device=device, name=name),
        met="format",
        published={"whar-arena": f"wisdm_19_{device}"},
        version=2,
    )


WISDM19_WATCH_BOTH = _card("watch")
WISDM19_PHONE_BOTH = _card("phone")
