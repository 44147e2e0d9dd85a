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


def vote(log_probability: NDArray[np.floating], group: Rows, groups: int, majority: bool = False) -> Labels:
    """One label for each group of windows, of a recording or stretch in which one activity was done.

    Args:
        log_probability: (window, class) natural logarithms.
        group: (window,) to which group a window belongs.
        groups: how many there are.
        majority: the most frequent label; where several are, the one of the highest mean log-probability.
            Without it, the highest mean log-probability.

    Returns:
        (group,) -1 for a group without windows.
    """
    classes = log_probability.shape[1]
    # A floor, so that one window that rules an activity out does not make sums of infinities.
    log = np.maximum(np.asarray(log_probability, np.float64), -1e4)
    count = np.bincount(group, minlength=groups)
    mean = np.zeros((groups, classes))
    np.add.at(mean, group, log)
    mean /= np.maximum(count, 1)[:, None]
    if majority:
        votes = np.zeros((groups, classes))
        np.add.at(votes, (group, log.argmax(1)), 1)
        mean[votes < votes.max(1, keepdims=True)] = -np.inf
    found: Labels = np.where(count > 0, mean.argmax(1), NOTHING).astype(np.int64)
    return found


def staying(seconds: NDArray[np.floating] | float, duration: float, classes: int) -> NDArray[np.float64]:
    """How probable it is that the same activity goes on after some time.

    Activities change at a constant rate, to each other one alike: 1 / k + (1 - 1 / k) exp(-seconds k /
    ((k - 1) duration)) with k classes.

    Args:
        seconds: passed, any shape.
        duration: mean length of a stretch, seconds; 0 = what was done before says nothing.
        classes: how many activities there are (k).
    """
    passed = np.asarray(seconds, np.float64)
    if duration <= 0 or classes < 2:
        return np.full(passed.shape, 1 / classes)
    return np.asarray(
        1 / classes + (1 - 1 / classes) * np.exp(-passed * classes / ((classes - 1) * duration))
    )


def viterbi(log_probability: NDArray[np.floating], seconds: NDArray[np.floating], duration: float) -> Labels:
    """The most probable sequence of activities of a whole recording, which lasts in stretches.

    A hidden Markov model: the probabilities of a step count as its evidence, all activities are equally
    probable before, and how probable a change is tells `staying`. It looks at the whole recording; `filtered`
    looks back only.

    Args:
        log_probability: (step, class) natural logarithms.
        seconds: (step,) passed since the step before; the first is not used.
        duration: mean length of a stretch, seconds; 0 takes the most probable activity of each step.

    Source:
        Viterbi, Error Bounds for Convolutional Codes and an Asymptotically Optimum Decoding Algorithm (1967).
    """
    evidence = np.asarray(log_probability, np.float64)
    steps, classes = evidence.shape
    if steps == 0 or classes < 2 or duration <= 0:
        return np.asarray(evidence.argmax(1), np.int64)
    stays = staying(seconds, duration, classes)
    stay, leave = np.log(stays), np.log(np.maximum(1 - stays, 1e-300) / (classes - 1))
    moved = np.zeros((steps, classes), bool)
    best = np.zeros(steps, np.int64)
    reached = evidence[0]
    for step in range(1, steps):
        best[step] = reached.argmax()
        kept, left = reached + stay[step], reached[best[step]] + leave[step]
        moved[step] = left > kept
        reached = np.maximum(kept, left) + evidence[step]
    path = np.empty(steps, np.int64)
    path[-1] = reached.argmax()
    for step in range(steps - 1, 0, -1):
        path[step - 1] = best[step] if moved[step, path[step]] else path[step]
    return path


def advance(
    belief: NDArray[np.float64], log_probability: NDArray[np.floating], seconds: float, duration: float
) -> NDArray[np.float64]:
    """One step of the filter: what is believed after a new window, from what was believed before it.

    Args:
        belief: (class,) probabilities before; all equal at the beginning of a recording.
        log_probability: (class,) natural logarithms of the new window.
        seconds: passed since the window before.
        duration: mean length of a stretch, seconds; 0 believes the new window alone.

    Returns:
        (class,) probabilities; their sum is 1.
    """
    log = np.asarray(log_probability, np.float64)
    return _joined(belief, np.exp(log - log.max()), float(staying(seconds, duration, len(belief))))


def filtered(
    log_probability: NDArray[np.floating], seconds: NDArray[np.floating], duration: float
) -> NDArray[np.float64]:
    """Probabilities of each step given all steps until it: `advance` through a recording, as a stream does.

    Args:
        log_probability: (step, class) natural logarithms.
        seconds: (step,) passed since the step before; the first is not used.
        duration: mean length of a stretch, seconds; 0 changes nothing.
    """
    log = np.asarray(log_probability, np.float64)
    steps, classes = log.shape
    found = np.empty((steps, classes))
    evidence = np.exp(log - log.max(1, keepdims=True, initial=-np.inf))
    belief = np.full(classes, 1 / max(classes, 1))
    for step, stay in enumerate(staying(seconds, duration, classes).tolist()):
        belief = _joined(belief, evidence[step], stay)
        found[step] = belief
    return found


def _joined(belief: NDArray[np.float64], evidence: NDArray[np.float64], stay: float) -> NDArray[np.float64]:
    """(class,) probabilities from those before, the evidence of a step, and how probable no change is."""
    leave = (1 - stay) / max(len(belief) - 1, 1)
    # A floor, so that no window, however sure, makes an activity impossible for ever.
    found = ((stay - leave) * belief + (leave + 1e-300)) * evidence
    return np.asarray(found / found.sum())
