"""What the page of timelines says in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kodo.evaluation.interval import Interval
from kodo.experiments.evidence.timeline.reading import MEASURES
from kodo.experiments.evidence.timeline.results import TOLD_APART, Measured, ModelTimeline, Strip
from kodo.experiments.evidence.timeline.smoothing import FILTER, MAJORITY, NO_CHANGE, RAW, VITERBI
from kodo.reports.page import amount, counted, score
from kodo.reports.sentences import with_interval

WAYS = {
    RAW: "each step alone, nothing smoothed",
    MAJORITY: "the most frequent activity among a step and its neighbours",
    VITERBI: "the most probable sequence of activities that last; needs the whole recording",
    FILTER: "each step given all steps before it, as a stream can",
}
"""What each way does."""

HEADS = {
    "macro_f1": "macro-F1,\nevery step",
    "segment_f1": "segment\nF1",
    "correct": "events\ncorrect",
    "missed": "never\nannounced",
    "delay": "delay\n(s)",
    "alarms": "false alarms\nper hour",
}
"""Heads of the columns of `MEASURES`."""


def answer(model: ModelTimeline, subjects: tuple[str, str]) -> str:
    """A model's windows and its timelines in one sentence.

    Args:
        model: what was measured.
        subjects: what the people are called, one and many.
    """
    steps = model.ways[0].intervals["macro_f1"]
    slid = "not measured" if steps is None else with_interval(steps, *subjects)
    return (
        f"`{model.model}` reaches macro-F1 {score(model.windows['window'].estimate)} on the test windows and "
        f"{slid} at every step of whole recordings{_smoothed(model)}."
    )


def changes(model: ModelTimeline) -> list[str]:
    """What each way of smoothing changes against raw, one sentence each.

    Args:
        model: what was measured.
    """
    said = []
    for way in model.ways[1:]:
        if _idle(model, way.way):
            said.append(f"`{model.model}`, {way.way}: no fit's validation windows asked for any.")
            continue
        parts = [
            f"{_called(name)} {way.against[name].sentence}" for name in TOLD_APART if name in way.against
        ]
        for name in ("delay", "alarms"):
            if name in way.changes:
                parts.append(f"{_called(name)} {signed(way.changes[name])}")
        if way.intervals["delay"] is None:
            parts.append("delay not measured, for it needs the whole recording")
        said.append(f"`{model.model}`, {way.way} against raw: {'; '.join(parts)}.")
    return said


def signed(interval: Interval) -> str:
    """A difference with its interval: "+0.12 (-0.03 to +0.27)"."""
    if interval.low is None or interval.high is None:
        return f"{interval.estimate:+.2f}"
    return f"{interval.estimate:+.2f} ({interval.low:+.2f} to {interval.high:+.2f})"


def value(name: str, interval: Interval | None) -> tuple[str, str]:
    """A measure for a table: its mean, and its interval.

    Args:
        name: one of `MEASURES`.
        interval: over people; None where it is not measured.
    """
    if interval is None:
        return "–", "not measured"
    digits = 0 if name == "alarms" else 2 if name == "delay" else 3
    if interval.low is None or interval.high is None:
        return f"{interval.estimate:,.{digits}f}", "no interval"
    return (
        f"{interval.estimate:,.{digits}f}",
        f"{interval.low:,.{digits}f} to {interval.high:,.{digits}f}",
    )


def settings(model: ModelTimeline, way: str) -> str:
    """What a way was set to, over the fits.

    Args:
        model: what was measured.
        way: one of `WAYS`.
    """
    if way == RAW:
        return ""
    values, counts = np.unique(model.settings[way], return_counts=True)
    unit = "steps" if way == MAJORITY else "s"
    parts = [f"{amount(v) if v else 0} {unit} in {n}" for v, n in zip(values.tolist(), counts, strict=True)]
    return f"{way}: {', '.join(parts)} of {counted(len(model.settings[way]), 'fit')}"


def strip(one: Strip, subject: str) -> str:
    """What a picture of strips shows.

    Args:
        one: the recording.
        subject: what a person is called.
    """
    rank = f"the worst {subject}" if one.rank == "worst" else f"the {subject} nearest to the median"
    return f"{rank[0].upper()}{rank[1:]}, {one.person}: macro-F1 {score(one.score)} of all raw steps"


def happened(ways: Sequence[Measured]) -> str:
    """How true events end, in one sentence, of raw steps.

    Args:
        ways: of a model.
    """
    true, returned = ways[0].events.true.sum(0), ways[0].events.returned.sum(0)
    return (
        f"Of {true.sum():,} true events, {true[0]:,} are found by one event of their own, "
        f"{true[1] + true[3]:,} are broken into pieces, {true[2] + true[3]:,} run into another and "
        f"{true[4]:,} are missed; "
        f"{returned[4]:,} of {returned.sum():,} returned events never happened"
    )


def meanings() -> list[tuple[str, str]]:
    """Every measure by its head, with its definition in one line."""
    return [(HEADS[name].replace("\n", " "), meaning) for name, meaning in MEASURES.items()]


def _called(name: str) -> str:
    return HEADS[name].replace("\n", " ").replace(",", " of")


def _smoothed(model: ModelTimeline) -> str:
    told = {way.way: way.against["macro_f1"] for way in model.ways[1:] if "macro_f1" in way.against}
    if VITERBI not in told:
        return ""
    if _idle(model, VITERBI):
        return "; its validation windows ask for no smoothing"
    return f"; smoothed (`viterbi`) against raw: {told[VITERBI].sentence}"


def _idle(model: ModelTimeline, way: str) -> bool:
    """Whether no fit chose to smooth."""
    return set(model.settings[way]) == {NO_CHANGE[way]}
