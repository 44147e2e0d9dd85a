"""Timelines: from probabilities at every step of a recording to stretches of activities (numpy only)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError

Rows = NDArray[np.int64]
Labels = NDArray[np.int64]
NOTHING = -1
"""The label of a step at which no activity is sure enough."""


@dataclass(frozen=True)
class Segment:
    """A stretch of one activity.

    Args:
        start: seconds from the beginning of the recording.
        stop: seconds from the beginning of the recording.
        label: position in the activities; -1 = none of them.
        probability: mean over the stretch of what the most probable activity has.
    """

    start: float
    stop: float
    label: int
    probability: float


@dataclass(frozen=True, eq=False)
class Steps:
    """Neighbouring stretches of one recording, each with its probabilities; together they fill it.

    Args:
        probability: (step, class) from 0 to 1.
        start: (step,) first sample.
        length: (step,) samples.
    """

    probability: NDArray[np.float64]
    start: Rows
    length: Rows

    def labels(self, threshold: float = 0.0) -> Labels:
        """(step,) the most probable class; -1 where its probability lies below the threshold."""
        best = self.probability.argmax(1)
        found: Labels = np.where(self.probability.max(1) >= threshold, best, NOTHING).astype(np.int64)
        return found


def merge(
    log_probability: NDArray[np.floating], start: NDArray[np.integer], length: NDArray[np.integer], rows: int
) -> Steps:
    """Average the probabilities of all windows that hold the same samples.

    Args:
        log_probability: (window, class) natural logarithms, of one recording.
        start: (window,) first sample within the recording, ascending.
        length: (window,) samples.
        rows: samples of the recording.

    Returns:
        stretches between window edges; samples that no window holds belong to the stretch before them
        (at the beginning of the recording: after them).

    Raises:
        KodoError: no window, windows not in order, or windows that end after the recording.
    """
    first = np.asarray(start, np.int64)
    stop = first + np.asarray(length, np.int64)
    if len(first) == 0:
        raise KodoError("A timeline needs at least one window; got none.")
    if np.any(np.diff(first) < 0) or first[0] < 0 or stop.max() > rows or np.any(stop <= first):
        raise KodoError(
            f"The windows of a timeline start one after the other inside its {rows} samples; got "
            f"{first[0]} to {stop.max()}."
        )
    edges = np.unique(np.concatenate([first, stop]))
    entered, left = np.searchsorted(edges, first), np.searchsorted(edges, stop)
    change = np.zeros((len(edges), log_probability.shape[1] + 1))
    held = np.column_stack([np.exp(log_probability.astype(np.float64)), np.ones(len(first))])
    np.add.at(change, entered, held)
    np.subtract.at(change, left, held)
    total = np.cumsum(change[:-1], axis=0)
    covered = np.round(total[:, -1]) > 0
    total, begin = total[covered], edges[:-1][covered]
    begin[0] = 0
    size = np.diff(np.append(begin, rows))
    return Steps(np.clip(total[:, :-1] / total[:, -1:], 0, 1), begin, size)


def smooth(labels: Labels, steps: int) -> Labels:
    """The most frequent label among each step and its neighbours.

    Of equally frequent labels the step's own is kept; else the lowest.

    Args:
        labels: (step,) -1 for none.
        steps: odd number of steps that vote; 1 changes nothing. At the ends fewer vote.

    Raises:
        KodoError: an even number, or one below 1.
    """
    if steps < 1 or steps % 2 == 0:
        raise KodoError(f"Smoothing takes an odd number of steps, 1 or more; got {steps}.")
    if steps == 1 or len(labels) == 0:
        return labels
    place = np.arange(len(labels))
    first = np.maximum(place - steps // 2, 0)
    after = np.minimum(place + steps // 2 + 1, len(labels))
    names = np.unique(labels)
    passed = np.vstack([np.zeros(len(names), np.int64), np.cumsum(labels[:, None] == names, axis=0)])
    votes = 2 * (passed[after] - passed[first])
    votes[place, np.searchsorted(names, labels)] += 1
    winner: Labels = names[votes.argmax(1)]
    return winner


def segments(
    labels: Labels,
    start: NDArray[np.integer],
    length: NDArray[np.integer],
    rate: float,
    probability: NDArray[np.floating] | None = None,
) -> list[Segment]:
    """Stretches of neighbouring steps with one label.

    Args:
        labels: (step,) -1 for none.
        start: (step,) first sample of each step, ascending.
        length: (step,) samples; steps do not overlap, and a gap between two ends a stretch.
        rate: samples per second (Hz).
        probability: (step, class) of each step; without it every stretch has probability 1.

    Returns:
        in order of time.
    """
    if len(labels) == 0:
        return []
    begin = np.asarray(start, np.int64)
    stop = begin + np.asarray(length, np.int64)
    turns = np.flatnonzero((labels[1:] != labels[:-1]) | (begin[1:] > stop[:-1])) + 1
    heads = np.concatenate([[0], turns])
    tails = np.append(turns, len(labels)) - 1
    sure = np.ones(len(labels))
    if probability is not None:
        own = np.where(labels == NOTHING, probability.argmax(1), labels)
        sure = np.asarray(probability, np.float64)[np.arange(len(labels)), own]
    weight = (stop - begin).astype(np.float64)
    mean = np.add.reduceat(sure * weight, heads) / np.add.reduceat(weight, heads)
    return [
        Segment(float(begin[head] / rate), float(stop[tail] / rate), int(labels[head]), float(value))
        for head, tail, value in zip(heads, tails, mean, strict=True)
    ]


def false_alarms(
    log_probability: NDArray[np.floating],
    label: NDArray[np.integer],
    recording: NDArray[np.integer],
    start: NDArray[np.integer],
    rate: float,
    threshold: float,
) -> float | None:
    """False alarms per hour of unlabelled time.

    An alarm is a run of unlabelled steps at which one and the same activity is at least as probable as the
    threshold. A step stands for the time until the next one of its recording; the last, for as long as the
    usual step.

    Args:
        log_probability: (step, class) natural logarithms.
        label: (step,) true activity; -1 = unlabelled.
        recording: (step,) which recording, steps of one recording side by side in order of time.
        start: (step,) first sample within the recording.
        rate: samples per second (Hz).
        threshold: probability from which an activity is announced.

    Returns:
        None where there is no unlabelled time, or no two steps to tell how long a step is.
    """
    unlabelled = np.asarray(label) == NOTHING
    follows = np.append(recording[1:] == recording[:-1], False)
    until = np.append(np.diff(start.astype(np.int64)), 0).astype(np.float64)
    if not follows.any() or not unlabelled.any():
        return None
    until[~follows] = np.median(until[follows])
    best = log_probability.argmax(1)
    fires = unlabelled & (np.exp(log_probability.max(1).astype(np.float64)) >= threshold)
    goes_on = fires[1:] & fires[:-1] & (best[1:] == best[:-1]) & follows[:-1]
    alarms = np.count_nonzero(fires) - np.count_nonzero(goes_on)
    return float(alarms / (until[unlabelled].sum() / rate / 3600))
