"""What the page and the screen say about probabilities in words. Names stand between backticks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kodo.evaluation.interval import Interval
from kodo.experiments.evidence.confidence.believed import Believed
from kodo.experiments.evidence.confidence.refusing import ACCEPTED
from kodo.experiments.evidence.confidence.unknown import Unknown, untold
from kodo.experiments.summary import Run
from kodo.reports.page import counted, listed, percent

KIND = {"unlabelled": "unlabelled time", "left out": "activities left out"}
"""What an unknown kind is called."""


def answer(found: Believed, run: Run) -> str:
    """How far a model's probabilities can be believed, in one sentence.

    Args:
        found: the model.
        run: its records.
    """
    people = counted(len(found.people), *run.subjects)
    where = f"On {people} of a leaky division" if shared(run, "test") else f"On {people} it has never met"
    low, high = found.gap.low, found.gap.high
    if low is None or high is None:
        verdict = f"may be too sure or not sure enough ({people} cannot tell)"
    elif low > 0:
        verdict = "is too sure"
    elif high < 0:
        verdict = "is not sure enough"
    else:
        verdict = f"is neither too sure nor too unsure, as far as {people} tell"
    return (
        f"{where}, `{found.model}` {verdict}: the activity it names has probability "
        f"{found.confidence.estimate:.2f} on average, and {percent(found.accuracy.estimate)} of 100 windows "
        "are right."
    )


def warmed(found: Believed) -> str:
    """What the temperature does, in one sentence.

    Args:
        found: the model.
    """
    change, error = found.measures["negative_log_likelihood"], found.measures["calibration_error"]
    low, high = change.difference.low, change.difference.high
    if low is None or high is None:
        does = "what it changes has no interval"
    elif high < 0:
        does = "it makes what was done likelier"
    elif low > 0:
        does = "it makes what was done less likely"
    else:
        does = "whether it helps cannot be told with these people"
    return (
        f"`{found.model}`, at a temperature of {spread(found.temperatures, 2)} chosen on validation windows: "
        f"{does} (negative log-likelihood {change.before.estimate:.3f} to {change.after.estimate:.3f}; "
        f"calibration error {error.before.estimate:.3f} to {error.after.estimate:.3f})."
    )


def refused(found: Believed, wanted: float) -> str:
    """What refusing unsure windows brings, in one sentence.

    Args:
        found: the model.
        wanted: accuracy of the accepted windows.
    """
    of, at = found.refusing, found.refusing.accuracy
    first = (
        f"`{found.model}`: with the surest {100 * ACCEPTED:.0f} % of each person's windows accepted, "
        f"accuracy is {at[1].estimate:.3f} instead of {at[0].estimate:.3f}"
    )
    if of.coverage is None or of.reached is None:
        return f"{first}; no probability gave an accuracy of {wanted:g} on the validation windows."
    missed = np.isnan(of.thresholds).sum()
    some = f" (in {missed} of {len(of.thresholds)} fits none did)" if missed else ""
    silent = f", {of.silent} of whom none is accepted left aside" if of.silent else ""
    return (
        f"{first}; the threshold that gave {wanted:g} on validation windows{some} accepts "
        f"{percent(of.coverage.estimate)} % of the test windows and gives {of.reached.text()}{silent}."
    )


def none_of_these(model: str, found: Unknown) -> str:
    """How well known is told from unknown, in one sentence.

    Args:
        model: its name.
        found: one kind of unknown steps.
    """
    what = (
        KIND[found.kind] if found.kind == "unlabelled" else f"{listed(found.activities)}, which it never met,"
    )
    return (
        f"`{model}`: {what} and its own activities are told apart by the probability with AUROC "
        f"{found.auroc['probability'].text(2)}; a threshold that accepts 95 % of the validation windows "
        f"accepts {percent(found.accepted.estimate)} % of known and {percent(found.false.estimate)} % of "
        "unknown steps."
    )


def leaked(run: Run) -> str:
    """What a leaky division does to the figures of this page; empty where validation people are new.

    Args:
        run: its records.
    """
    if not shared(run, "validation"):
        return ""
    many = run.subjects[1]
    return (
        f"Temperatures and thresholds are chosen on windows of the training {many} here. On {many} it knows "
        "a model is right too often: temperatures come out too low, and thresholds promise too much."
    )


def shared(run: Run, side: str) -> bool:
    """Whether somebody of a side is also learned from.

    Args:
        run: its records.
        side: "validation" or "test".
    """
    sides = [record.facts["people"] for record in run.records]
    return any(set(people["train"]) & set(people[side]) for people in sides)


def notes(run: Run, models: Sequence[Believed]) -> Iterator[str]:
    """What is missing from the figures of this page.

    Args:
        run: its records.
        models: of the page.
    """
    yield from dict.fromkeys(note for found in models for note in found.notes)
    for fit in run.failed:
        yield f"A fit failed: `{fit['model']}`, fold {fit['fold'] + 1}, seed {fit['seed']}: {fit['error']}"
    if untold(run):
        yield (
            "Activities were left out of this run, but its folder does not say when they were done: a new "
            "run tells them from unlabelled time."
        )
    if not any(found.unknown for found in models):
        yield (
            "The recordings tested hold nothing but the activities that were learned: whether the models "
            "notice anything else is not known. A run that leaves some `activities` out would tell."
        )


def alt_reliability(found: Believed, after: bool) -> str:
    """What a reliability picture shows, for who does not see it.

    Args:
        found: the model.
        after: whether after the temperature.
    """
    parts = [
        f"{one.confidence:.2f} right in {one.right.estimate:.2f}" for one in found.reliability[after][-4:]
    ]
    return f"Part right by probability, {'after' if after else 'before'} the temperature: {', '.join(parts)}."


def spread(values: NDArray[np.float64], digits: int) -> str:
    """The middle of several values with their ends: "1.54 (1.10 to 2.50)"; NaN are left out.

    Args:
        values: (fit,).
        digits: after the point.
    """
    there = values[~np.isnan(values)]
    if len(there) == 0:
        return "–"
    middle = f"{np.median(there):.{digits}f}"
    if np.ptp(there) == 0:
        return middle
    return f"{middle} ({there.min():.{digits}f} to {there.max():.{digits}f})"


def ends(found: Interval | None, sign: str = "", digits: int = 3) -> str:
    """The interval alone, small below an estimate.

    Args:
        found: the interval.
        sign: "+" for differences.
        digits: after the point.
    """
    if found is None or found.low is None or found.high is None:
        return "no interval"
    return f"{found.low:{sign}.{digits}f} to {found.high:{sign}.{digits}f}"
