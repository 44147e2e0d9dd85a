"""Timelines of a finished run: events, delays, false alarms, and what smoothing costs and buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kodo.errors import KodoError, near
from kodo.evaluation.compare import Comparison, against
from kodo.evaluation.events import Events, Stretches, total
from kodo.evaluation.interval import Interval, difference_interval, mean_interval
from kodo.evaluation.score import Score
from kodo.experiments.evidence.timeline.reading import (
    MEASURES,
    Reading,
    Values,
    by_activity,
    mean,
    measured,
    read,
)
from kodo.experiments.evidence.timeline.smoothing import RAW, SPARSE, WAYS, apart, chosen
from kodo.experiments.evidence.timeline.votes import windows
from kodo.experiments.record import Record, Timeline
from kodo.experiments.summary import Run

TOLD_APART = ("macro_f1", "segment_f1", "correct")
"""Of these, scores from 0 to 1, a sentence says whether smoothing changes them."""


@dataclass(frozen=True, eq=False)
class Measured:
    """One way to read a model's timelines.

    Args:
        way: one of `WAYS`.
        values: measure -> (person,) averaged over seeds; NaN where a person has none.
        intervals: measure -> mean over people with interval; None where it is not measured.
        changes: measure -> paired difference to raw over people; empty for raw.
        against: of `TOLD_APART`, how the way stands against raw; empty for raw.
        events: of all people and seeds together.
        by_activity: "segment_f1" (mean over people who did it), "missed" and "delay" (s, median) -> (class,).
    """

    way: str
    values: Mapping[str, Values]
    intervals: Mapping[str, Interval | None]
    changes: Mapping[str, Interval]
    against: Mapping[str, Comparison]
    events: Events
    by_activity: Mapping[str, Values]


@dataclass(frozen=True, eq=False)
class Strip:
    """One recording, to be drawn.

    Args:
        person: whose.
        recording: name.
        score: the person's macro-F1 of raw steps.
        rank: "worst" or "median" of the people.
        seconds: of the recording.
        rows: "truth" and each way -> its stretches.
    """

    person: str
    recording: str
    score: float
    rank: str
    seconds: float
    rows: Mapping[str, Stretches]


@dataclass(frozen=True, eq=False)
class ModelTimeline:
    """What a model's timelines say.

    Args:
        model: as asked for.
        people: (person,) names.
        windows: of `WINDOWS`, macro-F1 over people.
        ways: raw first.
        strips: recordings to be drawn.
        settings: way -> what it was set to, one per fit.
        leak: what a leaky protocol shares, or "".
        notes: sentences on what was not measured, or how a setting was chosen.
    """

    model: str
    people: tuple[str, ...]
    windows: Mapping[str, Interval]
    ways: tuple[Measured, ...]
    strips: tuple[Strip, ...]
    settings: Mapping[str, tuple[float, ...]]
    leak: str
    notes: tuple[str, ...]


def timelines(
    run: Run, model: str | None = None, threshold: float = 0.5, consecutive: int = 1
) -> tuple[ModelTimeline, ...]:
    """Measure the stored timelines of a run; nothing is trained.

    Args:
        run: its records.
        model: only this one, as asked for in the run; None takes all.
        threshold: probability from which an activity is announced.
        consecutive: steps in a row that must name it.

    Raises:
        KodoError: the run does not hold the model, or no timeline (its recordings are one window each), or a
            threshold outside 0 to 1, or less than one step.
    """
    if not 0 <= threshold <= 1:
        raise KodoError(f"The threshold is a probability from 0 to 1; got {threshold:g}.")
    if consecutive < 1:
        raise KodoError(f"An activity is announced after 1 step in a row or more; got {consecutive}.")
    names = [name for name in run.experiment["models"] if any(r.facts["model"] == name for r in run.records)]
    if model is not None and model not in names:
        raise KodoError(f"{run.folder} holds no finished fit of a model '{model}'. {near(model, names)}")
    return tuple(
        _model(run, name, (threshold, consecutive)) for name in names if model is None or name == model
    )


def summary(found: Sequence[ModelTimeline]) -> list[dict[str, Any]]:
    """The same as plain numbers, one mapping per model.

    Args:
        found: of `timelines`.
    """
    return [
        {
            "model": one.model,
            "people": list(one.people),
            "leak": one.leak,
            "windows": {name: vars(interval) for name, interval in one.windows.items()},
            "ways": {
                way.way: {
                    **{name: interval and vars(interval) for name, interval in way.intervals.items()},
                    "against_raw": {name: told.sentence for name, told in way.against.items()},
                    "change": {name: vars(interval) for name, interval in way.changes.items()},
                    "settings": list(one.settings[way.way]),
                    "events": {
                        "true": way.events.true.sum(0).tolist(),
                        "returned": way.events.returned.sum(0).tolist(),
                        "samples": way.events.samples.sum(0).tolist(),
                    },
                }
                for way in one.ways
            },
            "notes": list(one.notes),
        }
        for one in found
    ]


def _model(run: Run, model: str, asked: tuple[float, int]) -> ModelTimeline:
    records = [record for record in run.records if record.facts["model"] == model]
    stored = [record.timeline for record in records]
    if any(len(one.segment) == 0 for one in stored):
        raise KodoError(
            f"{run.folder} holds no timelines of {model}: what was done when is not in its records."
        )
    if all(len(np.unique(one.recording)) == len(one.recording) for one in stored):
        raise KodoError(
            f"{run.folder} holds no timelines of {model}: each of its recordings is one window (a sign, a "
            "gesture), so no step follows another."
        )
    rate, classes = float(run.dataset["rate"]), len(run.dataset["activities"])
    settings = [chosen(record, rate) for record in records]
    readings = _readings(run, records, settings, asked)
    tables = {
        way: [measured(seed, rate, classes, len(records[0].timeline.subjects)) for seed in by_seed]
        for way, by_seed in readings.items()
    }
    tested = ~np.isnan([table["macro_f1"] for table in tables[RAW]]).all(0)
    people = tuple(records[0].timeline.subjects[tested].tolist())
    values = {
        way: {name: mean([table[name][tested] for table in by_seed]) for name in MEASURES}
        for way, by_seed in tables.items()
    }
    ways = _ways(values, readings, people, run)
    first = {way: by_seed[0] for way, by_seed in readings.items()}
    return ModelTimeline(
        model=model,
        people=people,
        windows=windows(records, classes, run.subjects),
        ways=ways,
        strips=_strips(first, records[0].timeline, values[RAW]["macro_f1"], people, rate),
        settings={way: tuple((one or {}).get(way, 0.0) for one in settings) for way in readings},
        leak=records[0].facts["leak"],
        notes=_notes(run, records, people, ways, rate),
    )


def _readings(
    run: Run,
    records: Sequence[Record],
    settings: Sequence[Mapping[str, float] | None],
    asked: tuple[float, int],
) -> dict[str, list[list[Reading]]]:
    """Way -> seed -> what it says of every test recording; raw alone where a fit validated on nothing."""
    made: dict[str, list[list[Reading]]] = {}
    for way in WAYS if all(settings) else (RAW,):
        by_seed: dict[int, list[Reading]] = {}
        for record, values in zip(records, settings, strict=True):
            found = read(record, run, way, (values or {}).get(way, 0.0), asked)
            by_seed.setdefault(record.facts["seed"], []).extend(found)
        made[way] = [by_seed[seed] for seed in sorted(by_seed)]
    return made


def _ways(
    values: Mapping[str, Mapping[str, Values]],
    readings: Mapping[str, Sequence[Sequence[Reading]]],
    people: tuple[str, ...],
    run: Run,
) -> tuple[Measured, ...]:
    told = _against_raw(values, people, run.subjects)
    made = []
    for way, by_seed in readings.items():
        every = [one for seed in by_seed for one in seed]
        made.append(
            Measured(
                way=way,
                values=values[way],
                intervals={name: _interval(name, values[way][name], run.subjects) for name in MEASURES},
                changes={} if way == RAW else _changes(values[RAW], values[way], run.subjects),
                against=told.get(way, {}),
                events=total(one.events for one in every),
                by_activity=by_activity(every, len(run.dataset["activities"])),
            )
        )
    return tuple(made)


def _interval(name: str, values: Values, subjects: tuple[str, str]) -> Interval | None:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return None
    if name in ("delay", "alarms"):
        plain = difference_interval(known, subjects=subjects)
        return plain if plain.low is None else replace(plain, low=max(plain.low, 0.0))
    return mean_interval(known, subjects=subjects)


def _changes(
    raw: Mapping[str, Values], own: Mapping[str, Values], subjects: tuple[str, str]
) -> dict[str, Interval]:
    change = {name: own[name] - raw[name] for name in MEASURES}
    return {
        name: difference_interval(values[~np.isnan(values)], subjects=subjects)
        for name, values in change.items()
        if not np.isnan(values).all()
    }


def _against_raw(
    values: Mapping[str, Mapping[str, Values]], people: tuple[str, ...], subjects: tuple[str, str]
) -> dict[str, dict[str, Comparison]]:
    """Way -> measure -> how it stands against raw; the ways of one measure count together."""
    ways = [way for way in values if way != RAW]
    told: dict[str, dict[str, Comparison]] = {way: {} for way in ways}
    for name in TOLD_APART:
        known = np.flatnonzero(~np.isnan(values[RAW][name]))
        if not ways or len(known) == 0:
            continue
        kept = tuple(people[place] for place in known)
        scores = {way: Score(name, kept, values[way][name][known]) for way in values}
        found = against(scores[RAW], [scores[way] for way in ways], subjects=subjects)
        for way, comparison in zip(ways, found, strict=True):
            told[way][name] = comparison
    return told


def _strips(
    said: Mapping[str, Sequence[Reading]],
    stored: Timeline,
    scores: Values,
    people: tuple[str, ...],
    rate: float,
) -> tuple[Strip, ...]:
    """The longest recording of the person nearest to the median score, and of the worst."""
    worst, middle = int(np.argmin(scores)), int(np.argmin(np.abs(scores - np.median(scores))))
    made = []
    for rank, place in (("median", middle), ("worst", worst)):
        if rank == "worst" and worst == middle:
            continue
        code = int(np.flatnonzero(stored.subjects == people[place])[0])
        own = [number for number, one in enumerate(said[RAW]) if one.line.subject == code]
        if not own:
            continue
        number = max(own, key=lambda number: len(said[RAW][number].labels))
        first = said[RAW][number]
        rows = {"truth": first.truth}
        rows |= {way: every[number].returned for way, every in said.items()}
        name = str(stored.recordings[first.line.recording])
        seconds = float(first.truth.stop[-1] / rate)
        made.append(Strip(people[place], name, float(scores[place]), rank, seconds, rows))
    return tuple(made)


def _notes(
    run: Run, records: Sequence[Record], people: tuple[str, ...], measured: Sequence[Measured], rate: float
) -> tuple[str, ...]:
    one, many = run.subjects
    notes = []
    reserved = run.experiment.get("folding", {}).get("reserved", [])
    asked = run.experiment["protocol"] == "reserved"
    everybody = [name for name in run.dataset["people"] if (name in reserved) == asked]
    if len(people) < len(everybody):
        notes.append(
            f"{len(people)} of {len(everybody)} {many} have been tested: the run is under way, fits failed, "
            f"or some {many} have no windows."
        )
    if len(measured) == 1:
        notes.append("Smoothing is not measured: a fit has no validation windows to choose its setting on.")
    else:
        watched, stepped = apart(records[0], rate)
        if watched > SPARSE * stepped:
            notes.append(
                f"The validation windows are no timeline (neighbours {watched:.1f} s apart, steps "
                f"{stepped:.1f} s): settings were chosen on them in order of time, and the width of a "
                "majority, which counts steps, for steps further apart than those it is used on."
            )
    if measured[0].intervals["alarms"] is None:
        notes.append("False alarms are not measured: no tested recording has unlabelled time.")
    if len(people) == 1:
        notes.append(f"One {one} was tested: nothing is said about others.")
    return tuple(notes)
