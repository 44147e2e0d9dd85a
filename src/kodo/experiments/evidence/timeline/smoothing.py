"""Ways to smooth a timeline, each with what it was set to on validation windows, never on test people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.score import macro_f1
from kodo.evaluation.timeline import NOTHING, Labels, Rows, filtered, smooth, viterbi
from kodo.experiments.record import VALIDATION, Predictions, Record, Timeline

RAW, MAJORITY, VITERBI, FILTER = "raw", "majority", "viterbi", "filter"
WAYS = (RAW, MAJORITY, VITERBI, FILTER)
"""What is done with the probabilities of the steps, from nothing to the most."""

WIDTHS = (1, 3, 5, 7, 9, 11, 15, 21)
"""Steps that vote in `majority`; 1 changes nothing."""
DURATIONS = (0, 1, 2, 4, 8, 16, 32, 64, 128)
"""Mean seconds of a stretch in `viterbi` and `filter`; 0 changes nothing."""
CANDIDATES: Mapping[str, tuple[int, ...]] = {
    RAW: (0,),
    MAJORITY: WIDTHS,
    VITERBI: DURATIONS,
    FILTER: DURATIONS,
}

NO_CHANGE: Mapping[str, float] = {way: float(values[0]) for way, values in CANDIDATES.items()}
"""The setting of each way with which it is raw."""

SPARSE = 1.5
"""Validation windows further apart than so many steps of the timeline are no timeline."""


@dataclass(frozen=True, eq=False)
class Line:
    """The windows of one recording in order of time.

    Args:
        log_probability: (step, class) natural logarithms.
        label: (step,) true activity; -1 = unlabelled.
        start: (step,) first sample.
        length: (step,) samples.
        seconds: (step,) since the step before; 0 for the first.
        subject: whose it is, position in the people.
        recording: position in the recordings.
    """

    log_probability: NDArray[np.float64]
    label: Labels
    start: Rows
    length: Rows
    seconds: NDArray[np.float64]
    subject: int
    recording: int


def lines(stored: Predictions | Timeline, rate: float, side: int | None = None) -> list[Line]:
    """The recordings of stored predictions.

    Args:
        stored: windows in any order.
        rate: samples per second (Hz).
        side: TEST or VALIDATION; None takes all.
    """
    rows = np.arange(len(stored.label))
    if side is not None and isinstance(stored, Predictions):
        rows = np.flatnonzero(stored.side == side)
    rows = rows[np.lexsort((stored.start[rows], stored.recording[rows]))]
    cuts = np.flatnonzero(np.diff(stored.recording[rows])) + 1
    made = []
    for part in np.split(rows, cuts) if len(rows) else []:
        start = stored.start[part].astype(np.int64)
        made.append(
            Line(
                log_probability=stored.log_probability[part].astype(np.float64),
                label=stored.label[part].astype(np.int64),
                start=start,
                length=stored.length[part].astype(np.int64),
                seconds=np.append(0, np.diff(start)) / rate,
                subject=int(stored.subject[part[0]]),
                recording=int(stored.recording[part[0]]),
            )
        )
    return made


def labels(line: Line, way: str, value: float, threshold: float = 0.0) -> tuple[Labels, Labels]:
    """What is said at each step of a recording: always something, and only what is sure enough.

    Below the threshold nothing is said: of a step (raw, before a majority votes), of the filter's probability
    after it, or of the mean probability of a whole stretch of the most probable sequence (viterbi).

    Args:
        line: of the recording.
        way: one of `WAYS`.
        value: steps that vote, or mean seconds of a stretch.
        threshold: probability from which an activity is said.

    Returns:
        (step,) the most probable activity; (step,) the one announced, -1 where none is.
    """
    probability = np.exp(line.log_probability)
    if value == NO_CHANGE[way]:
        way = RAW
    if way == FILTER:
        probability = filtered(line.log_probability, line.seconds, value)
    said, sure = probability.argmax(1), probability.max(1)
    if way == VITERBI:
        said = viterbi(line.log_probability, line.seconds, value)
        sure = _of_stretch(said, probability)
    announced = np.where(sure >= threshold, said, NOTHING)
    return (smooth(said, int(value)), smooth(announced, int(value))) if way == MAJORITY else (said, announced)


def lag(way: str, value: float) -> int | None:
    """Steps that a way looks ahead; None where it needs the whole recording.

    Args:
        way: one of `WAYS`.
        value: as in `labels`.
    """
    return {VITERBI: None, MAJORITY: int(value) // 2}.get(way, 0)


def chosen(record: Record, rate: float) -> dict[str, float] | None:
    """What each way is set to: the best macro-F1 over the validation people of this fit.

    Of equally good settings the one that smooths least is taken.

    Args:
        record: of a fit.
        rate: samples per second (Hz).

    Returns:
        way -> value; None where the fit has no validation windows.
    """
    watched = lines(record.predictions, rate, VALIDATION)
    if not watched:
        return None
    found = {}
    for way in WAYS:
        values = CANDIDATES[way]
        scores = [_score(watched, way, value) for value in values] if len(values) > 1 else [0.0]
        found[way] = float(values[int(np.argmax(scores))])
    return found


def apart(record: Record, rate: float) -> tuple[float, float]:
    """How far neighbouring windows of one recording lie apart: of validation, and of the timeline.

    Args:
        record: of a fit.
        rate: samples per second (Hz).

    Returns:
        medians in seconds; NaN where no recording has two windows.
    """
    return (
        _median_step(lines(record.predictions, rate, VALIDATION)),
        _median_step(lines(record.timeline, rate)),
    )


def _score(watched: Sequence[Line], way: str, value: float) -> float:
    said = np.concatenate([labels(line, way, value)[0] for line in watched])
    label = np.concatenate([line.label for line in watched])
    subject = np.repeat([line.subject for line in watched], [len(line.label) for line in watched])
    kept = label != NOTHING
    classes = watched[0].log_probability.shape[1]
    return macro_f1(label[kept], said[kept], subject[kept], classes, int(subject.max()) + 1)


def _median_step(parts: Sequence[Line]) -> float:
    seconds = [line.seconds[1:] for line in parts]
    every = np.concatenate(seconds) if seconds else np.empty(0)
    return float(np.median(every)) if len(every) else float("nan")


def _of_stretch(path: Labels, probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """(step,) the mean probability of the step's stretch of equal labels."""
    heads = np.flatnonzero(np.append(True, path[1:] != path[:-1]))
    counts = np.diff(np.append(heads, len(path)))
    own = probability[np.arange(len(path)), path]
    return np.repeat(np.add.reduceat(own, heads) / counts, counts)
