"""How far the probabilities of a run can be believed, from its stored predictions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from kodo.errors import KodoError, near
from kodo.evaluation.calibration import (
    Bin,
    brier,
    calibration_error,
    confidence,
    cut_off,
    negative_log_likelihood,
    reliability,
    right,
)
from kodo.evaluation.interval import Interval, difference_interval, jackknife_interval, mean_interval
from kodo.experiments.evidence.confidence.chosen import Chosen, Rows, Values, by_person, chosen, values
from kodo.experiments.evidence.confidence.refusing import Refusing, refusing
from kodo.experiments.evidence.confidence.unknown import Unknown, unknowns
from kodo.experiments.record import Record
from kodo.experiments.summary import Run

Measure = Callable[[Values, Rows], float]

WANTED = 0.95
"""The accuracy that a threshold is chosen for, when none is named."""

BY_PERSON: dict[str, Measure] = {
    "calibration_error": calibration_error,
    "brier": brier,
    "negative_log_likelihood": negative_log_likelihood,
}
"""Of each person, then the mean."""

TOGETHER: dict[str, Measure] = {
    "calibration_error_pooled": calibration_error,
    "calibration_error_mass": partial(calibration_error, edges="mass"),
}
"""Of all test windows together, in bins as wide as each other, and in bins of as many windows."""


@dataclass(frozen=True)
class Change:
    """A measure before and after the temperature; differences are paired over people.

    Args:
        before: of the stored probabilities.
        after: of the tempered ones.
        difference: after minus before.
    """

    before: Interval
    after: Interval
    difference: Interval


@dataclass(frozen=True, eq=False)
class Believed:
    """How far the probabilities of one model can be believed.

    Args:
        model: as asked for.
        people: (person,) names of those tested.
        windows: test windows of all fits.
        temperatures: (fit,) chosen on validation windows.
        confidence: mean of the most probable class's probability.
        accuracy: part that is right.
        gap: confidence minus accuracy, paired over people: above 0 the model is too sure.
        measures: by name, those of BY_PERSON and of TOGETHER.
        reliability: before and after the temperature.
        refusing: the unsure windows.
        unknown: what is none of the activities, as far as the run holds such.
        notes: sentences on what is missing.
    """

    model: str
    people: tuple[str, ...]
    windows: int
    temperatures: Values
    confidence: Interval
    accuracy: Interval
    gap: Interval
    measures: dict[str, Change]
    reliability: tuple[list[Bin], list[Bin]]
    refusing: Refusing
    unknown: tuple[Unknown, ...]
    notes: tuple[str, ...]


def believed(run: Run, model: str | None = None, accuracy: float = WANTED) -> tuple[Believed, ...]:
    """How far the probabilities of a run can be believed; everything is chosen on validation windows.

    Args:
        run: its records.
        model: the only one to look at; None = all that have a finished fit.
        accuracy: wanted of the accepted windows, above 0 and up to 1.

    Raises:
        KodoError: no such model, an accuracy out of range, or a fit without validation windows.
    """
    if not 0 < accuracy <= 1:
        raise KodoError(f"The wanted accuracy lies above 0 and up to 1; got {accuracy:g}.")
    names = list(dict.fromkeys(record.facts["model"] for record in run.records))
    if model is not None and model not in names:
        raise KodoError(f"{run.folder} holds no finished fit of '{model}'. {near(model, names)}")
    return tuple(
        _believed(run, name, [r for r in run.records if r.facts["model"] == name], accuracy)
        for name in names
        if model in (None, name)
    )


def _believed(run: Run, model: str, records: list[Record], accuracy: float) -> Believed:
    fits = [chosen(record, accuracy) for record in records]
    called = run.subjects
    sure = by_person(fits, lambda fit, rows: confidence(fit.test.log_probability[rows]).mean())
    hit = by_person(
        fits, lambda fit, rows: right(fit.test.log_probability[rows], fit.test.label[rows]).mean()
    )
    people = sorted(hit)
    mean = partial(mean_interval, subjects=called)
    return Believed(
        model=model,
        people=tuple(records[0].predictions.subjects[people].tolist()),
        windows=sum(len(fit.test.label) for fit in fits),
        temperatures=np.array([fit.temperature for fit in fits]),
        confidence=mean(values(sure)),
        accuracy=mean(values(hit)),
        gap=difference_interval(values(sure) - values(hit), subjects=called),
        measures={name: _change(fits, measure, called) for name, measure in BY_PERSON.items()}
        | {name: _pooled_change(fits, measure) for name, measure in TOGETHER.items()},
        reliability=(_reliability(fits, after=False), _reliability(fits, after=True)),
        refusing=refusing(fits, len(run.dataset["activities"]), called),
        unknown=unknowns(run, records),
        notes=tuple(_notes(run, model, records, fits)),
    )


def _change(fits: Sequence[Chosen], measure: Measure, called: tuple[str, str]) -> Change:
    before = values(
        by_person(fits, lambda fit, rows: measure(fit.test.log_probability[rows], fit.test.label[rows]))
    )
    after = values(by_person(fits, lambda fit, rows: measure(fit.tempered[rows], fit.test.label[rows])))
    interval = mean_interval if measure is calibration_error else difference_interval
    return Change(
        interval(before, subjects=called),
        interval(after, subjects=called),
        difference_interval(after - before, subjects=called),
    )


def _pooled_change(fits: Sequence[Chosen], measure: Measure) -> Change:
    label = np.concatenate([fit.test.label for fit in fits])
    person = np.concatenate([fit.test.person for fit in fits])
    before = np.concatenate([fit.test.log_probability for fit in fits])
    after = np.concatenate([fit.tempered for fit in fits])
    people = np.unique(person)

    def of(kept: Rows) -> tuple[float, float]:
        rows = np.isin(person, people[kept])
        return measure(before[rows], label[rows]), measure(after[rows], label[rows])

    return Change(
        cut_off(jackknife_interval(lambda kept: of(kept)[0], len(people))),
        cut_off(jackknife_interval(lambda kept: of(kept)[1], len(people))),
        jackknife_interval(lambda kept: of(kept)[1] - of(kept)[0], len(people)),
    )


def _reliability(fits: Sequence[Chosen], after: bool) -> list[Bin]:
    logs = np.concatenate([fit.tempered if after else fit.test.log_probability for fit in fits])
    label = np.concatenate([fit.test.label for fit in fits])
    person = np.concatenate([fit.test.person for fit in fits])
    return reliability(confidence(logs), right(logs, label), person)


def _notes(run: Run, model: str, records: list[Record], fits: list[Chosen]) -> list[str]:
    """What of a model is missing, or was chosen on too little."""
    many = run.subjects[1]
    notes = []
    tested = {name for record in records for name in record.facts["people"]["test"]}
    kept_out = run.experiment.get("folding", {}).get("reserved", ())
    waiting = [p for p in run.dataset.get("people", ()) if p not in tested and p not in kept_out]
    if waiting and run.experiment["protocol"] != "reserved":
        notes.append(
            f"`{model}`: {len(tested)} of {len(tested) + len(waiting)} {many} are tested in this run; not "
            f"{', '.join(waiting)} (not finished, failed, or without a window)."
        )
    names = run.dataset["activities"]
    lacking = sorted({code for fit in fits for code in fit.lacking})
    if lacking:
        count = sum(bool(fit.lacking) for fit in fits)
        missing = ", ".join(names[code] for code in lacking)
        notes.append(
            f"Among the validation windows, some tested activities are missing in {count} of {len(fits)} "
            f"fits ({missing}): temperature and thresholds know nothing of them there."
        )
    return notes
