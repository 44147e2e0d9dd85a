"""Which windows are learned from, which choose, which test: never one person on two sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import UNLABELLED
from kodo.errors import KodoError
from kodo.windows.cut import Windows

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """A division of windows in which no person and no raw sample is on two sides.

    Make it with `split`, which checks. `test` may be empty (a recipe fitted for use).

    Args:
        name: of the fold ("fold 1 of 5").
        train: (window,) positions to learn from.
        validation: (window,) positions that choose the epoch.
        test: (window,) positions that are looked at once.
    """

    name: str
    train: Rows
    validation: Rows
    test: Rows

    @property
    def leak(self) -> str:
        """Empty: nothing is shared between the sides."""
        return ""


@dataclass(frozen=True, eq=False)
class LeakySplit:
    """A division in which something is shared; `leak` is the sentence that says what.

    Made only by the `arena` protocol and by `kodo audit`; everything made from it carries the mark.

    Args:
        name: of the fold.
        train: (window,) positions to learn from.
        validation: (window,) positions that choose the epoch.
        test: (window,) positions that are looked at once.
        leak: what is shared, in one sentence.
    """

    name: str
    train: Rows
    validation: Rows
    test: Rows
    leak: str


def split(windows: Windows, name: str, train: Rows, validation: Rows, test: Rows) -> Split:
    """A split whose sides share no person and no raw sample.

    Args:
        windows: what the rows are positions of.
        name: of the fold.
        train: (window,) positions.
        validation: (window,) positions, may be empty.
        test: (window,) positions, may be empty.

    Raises:
        KodoError: two sides share a person or a sample, a window has no label, or nothing is left to
            learn from.
    """
    if len(train) == 0:
        raise KodoError(f"{name}: nothing is left to learn from.")
    sides = {"training": train, "validation": validation, "test": test}
    names = list(sides)
    for side, rows in sides.items():
        if np.any(windows.label[rows] == UNLABELLED):
            raise KodoError(f"{name}: {side} holds windows that nobody labelled.")
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            shared = np.intersect1d(windows.subject[sides[first]], windows.subject[sides[second]])
            if len(shared):
                person = windows.subjects[shared[0]]
                raise KodoError(
                    f"{name}: {windows.called[0]} {person} is on two sides, {first} and {second}."
                )
            if shared_samples(windows, sides[first], sides[second]):
                raise KodoError(f"{name}: {first} and {second} share raw samples.")
    return Split(name, train, validation, test)


def shared_samples(windows: Windows, first: Rows, second: Rows) -> int:
    """How many raw samples lie in windows of both sets.

    Args:
        windows: what the rows are positions of.
        first: (window,) positions.
        second: (window,) positions.
    """
    start, stop = covered(windows, first)
    other_start, other_stop = covered(windows, second)
    if len(start) == 0 or len(other_start) == 0:
        return 0
    before = np.concatenate([[0], np.cumsum(stop - start)])

    def below(sample: Rows) -> Rows:
        """How many samples of the first set lie before each sample."""
        last = np.searchsorted(start, sample, side="right") - 1
        inside = np.minimum(sample - start[last], stop[last] - start[last])
        return np.where(last < 0, 0, before[last] + inside)

    return int(np.sum(below(other_stop) - below(other_start)))


def covered(windows: Windows, rows: Rows) -> tuple[Rows, Rows]:
    """The raw samples that at least one of these windows holds, as stretches that do not touch.

    Args:
        windows: what the rows are positions of.
        rows: (window,) positions.

    Returns:
        first sample (stretch,) and sample after the last (stretch,) in `windows.signal`, ascending.
    """
    if len(rows) == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = rows[np.argsort(windows.start[rows], kind="stable")]
    start = windows.start[order]
    stop = np.maximum.accumulate(start + windows.length[order])
    gap = np.flatnonzero(start[1:] > stop[:-1])
    return start[np.concatenate([[0], gap + 1])], stop[np.append(gap, len(stop) - 1)]
