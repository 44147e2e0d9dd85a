"""What one way to read a timeline says of each recording, and what comes of it for each person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.events import Events, Stretches, around, delays, events, false_alarms, total
from kodo.evaluation.score import per_person
from kodo.evaluation.timeline import NOTHING, Labels
from kodo.experiments.evidence.timeline.smoothing import Line, labels, lag, lines
from kodo.experiments.record import Record
from kodo.experiments.summary import Run

Values = NDArray[np.float64]

MEASURES = {
    "macro_f1": "macro-F1 of the steps of whole recordings whose middle is labelled",
    "segment_f1": "F1 of segments, found when more than half of what both cover is shared",
    "correct": "part of the true events with one return of their own (Ward)",
    "missed": "part of the true events that are never announced",
    "delay": "seconds until an announced event is announced, median of a person",
    "alarms": "false alarms per hour of unlabelled time",
}
"""What is measured of each way, per person, in the order of the tables."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What one way says of one recording.

    Args:
        line: the windows.
        truth: what was done.
        labels: (step,) what is said.
        announced: (step,) -1 where it is not sure enough.
        returned: what is said, as stretches of the recording.
        events: the two compared.
        waited: (labelled stretch,) seconds until it is announced; NaN for never.
        online: whether it is said while the recording goes on.
    """

    line: Line
    truth: Stretches
    labels: Labels
    announced: Labels
    returned: Stretches
    events: Events
    waited: Values
    online: bool


def read(record: Record, run: Run, way: str, value: float, asked: tuple[float, int]) -> list[Reading]:
    """Read the timelines of one fit in one way.

    Args:
        record: of the fit.
        run: that it belongs to.
        way: one of `kodo.experiments.evidence.timeline.smoothing.WAYS`.
        value: what the way is set to.
        asked: the probability and the number of steps in a row from which an activity is announced.
    """
    rate, classes = float(run.dataset["rate"]), len(run.dataset["activities"])
    threshold, consecutive = asked
    made = []
    for line in lines(record.timeline, rate):
        own = record.timeline.segment[record.timeline.segment[:, 0] == line.recording]
        truth = Stretches(own[:, 1], own[:, 2], own[:, 3])
        found, announced = labels(line, way, value, threshold)
        ahead = lag(way, value)
        waited = delays(truth, announced, line.start, line.length, consecutive, ahead or 0) / rate
        returned = around(found, line.start, line.length, int(truth.stop[-1]))
        compared = events(truth, returned, classes)
        made.append(Reading(line, truth, found, announced, returned, compared, waited, ahead is not None))
    return made


def measured(said: Sequence[Reading], rate: float, classes: int, everybody: int) -> dict[str, Values]:
    """Each of `MEASURES` for every person, of one seed.

    Args:
        said: of all recordings.
        rate: samples per second (Hz).
        classes: how many activities there are.
        everybody: how many people there are.

    Returns:
        measure -> (person,) NaN where a person has none.
    """
    label = np.concatenate([one.line.label for one in said])
    found = np.concatenate([one.labels for one in said])
    subject = np.concatenate([np.full(len(one.labels), one.line.subject) for one in said])
    kept = label != NOTHING
    made = {name: np.full(everybody, np.nan) for name in MEASURES}
    made["macro_f1"] = per_person("macro_f1", label[kept], found[kept], subject[kept], classes, everybody)
    for person in np.unique(subject):
        own = [one for one in said if one.line.subject == person]
        every = total(one.events for one in own)
        made["segment_f1"][person], made["correct"][person] = every.segment_f1, every.correct
        waited = np.concatenate([one.waited for one in own])
        if len(waited):
            made["missed"][person] = np.isnan(waited).mean()
        # Who looks at the whole recording announces nothing while it goes on.
        if own[0].online and not np.isnan(waited).all():
            made["delay"][person] = np.nanmedian(waited)
        alarms = _alarms(own, rate)
        made["alarms"][person] = np.nan if alarms is None else alarms
    return made


def _alarms(own: Sequence[Reading], rate: float) -> float | None:
    sizes = [len(one.labels) for one in own]
    return false_alarms(
        np.concatenate([one.announced for one in own]),
        np.concatenate([one.line.label for one in own]),
        np.repeat(np.arange(len(own)), sizes),
        np.concatenate([one.line.start for one in own]),
        rate,
    )


def by_activity(said: Sequence[Reading], classes: int) -> dict[str, Values]:
    """What comes of each activity: segment F1 (mean over its people), part missed, median delay (s).

    Args:
        said: of all recordings.
        classes: how many activities there are.
    """
    parts = []
    for person in sorted({one.line.subject for one in said}):
        every = total(one.events for one in said if one.line.subject == person)
        true, returned = every.true.sum(1), every.returned.sum(1)
        parts.append(np.where(true > 0, 2 * every.found / np.maximum(true + returned, 1), np.nan))
    waited = np.concatenate([one.waited for one in said])
    label = np.concatenate([one.truth.label[one.truth.label != NOTHING] for one in said])
    own = [waited[label == activity] for activity in range(classes)]
    return {
        "segment_f1": mean(parts),
        "missed": np.array([np.isnan(w).mean() if len(w) else np.nan for w in own]),
        "delay": np.array(
            [np.nanmedian(w) if said[0].online and not np.isnan(w).all() else np.nan for w in own]
        ),
    }


def mean(rows: Sequence[Values]) -> Values:
    """The mean of each column over the rows that have one; NaN where none has.

    Args:
        rows: (row, column) with NaN.
    """
    table = np.array(rows)
    known = ~np.isnan(table)
    return np.where(known.any(0), np.nansum(table, 0) / np.maximum(known.sum(0), 1), np.nan)
