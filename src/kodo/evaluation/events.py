"""Events: stretches of an activity that were found, missed, broken, joined, announced late or for nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError
from kodo.evaluation.timeline import NOTHING, Labels, Rows

Counts = NDArray[np.int64]

TRUE = ("correct", "fragmented", "merged", "fragmented and merged", "deleted")
"""What becomes of a true event."""
RETURNED = ("correct", "fragmenting", "merging", "fragmenting and merging", "inserted")
"""What a returned (predicted) event is."""
TIMES = (
    "true positive", "deletion", "fragmenting", "underfill at the start", "underfill at the end",
    "insertion", "merge", "overfill at the start", "overfill at the end", "true negative",
)  # fmt: skip
"""What every sample is, seen from one activity: five kinds of its own time, five of all other time."""
OVERLAP = 0.5
"""A returned event finds a true one when they share more than this part of what they cover together."""

_KINDS = np.array([[[9, 9], [9, 9]], [[5, 7], [8, 6]], [[1, 3], [4, 2]], [[0, 0], [0, 0]]])
"""Position in `TIMES` of a piece: [0 nothing, 1 returned, 2 true, 3 both][both before it][both after it]."""


@dataclass(frozen=True, eq=False)
class Stretches:
    """What was done when in one recording.

    Args:
        start: (stretch,) first sample, ascending.
        stop: (stretch,) sample after the last; stretches do not overlap.
        label: (stretch,) position in the activities; -1 = none of them.
    """

    start: Rows
    stop: Rows
    label: Labels


@dataclass(frozen=True, eq=False)
class Events:
    """Event errors of each activity against all others; those of several recordings add up.

    Args:
        true: (class, 5) true events by what became of them, in the order of `TRUE`.
        returned: (class, 5) returned events by what they are, in the order of `RETURNED`.
        samples: (class, 10) time by what it is, in the order of `TIMES`.
        found: (class,) true events that a returned one finds (`OVERLAP`).
    """

    true: Counts
    returned: Counts
    samples: Counts
    found: Counts

    @property
    def correct(self) -> float:
        """Part of the true events that are correct: one return for one event; NaN where there is none."""
        every = int(self.true.sum())
        return float(self.true[:, 0].sum() / every) if every else float("nan")

    @property
    def segment_f1(self) -> float:
        """Mean over the activities with true events of 2 found / (true + returned); NaN without any."""
        true, returned = self.true.sum(1), self.returned.sum(1)
        own = true > 0
        return float(np.mean(2 * self.found[own] / (true + returned)[own])) if own.any() else float("nan")


def around(labels: Labels, start: Rows, length: Rows, samples: int) -> Stretches:
    """Stretches of equal labels, where each step stands for the time around its middle.

    Two neighbouring steps meet halfway between their middles; the first reaches back to the beginning, the
    last on to the end of the recording.

    Args:
        labels: (step,) of one recording, in order of time; -1 for none.
        start: (step,) first sample of the step's window.
        length: (step,) samples of it.
        samples: of the recording.

    Raises:
        KodoError: no step.
    """
    if len(labels) == 0:
        raise KodoError("A timeline needs at least one window; got none.")
    middle = start + length // 2
    turns = np.flatnonzero(labels[1:] != labels[:-1])
    edges = (middle[turns] + middle[turns + 1] + 1) // 2
    heads = np.concatenate([[0], turns + 1])
    return Stretches(np.concatenate([[0], edges]), np.append(edges, samples), labels[heads])


def events(truth: Stretches, returned: Stretches, classes: int) -> Events:
    """Compare two timelines of one recording, each activity against all others.

    Unlabelled time is not judged: nobody knows what was done there, so what is returned ends where it
    begins. Time is split where either timeline changes; of one activity each piece is right, missed or
    added, and what the pieces beside it are says which kind of error it is. A true event is deleted when
    nothing of it is returned, fragmented when several returned events lie in it, merged when a returned
    event that it shares covers another true one too; returned events likewise, seen from the other side.

    Args:
        truth: of the recording; -1 and gaps are unlabelled.
        returned: of the recording; -1 and gaps are nothing.
        classes: how many activities there are.

    Source:
        Ward, Lukowicz and Gellersen, Performance Metrics for Activity Recognition (2011), sections 4 and 5.
    """
    edges = np.unique(np.concatenate([truth.start, truth.stop, returned.start, returned.stop]))
    true, said = _at(truth, edges[:-1]), _at(returned, edges[:-1])
    labelled = true != NOTHING
    size = np.diff(edges)
    made = [_of_one(true == k, (said == k) & labelled, size, labelled) for k in range(classes)]
    return Events(*(np.array(part) for part in zip(*made, strict=True)))


def differing(truth: Stretches, returned: Stretches) -> list[tuple[int, int]]:
    """Where something else than the truth is said, labelled time only: first sample, sample after the last.

    Args:
        truth: of a recording; -1 and gaps are unlabelled.
        returned: of the recording.
    """
    edges = np.unique(np.concatenate([truth.start, truth.stop, returned.start, returned.stop]))
    true, said = _at(truth, edges[:-1]), _at(returned, edges[:-1])
    wrong = np.concatenate([[False], (true != NOTHING) & (true != said), [False]])
    turns = np.flatnonzero(wrong[1:] != wrong[:-1])
    return [(int(edges[a]), int(edges[b])) for a, b in zip(turns[::2], turns[1::2], strict=True)]


def total(parts: Iterable[Events]) -> Events:
    """The events of several recordings or people together.

    Args:
        parts: one or more.
    """
    listed = list(parts)
    names = ("true", "returned", "samples", "found")
    return Events(*(np.sum([getattr(part, name) for part in listed], axis=0) for name in names))


def delays(
    truth: Stretches, announced: Labels, start: Rows, length: Rows, consecutive: int = 1, lag: int = 0
) -> NDArray[np.float64]:
    """Samples from the true start of each labelled stretch until its activity is announced.

    A stretch's own steps are those whose window has its middle in it. It is announced with the last of the
    first `consecutive` own steps in a row that name it, at the end of that step's window; a smoothing that
    looks ahead says so `lag` steps later.

    Args:
        truth: of one recording.
        announced: (step,) of the recording, in order of time; -1 where nothing is announced.
        start: (step,) first sample of the step's window.
        length: (step,) samples of it.
        consecutive: steps in a row.
        lag: steps that the announcement waits for.

    Returns:
        (labelled stretch,) NaN where it is never announced.
    """
    middle, end = start + length // 2, start + length
    found = []
    for begin, stop, label in zip(truth.start, truth.stop, truth.label, strict=True):
        if label == NOTHING:
            continue
        first, after = np.searchsorted(middle, [begin, stop])
        named = np.concatenate([[0], np.cumsum(announced[first:after] == label)])
        rows = np.flatnonzero(named[consecutive:] - named[:-consecutive] == consecutive)
        told = min(first + rows[0] + consecutive - 1 + lag, len(end) - 1) if len(rows) else -1
        found.append(float(end[told] - begin) if len(rows) else float("nan"))
    return np.array(found)


def false_alarms(
    announced: Labels,
    label: NDArray[np.integer],
    recording: NDArray[np.integer],
    start: NDArray[np.integer],
    rate: float,
) -> float | None:
    """False alarms per hour of unlabelled time.

    An alarm is a run of unlabelled steps at which one and the same activity is announced. A step stands for
    the time until the next one of its recording; the last, for as long as the usual step.

    Args:
        announced: (step,) activity; -1 where nothing is sure enough.
        label: (step,) true activity; -1 = unlabelled.
        recording: (step,) which recording, steps of one recording side by side in order of time.
        start: (step,) first sample within the recording.
        rate: samples per second (Hz).

    Returns:
        None where there is no unlabelled time, or no two steps to tell how long a step is.
    """
    unlabelled = np.asarray(label) == NOTHING
    follows = np.append(recording[1:] == recording[:-1], False)
    until = np.append(np.diff(start.astype(np.int64)), 0).astype(np.float64)
    if not follows.any() or not unlabelled.any():
        return None
    until[~follows] = np.median(until[follows])
    fires = unlabelled & (announced != NOTHING)
    goes_on = fires[1:] & fires[:-1] & (announced[1:] == announced[:-1]) & follows[:-1]
    alarms = np.count_nonzero(fires) - np.count_nonzero(goes_on)
    return float(alarms / (until[unlabelled].sum() / rate / 3600))


def _at(stretches: Stretches, sample: Rows) -> Labels:
    """(sample,) the label at each of these; -1 in gaps."""
    place = np.searchsorted(stretches.start, sample, "right") - 1
    inside = (place >= 0) & (sample < stretches.stop[place])
    found: Labels = np.where(inside, stretches.label[place], NOTHING)
    return found


def _of_one(
    true: NDArray[np.bool_], said: NDArray[np.bool_], size: Rows, labelled: NDArray[np.bool_]
) -> tuple[Counts, Counts, Counts, int]:
    """The errors of one activity: (5,) true events, (5,) returned ones, (10,) samples, how many are found."""
    kind = 2 * true + said
    heads = np.flatnonzero(np.append(True, kind[1:] != kind[:-1]))
    kind, judged, size = kind[heads], np.add.reduceat(size * labelled, heads), np.add.reduceat(size, heads)
    right = kind == 3
    before, after = np.append(False, right[:-1]), np.append(right[1:], False)
    kinds = _KINDS[kind, before.astype(np.int64), after.astype(np.int64)]
    samples = np.bincount(kinds, weights=judged, minlength=len(TIMES)).astype(np.int64)
    own, event_size = _numbered(kind >= 2, size)
    back, return_size = _numbered(kind % 2 == 1, size)
    # A piece that is right joins one true event with one returned event, and no other piece joins the two.
    pairs = own[right], back[right]
    many_returns = np.bincount(pairs[0], minlength=len(event_size)) > 1
    many_events = np.bincount(pairs[1], minlength=len(return_size)) > 1
    shared = size[right]
    covered = event_size[pairs[0]] + return_size[pairs[1]] - shared
    return (
        _categories(pairs[0], many_returns, many_events[pairs[1]], own_first=True),
        _categories(pairs[1], many_events, many_returns[pairs[0]], own_first=False),
        samples,
        int(np.count_nonzero(shared > OVERLAP * covered)),
    )


def _numbered(member: NDArray[np.bool_], size: Rows) -> tuple[Rows, Rows]:
    """(piece,) to which run of members each member belongs, and (run,) samples."""
    heads = member & ~np.append(False, member[:-1])
    number = np.cumsum(heads) - 1
    return number, np.bincount(number[member], weights=size[member]).astype(np.int64)


def _categories(
    event: Rows, several: NDArray[np.bool_], beside: NDArray[np.bool_], own_first: bool
) -> Counts:
    """(5,) events by category.

    Args:
        event: (pair,) which event of this side each pair has.
        several: (event,) whether it has several partners.
        beside: (pair,) whether the partner has several.
        own_first: whether several partners mean fragments (true events), else merging (returned ones).
    """
    met = np.zeros(len(several), bool)
    met[event] = True
    other = np.zeros(len(several), bool)
    np.logical_or.at(other, event, beside)
    fragments, merges = (several, other) if own_first else (other, several)
    category = np.where(met, fragments + 2 * merges, len(TRUE) - 1)
    return np.bincount(category, minlength=len(TRUE))
