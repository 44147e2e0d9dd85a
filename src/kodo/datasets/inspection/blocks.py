"""Recordings in the pieces that an inspection looks at: by their channels, and a few rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import Channel, Recording

ROWS = 2**17
"""Most rows that are looked at together, so that a day-long recording needs little memory."""


def by_channels(recordings: Iterable[Recording]) -> dict[tuple[Channel, ...], list[Recording]]:
    """Recordings with the same channels together, in order of appearance.

    Args:
        recordings: of one dataset.
    """
    groups: dict[tuple[Channel, ...], list[Recording]] = {}
    for recording in recordings:
        groups.setdefault(recording.channels, []).append(recording)
    return groups


def blocks(signal: NDArray[np.float32], multiple: int = 1) -> Iterator[NDArray[np.float32]]:
    """A signal in pieces of about ROWS rows.

    Args:
        signal: (time, channel).
        multiple: every piece but the last has a whole number of so many rows.
    """
    rows = max(1, ROWS // multiple) * multiple
    for first in range(0, len(signal), rows):
        yield signal[first : first + rows]


def stretches(recording: Recording) -> NDArray[np.int64]:
    """(stretch, 3) first sample, sample after the last and label of each stretch of one label.

    Args:
        recording: labelled or not; its unlabelled stretches have -1.
    """
    edges = np.flatnonzero(recording.label[1:] != recording.label[:-1]) + 1
    first = np.concatenate([[0], edges]).astype(np.int64)
    after = np.concatenate([edges, [len(recording.label)]]).astype(np.int64)
    return np.column_stack([first, after, recording.label[first].astype(np.int64)])
