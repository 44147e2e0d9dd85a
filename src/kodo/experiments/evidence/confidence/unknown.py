"""None of these: whether a run tells its activities from unlabelled time and from activities it never met."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.interval import Interval, mean_interval
from kodo.evaluation.open_set import KNOWN, area, auroc, false_positives, oscr, roc, threshold
from kodo.experiments.record import VALIDATION, Record, Timeline
from kodo.experiments.summary import Run

Values = NDArray[np.float64]
Kind = Literal["unlabelled", "left out"]

KINDS: dict[Kind, int] = {"unlabelled": -1, "left out": -2}
"""What a step of a timeline can be, beside an activity of the run (0 and above)."""
MIXED = -3
"""A step that straddles a change."""
FALSE = np.linspace(0, 1, 101)
"""False positive rates at which curves are averaged over people."""
SET_ON = next(iter(KNOWN))
"""The score that a threshold is set on."""


@dataclass(frozen=True, eq=False)
class Unknown:
    """How well a model tells its activities from one kind of everything else; steps that lie wholly in one.

    Args:
        kind: unlabelled time, or activities that the run left out.
        activities: left out; empty of unlabelled time.
        known: steps of the run's activities, of these people.
        unknown: steps of this kind.
        people: (person,) names of those who have both.
        auroc: by score of being known, mean over people.
        false_positives: by score, part of the unknown steps accepted where 95 % of the person's known are.
        thresholds: (fit,) of SET_ON, accepting 95 % of the validation windows.
        accepted: part of the known steps at these thresholds, mean over people.
        false: part of the unknown steps at these thresholds, mean over people.
        oscr: area under the open-set classification rate of SET_ON, mean over people.
        roc: (person, rate) true positive rate at the rates of FALSE, by SET_ON.
        rates: (person, rate) correct classification rate at the rates of FALSE, by SET_ON.
    """

    kind: Kind
    activities: tuple[str, ...]
    known: int
    unknown: int
    people: tuple[str, ...]
    auroc: Mapping[str, Interval]
    false_positives: Mapping[str, Interval]
    thresholds: Values
    accepted: Interval
    false: Interval
    oscr: Interval
    roc: Values
    rates: Values


@dataclass(frozen=True, eq=False)
class Steps:
    """The steps of one person's timelines in one fit, known and unknown of one kind.

    Args:
        known: (step, class) log-probabilities.
        hit: (step,) of the known ones, 1 where right.
        unknown: (step, class) log-probabilities.
        limit: threshold of SET_ON, chosen on the fit's validation windows.
    """

    known: Values
    hit: Values
    unknown: Values
    limit: float

    def scores(self, name: str) -> tuple[Values, Values]:
        """One score of being known, of the known and of the unknown steps."""
        return KNOWN[name](self.known), KNOWN[name](self.unknown)


def unknowns(run: Run, records: Sequence[Record]) -> tuple[Unknown, ...]:
    """What the timelines of a model hold that is none of its activities, and how well it tells.

    Args:
        run: with the card of its dataset, which says what was left out.
        records: of one model, each with validation windows.

    Returns:
        one per kind of which somebody has steps beside known ones.
    """
    stretches = _by_recording(run.dataset.get("left_out", ()))
    kinds = [truth(record.timeline, stretches) for record in records]
    made = []
    for kind in KINDS:
        by_person: dict[int, list[Steps]] = {}
        for record, found in zip(records, kinds, strict=True):
            for person, steps in _steps(record, found, KINDS[kind]):
                by_person.setdefault(person, []).append(steps)
        if by_person:
            names = sorted({name for _, _, _, name in run.dataset.get("left_out", ())})
            limits = np.array([_limit(record) for record in records])
            people = tuple(records[0].timeline.subjects[sorted(by_person)].tolist())
            about = kind, tuple(names) if kind == "left out" else (), people, limits
            made.append(_unknown(about, [by_person[p] for p in sorted(by_person)], run.subjects))
    return tuple(made)


def untold(run: Run) -> bool:
    """Whether a run left activities out but does not say when they were done: it was made before runs did."""
    return bool(run.experiment.get("activities")) and "left_out" not in run.dataset


def truth(timeline: Timeline, left_out: Mapping[str, Sequence[tuple[int, int]]]) -> NDArray[np.int64]:
    """What each step of a timeline is, where all of its samples are the same.

    Args:
        timeline: of a fit.
        left_out: by recording, first sample and sample after the last of stretches of left-out activities.

    Returns:
        (step,) an activity, or as in KINDS, or MIXED.
    """
    found = np.full(len(timeline.start), MIXED, np.int64)
    stop = timeline.start + timeline.length
    order = np.argsort(timeline.segment[:, 0], kind="stable")
    segment = timeline.segment[order]
    for recording in np.unique(timeline.recording):
        rows = np.flatnonzero(timeline.recording == recording)
        samples = np.full(int(stop[rows].max()), KINDS["unlabelled"], np.int64)
        begin, end = np.searchsorted(segment[:, 0], [recording, recording + 1])
        for _, first, after, label in segment[begin:end].tolist():
            samples[first:after] = label
        for first, after in left_out.get(str(timeline.recordings[recording]), ()):
            inside = samples[first:after]
            inside[inside == KINDS["unlabelled"]] = KINDS["left out"]
        changes = np.concatenate([[0], np.cumsum(samples[1:] != samples[:-1])])
        pure = changes[stop[rows] - 1] == changes[timeline.start[rows]]
        found[rows[pure]] = samples[timeline.start[rows[pure]]]
    return found


def _by_recording(left_out: Sequence[Sequence[object]]) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for recording, first, after, _ in left_out:
        found.setdefault(str(recording), []).append((int(str(first)), int(str(after))))
    return found


def _limit(record: Record) -> float:
    stored = record.predictions
    return threshold(KNOWN[SET_ON](stored.log_probability[stored.side == VALIDATION]))


def _steps(record: Record, truth: NDArray[np.int64], kind: int) -> list[tuple[int, Steps]]:
    """Of every person who has both: known steps, and those of a kind."""
    timeline, limit = record.timeline, _limit(record)
    made = []
    for person in np.unique(timeline.subject).tolist():
        own = timeline.subject == person
        known, unknown = own & (truth >= 0), own & (truth == kind)
        if known.any() and unknown.any():
            logs = timeline.log_probability[known].astype(np.float64)
            hit = (logs.argmax(1) == truth[known]).astype(np.float64)
            other = timeline.log_probability[unknown].astype(np.float64)
            made.append((person, Steps(logs, hit, other, limit)))
    return made


def _unknown(
    about: tuple[Kind, tuple[str, ...], tuple[str, ...], Values],
    by_person: list[list[Steps]],
    called: tuple[str, str],
) -> Unknown:
    def over(measure: Callable[[Steps], float]) -> Interval:
        values = np.array([np.mean([measure(steps) for steps in seeds]) for seeds in by_person])
        return mean_interval(values, subjects=called)

    def curves(of: Callable[[Steps], tuple[Values, Values]]) -> Values:
        return np.array([np.mean([_at(*of(steps)) for steps in seeds], axis=0) for seeds in by_person])

    def correct(steps: Steps) -> tuple[Values, Values]:
        known, unknown = steps.scores(SET_ON)
        return oscr(known, steps.hit, unknown)

    def ranked(steps: Steps, name: str) -> float:
        return auroc(*steps.scores(name))

    def passing(steps: Steps, name: str) -> float:
        return false_positives(*steps.scores(name))

    kind, activities, people, limits = about
    return Unknown(
        kind=kind,
        activities=activities,
        known=sum(len(steps.known) for seeds in by_person for steps in seeds),
        unknown=sum(len(steps.unknown) for seeds in by_person for steps in seeds),
        people=people,
        auroc={name: over(partial(ranked, name=name)) for name in KNOWN},
        false_positives={name: over(partial(passing, name=name)) for name in KNOWN},
        thresholds=limits,
        accepted=over(lambda steps: float(np.mean(steps.scores(SET_ON)[0] >= steps.limit))),
        false=over(lambda steps: float(np.mean(steps.scores(SET_ON)[1] >= steps.limit))),
        oscr=over(lambda steps: area(*correct(steps))),
        roc=curves(lambda steps: roc(*steps.scores(SET_ON))),
        rates=curves(correct),
    )


def _at(false: Values, rate: Values) -> Values:
    """The rate at the false positive rates of FALSE: the highest one where a curve rises straight up."""
    last = np.append(np.diff(false) > 0, True)
    found: Values = np.interp(FALSE, false[last], rate[last])
    return found
