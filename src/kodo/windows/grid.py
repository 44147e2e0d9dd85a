"""Where windows may lie: stretches of one activity, and the grid of starts inside them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import UNLABELLED
from kodo.errors import KodoError

LabelRule = Literal["pure", "majority", "centre"]
EndRule = Literal["samples", "arena"]
ShortRule = Literal["drop", "pad"]


@dataclass(frozen=True)
class Cutting:
    """How recordings become windows.

    Args:
        seconds: window length; None = every labelled stretch is one window (signs, gestures).
        overlap: shared part of neighbouring windows, 0 to below 1.
        label: `pure` slides inside stretches of one activity; `majority` and `centre` slide over whole
            recordings and take the most frequent label, or the one in the middle.
        end: `samples` needs as many samples as the window has; `arena` needs (n - 1) / rate >= seconds.
        short: a stretch shorter than a window is dropped (and counted) or kept as one padded window.
    """

    seconds: float | None = 3.0
    overlap: float = 0.5
    label: LabelRule = "pure"
    end: EndRule = "samples"
    short: ShortRule = "drop"


def check(cutting: Cutting, rate: float) -> None:
    """Refuse what cannot be cut.

    Args:
        cutting: asked for.
        rate: samples per second (Hz).

    Raises:
        KodoError: an unknown rule, or a length or overlap out of range.
    """
    for name, allowed in (("label", LabelRule), ("end", EndRule), ("short", ShortRule)):
        if getattr(cutting, name) not in allowed.__args__:  # type: ignore[attr-defined]
            known = " | ".join(allowed.__args__)  # type: ignore[attr-defined]
            raise KodoError(f"window.{name} is one of {known}; got '{getattr(cutting, name)}'.")
    if not 0 <= cutting.overlap < 1:
        raise KodoError(f"Overlap lies from 0 to below 1 (0.5 = half); got {cutting.overlap:g}.")
    if cutting.seconds is None:
        return
    if not 0 < cutting.seconds < math.inf:
        raise KodoError(f"A window lasts more than 0 seconds; got seconds = {cutting.seconds:g}.")
    # A hop below one sample would give the same window several times.
    if cutting.seconds * (1 - cutting.overlap) * rate < 1 - 1e-9:
        raise KodoError(
            f"A window, and what it adds to the one before, lasts at least one sample ({1 / rate:g} s); got "
            f"seconds = {cutting.seconds:g} with overlap = {cutting.overlap:g}."
        )


def runs(truth: NDArray[np.int16], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Stretches of one label inside one recording.

    Args:
        truth: (time,) label of every sample.
        bounds: (recording, 2) first row and row after the last of each recording.

    Returns:
        (stretch, 4): recording, first row, row after the last, label.
    """
    changes = np.flatnonzero(truth[1:] != truth[:-1]) + 1
    edges = np.unique(np.concatenate([changes, bounds.ravel()]))
    first, after = edges[:-1], edges[1:]
    recording = np.searchsorted(bounds[:, 0], first, side="right") - 1
    inside = (recording >= 0) & (first < bounds[recording, 1])
    first, after, recording = first[inside], after[inside], recording[inside]
    return np.column_stack([recording, first, after, truth[first].astype(np.int64)])


def places(
    truth: NDArray[np.int16], bounds: NDArray[np.int64], samples: int | None, rate: float, cutting: Cutting
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.int16], NDArray[np.int64]]:
    """Where every labelled window lies.

    Args:
        truth: (time,) label of every sample.
        bounds: (recording, 2) first row and row after the last of each recording.
        samples: of a window; None = whole stretches.
        rate: samples per second (Hz).
        cutting: the rules.

    Returns:
        start, length, recording and label of each (window,), and the (stretch, 4) that were too short.

    Raises:
        KodoError: every stretch is too short, or nothing is labelled.
    """
    stretches = runs(truth, bounds)
    if cutting.label == "pure":
        stretches = stretches[stretches[:, 3] != UNLABELLED]
    else:
        stretches = np.column_stack([np.arange(len(bounds)), bounds, np.full(len(bounds), UNLABELLED)])
    start, length, stretch, short = grid(stretches, samples, rate, cutting)
    if len(start) == 0:
        raise KodoError(_too_long(stretches, rate, cutting))
    recording, label = stretches[stretch, 0].astype(np.int32), stretches[stretch, 3].astype(np.int16)
    if cutting.label != "pure":
        label = _label_of(truth, start, length, cutting.label)
        kept = label != UNLABELLED
        start, length, recording, label = start[kept], length[kept], recording[kept], label[kept]
    lost = _labelled(truth, stretches[short])
    return start, length, recording, label, lost[lost[:, 3] != UNLABELLED]


def grid(
    stretches: NDArray[np.int64], samples: int | None, rate: float, cutting: Cutting
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64], NDArray[np.bool_]]:
    """The windows of given stretches.

    Args:
        stretches: (stretch, 4) as `runs` gives.
        samples: of a window; None = whole stretches.
        rate: samples per second (Hz).
        cutting: the rules.

    Returns:
        start, length and stretch of each (window,), and (stretch,) True where one is too short.
    """
    size = stretches[:, 2] - stretches[:, 1]
    if samples is None:
        everything = np.arange(len(stretches))
        return stretches[:, 1].copy(), size.astype(np.int32), everything, np.zeros(len(stretches), bool)
    # In exact time, then rounded up to a sample: steps that are no whole number of samples do not drift.
    hop = float(cutting.seconds or 0) * (1 - cutting.overlap) * rate
    spare = size - samples - (1 if cutting.end == "arena" else 0)
    count = np.where(spare >= 0, np.floor(spare / hop + 1e-9).astype(np.int64) + 1, 0)
    short = count == 0
    if cutting.short == "pad":
        count = np.maximum(count, 1)
    stretch = np.repeat(np.arange(len(stretches)), count)
    within = np.arange(len(stretch)) - np.repeat(np.cumsum(count) - count, count)
    start = stretches[stretch, 1] + np.ceil(within * hop - 1e-9).astype(np.int64)
    length = np.minimum(samples, stretches[stretch, 2] - start).astype(np.int32)
    return start, length, stretch, short


def _labelled(truth: NDArray[np.int16], stretches: NDArray[np.int64]) -> NDArray[np.int64]:
    """Stretches with the most frequent label of each; -1 only where nothing in one is labelled."""
    named = stretches.copy()
    for row, (_, first, after, _) in enumerate(stretches.tolist()):
        votes = np.bincount(truth[first:after].astype(np.int64) + 1)[1:]
        named[row, 3] = votes.argmax() if len(votes) else UNLABELLED
    return named


def _label_of(
    truth: NDArray[np.int16], start: NDArray[np.int64], length: NDArray[np.int32], rule: str
) -> NDArray[np.int16]:
    if rule == "centre":
        middle: NDArray[np.int16] = truth[start + length // 2]
        return middle
    classes = int(truth.max()) + 1
    votes = np.empty((classes + 1, len(start)), np.int64)
    for code in range(-1, classes):
        total = np.concatenate([[0], np.cumsum(truth == code)])
        votes[code + 1] = total[start + length] - total[start]
    most: NDArray[np.intp] = np.argmax(votes, axis=0)
    return (most - 1).astype(np.int16)


def _too_long(stretches: NDArray[np.int64], rate: float, cutting: Cutting) -> str:
    if len(stretches) == 0:
        return "No sample is labelled with one of the activities asked for, so there is nothing to cut."
    longest = (stretches[:, 2] - stretches[:, 1]).max() / rate
    return (
        f"A window of {cutting.seconds:g} s is longer than every stretch of one activity (the longest lasts "
        f"{longest:.2f} s): take a shorter window, or keep short stretches with --short pad."
    )
