"""One short piece of signal for each activity, to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.inspection.blocks import stretches
from kodo.datasets.recording import Channel, Recording

SECONDS = 5.0
"""Length of a piece where the card suggests no window."""


@dataclass(frozen=True, eq=False)
class Excerpt:
    """A piece of one recording in which one thing was done.

    Args:
        activity: its name.
        subject: the person's code.
        recording: its name.
        start: seconds from the beginning of the recording.
        rate: samples per second (Hz).
        channels: what the rows of the signal are.
        signal: (channel, time) float32, as measured.
    """

    activity: str
    subject: str
    recording: str
    start: float
    rate: float
    channels: tuple[Channel, ...]
    signal: NDArray[np.float32]


def excerpts(
    recordings: Sequence[Recording], activities: Sequence[str], seconds: float | None = None
) -> tuple[Excerpt, ...]:
    """The middle of a stretch of usual length, for each activity that occurs.

    Args:
        recordings: of one dataset.
        activities: names; a label is a position among them.
        seconds: length of a piece, shorter where the stretch is; default SECONDS.
    """
    found: dict[int, list[tuple[int, int, int]]] = {}
    for position, recording in enumerate(recordings):
        for first, after, label in stretches(recording).tolist():
            found.setdefault(label, []).append((after - first, position, first))
    made = []
    for label, name in enumerate(activities):
        if label in found:
            length, position, first = sorted(found[label])[len(found[label]) // 2]
            made.append(_piece(recordings[position], name, first, length, seconds or SECONDS))
    return tuple(made)


def _piece(recording: Recording, activity: str, first: int, length: int, seconds: float) -> Excerpt:
    samples = min(length, max(2, round(seconds * recording.rate)))
    start = first + (length - samples) // 2
    return Excerpt(
        activity=activity, subject=recording.subject, recording=recording.name,
        start=start / recording.rate, rate=recording.rate, channels=recording.channels,
        signal=np.array(recording.signal[start : start + samples].T),
    )  # fmt: skip
