"""Checks: what makes a good score untrue, looked for and answered by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.inspection.copies import place
from kodo.datasets.recording import PEOPLE
from kodo.evaluation.compare import fewest_people
from kodo.evaluation.interval import difference_interval
from kodo.evaluation.protocol import missing_activities
from kodo.evaluation.score import FEW, Score
from kodo.evaluation.split import LeakySplit, Rows, Split, shared_samples
from kodo.windows.cut import Windows

Outcome = Literal["passed", "issue", "tip", "not applicable", "skipped"]

TITLES = {
    "KODO01": "No {one} is on two sides",
    "KODO02": "No raw sample is on two sides",
    "KODO03": "Constants were taken from training {many} only",
    "KODO04": "Every {one} has every activity",
    "KODO05": "Training has every activity",
    "KODO06": "Rate and units are those of the card",
    "KODO07": "Nothing but the motion gives the activity away",
    "KODO08": "Better than always saying the most frequent activity",
    "KODO09": "Enough {many} to decide",
}
"""Every check by its code, with what it says when it is passed of what the subjects are, one and many."""

SIDES = ("", "training", "validation", "test")
"""Where a window may be; first: nowhere."""

ORDER = (("training", "test"), ("validation", "test"), ("training", "validation"))
"""Two sides at a time; what reaches the test is worse than what reaches the choice of the epoch."""

CHECKS = {code: title.format(one=PEOPLE[0], many=PEOPLE[1]) for code, title in TITLES.items()}
"""The same, of people."""


@dataclass(frozen=True)
class Check:
    """What one check found.

    Args:
        code: of the check, a key of `CHECKS`.
        title: what it says when it is passed.
        outcome: `issue` puts the score in doubt, `tip` is worth knowing, `not applicable` and `skipped` say
            that nothing was looked at, so that silence never reads as health.
        says: what was found, in one sentence.
    """

    code: str
    title: str
    outcome: Outcome
    says: str


def skipped(code: str, why: str) -> Check:
    """A check that could not be made.

    Args:
        code: of the check.
        why: in one sentence.
    """
    return _check(code, "skipped", why)


def check_people(windows: Windows, division: Split | LeakySplit) -> Check:
    """KODO01: a person on two sides of a split is recognised by who they are.

    Args:
        windows: what the rows are positions of.
        division: one fold.
    """
    called = windows.called
    for first, second, rows, others in _pairs(division):
        shared = np.intersect1d(windows.subject[rows], windows.subject[others])
        if len(shared):
            people = _listed([windows.subjects[code] for code in shared])
            said = f"{first} and {second} share {_counted(shared, *called)}: {people}."
            return _check("KODO01", "issue", said, called)
    return _check("KODO01", "passed", f"Training, validation and test have no {called[0]} in common.", called)


def check_samples(windows: Windows, division: Split | LeakySplit) -> Check:
    """KODO02: windows that overlap across two sides hold the same raw samples.

    Args:
        windows: what the rows are positions of.
        division: one fold.
    """
    for first, second, one, other in _pairs(division):
        if shared := shared_samples(windows, one, other):
            return _check("KODO02", "issue", f"{first} and {second} share {shared:,} raw samples.")
    return _check("KODO02", "passed", "Training, validation and test have no raw sample in common.")


def check_copies(
    windows: Windows, divisions: Sequence[Split | LeakySplit], stretches: Sequence[Mapping[str, Any]]
) -> Check:
    """KODO02: samples that stand under two names, one on this side and one on that, are on both sides too.

    Args:
        windows: what the rows are positions of.
        divisions: all folds.
        stretches: as `kodo.datasets.inspection.copies.equal` gives them.
    """
    ends = (("recording", "start"), ("other", "other_start"))
    touched = [
        [_touching(windows, s[name], s[start], s["seconds"]) for name, start in ends] for s in stretches
    ]
    sides = [_sides(windows, division) for division in divisions]
    for first, second in ORDER:
        pair = {SIDES.index(first), SIDES.index(second)}
        crossing = [
            [
                s
                for s, (here, there) in zip(stretches, touched, strict=True)
                if _crosses(side, here, there, pair)
            ]
            for side in sides
        ]
        folds = sum(map(bool, crossing))
        if folds:
            told = dict.fromkeys(f"{place(s, windows.called[0])})" for several in crossing for s in several)
            said = (
                f"{first} and {second} hold the same samples under two names in {folds} of {len(sides)} folds"
            )
            return _check("KODO02", "issue", f"{said}: {_listed(list(told), '; ')}.")
    return _check("KODO02", "passed", "No samples of one side stand on another one under another name.")


def check_scaler(windows: Windows, division: Split | LeakySplit, rows: Rows | None) -> Check:
    """KODO03: constants (mean, deviation) that saw test people carry them into training.

    Args:
        windows: what the rows are positions of.
        division: one fold.
        rows: (window,) positions from which constants were taken; None where there are none to take.
    """
    called = windows.called
    if rows is None:
        said = "No constant is taken from the data before training."
        return _check("KODO03", "not applicable", said, called)
    for side, held in (("test", division.test), ("validation", division.validation)):
        people = np.intersect1d(windows.subject[rows], windows.subject[held])
        seen = np.intersect1d(rows, held)
        # A leaky protocol has its validation people in training: there, only its windows count.
        if len(seen) or (len(people) and side == "test"):
            names = _listed([windows.subjects[code] for code in people])
            said = f"Constants were taken from {side} {called[1]} too: {names}."
            return _check("KODO03", "issue", said, called)
    said = f"Constants come from {len(rows):,} windows of training {called[1]}."
    return _check("KODO03", "passed", said, called)


def check_absent(
    label: NDArray[np.integer], subject: NDArray[np.integer], activities: Sequence[str],
    people: Sequence[str], subjects: tuple[str, str] = PEOPLE,
) -> Check:  # fmt: skip
    """KODO04: a person who lacks an activity, or has few windows of it, is scored on fewer or on little.

    Args:
        label: (window,) position in `activities`; -1 = unlabelled, left out.
        subject: (window,) position in `people`.
        activities: names.
        people: names; somebody without windows is left out.
        subjects: what the people are called, one and many.
    """
    count = np.zeros((len(people), len(activities)), np.int64)
    known = label >= 0
    np.add.at(count, (subject[known], label[known]), 1)
    # An activity that nobody has is the card's affair, a person without windows the cutting's.
    count = count[count.sum(1) > 0]
    used = count.sum(0) > 0
    lacking, few = (count == 0) & used, (count > 0) & (count < FEW)
    if not lacking.any() and not few.any():
        said = f"Everybody has at least {FEW} windows of every activity."
        return _check("KODO04", "passed", said, subjects)
    parts = []
    for table, what in (
        (lacking, "have no window of an activity"),
        (few, f"have fewer than {FEW} windows of one"),
    ):
        if table.any():
            often = [
                activities[code] for code in np.argsort(-table.sum(0), kind="stable") if table[:, code].any()
            ]
            parts.append(f"{int(table.any(1).sum())} of {len(count)} {subjects[1]} {what} ({_listed(often)})")
    return _check("KODO04", "tip", "; ".join(parts) + ".", subjects)


def check_training(windows: Windows, division: Split | LeakySplit) -> Check:
    """KODO05: an activity that training lacks cannot be recognised.

    Args:
        windows: what the rows are positions of.
        division: one fold.
    """
    lost = missing_activities(windows, division)
    if lost:
        return _check("KODO05", "issue", f"{division.name}: training has no window of {_listed(lost)}.")
    return _check("KODO05", "passed", "Training has windows of every activity that occurs.")


def check_card(
    rate: float, units: Mapping[str, str], rates: Sequence[float], found: Sequence[Mapping[str, str]]
) -> Check:
    """KODO06: a recording whose rate or unit differs from the card's is another kind of data.

    Args:
        rate: of the card (Hz).
        units: of the card, by channel name.
        rates: (recording,) Hz.
        found: (recording,) units by channel name.
    """
    said = [f"{r:g} Hz instead of {rate:g} Hz" for r in sorted(set(rates)) if abs(r - rate) > 1e-9 * rate]
    for name, unit in units.items():
        others = sorted({each[name] for each in found if name in each and each[name] != unit})
        said += [f"{name} in {other} instead of {unit}" for other in others]
    if said:
        return _check("KODO06", "issue", f"The recordings differ from the card: {_listed(said)}.")
    return _check("KODO06", "passed", f"All recordings have {rate:g} Hz and the units of the card.")


def check_given_away(
    label: NDArray[np.integer], facts: Mapping[str, Sequence[str]], activities: Sequence[str]
) -> Check:
    """KODO07: a place, device, rate or session that follows from the activity may be what is recognised.

    Args:
        label: (recording,) or (window,) position in `activities`; -1 = unlabelled, left out.
        facts: by name ("place", "device", "rate", "session"), a value for each label; "" = not known.
        activities: names.
    """
    varying = 0
    for name, told in facts.items():
        value = np.asarray(told, dtype=str)
        known = (np.asarray(label) >= 0) & (value != "")
        pairs = sorted(set(zip(np.asarray(label)[known].tolist(), value[known].tolist(), strict=True)))
        values = sorted({v for _, v in pairs})
        varying += len(values) > 1
        if len(values) > 1 and len({code for code, _ in pairs}) == len(pairs):
            groups = [f"{v} for {_listed([activities[c] for c, w in pairs if w == v])}" for v in values]
            return _check(
                "KODO07", "issue", f"The {name} is a function of the activity: {_listed(groups, '; ')}."
            )
    if not varying:
        return _check("KODO07", "not applicable", "No place, device, rate or session is known to vary.")
    return _check("KODO07", "passed", f"No function of the activity: {', '.join(facts)}.")


def check_majority(score: Score, majority: Score) -> Check:
    """KODO08: a model that does not beat the most frequent activity has learned nothing.

    Args:
        score: of the model.
        majority: the same score of the same people, always saying the most frequent activity.
    """
    said = f"{score.name} {score.mean:.3f}, the majority's {majority.mean:.3f}"
    if score.mean <= majority.mean:
        return _check("KODO08", "issue", f"No better than always saying the most frequent activity: {said}.")
    low = difference_interval(score.values - majority.values).low
    if low is None or low <= 0:
        return _check(
            "KODO08", "tip", f"Not surely better than always saying the most frequent activity: {said}."
        )
    return _check("KODO08", "passed", f"Better than always saying the most frequent activity: {said}.")


def check_enough(
    people: int, comparisons: int = 1, level: float = 0.95, subjects: tuple[str, str] = PEOPLE
) -> Check:
    """KODO09: with too few people no difference can be significant, however large.

    Args:
        people: tested.
        comparisons: made together; 0 = none are made.
        level: how often all intervals together hold the truth.
        subjects: what the people are called, one and many.
    """
    if comparisons < 1:
        return _check("KODO09", "not applicable", "Nothing is compared.", subjects)
    fewest = fewest_people(comparisons, level)
    many = subjects[1]
    made = f"{people} {many} and {comparisons} comparison{'s' if comparisons > 1 else ''}"
    if people < fewest:
        said = f"{made}: no difference can be significant below {fewest} {many}."
        return _check("KODO09", "issue", said, subjects)
    return _check("KODO09", "passed", f"{made}: {fewest} {many} at least are needed.", subjects)


def _check(code: str, outcome: Outcome, says: str, subjects: tuple[str, str] = PEOPLE) -> Check:
    one, many = subjects
    return Check(code, TITLES[code].format(one=one, many=many), outcome, says[0].upper() + says[1:])


def _touching(windows: Windows, recording: str, start: float, seconds: float) -> Rows:
    """Positions of the windows that hold samples of a stretch of a recording."""
    code = windows.recordings.index(recording)
    rows: Rows = np.flatnonzero(windows.recording == code)
    begin = (windows.start[rows] - windows.bounds[code, 0]) / windows.rate
    touched: Rows = rows[(begin < start + seconds) & (begin + windows.length[rows] / windows.rate > start)]
    return touched


def _sides(windows: Windows, division: Split | LeakySplit) -> NDArray[np.int8]:
    """(window,) position in SIDES of the side that each window is on."""
    side = np.zeros(len(windows), np.int8)
    for code, rows in enumerate((division.train, division.validation, division.test), start=1):
        side[rows] = code
    return side


def _crosses(side: NDArray[np.int8], here: Rows, there: Rows, pair: set[int]) -> bool:
    """Whether a stretch is on one side of a pair, and what it equals on the other."""
    first, second = pair
    one, other = side[here], side[there]
    return bool(
        ((one == first).any() and (other == second).any())
        or ((one == second).any() and (other == first).any())
    )


def _pairs(division: Split | LeakySplit) -> list[tuple[str, str, Rows, Rows]]:
    rows = dict(zip(SIDES[1:], (division.train, division.validation, division.test), strict=True))
    return [(one, other, rows[one], rows[other]) for one, other in ORDER]


def _listed(names: Sequence[str], between: str = ", ", most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return between.join(names[:most]) + more


def _counted(items: NDArray[np.integer], one: str, many: str) -> str:
    return f"1 {one}" if len(items) == 1 else f"{len(items)} {many}"
