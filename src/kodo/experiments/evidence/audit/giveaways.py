"""What in a dataset could be recognised instead of the activity, looked for before any score is believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.inspection.copies import copies, copy_findings
from kodo.datasets.recording import UNLABELLED, Recordings, sensors
from kodo.evaluation.checks import Check, Outcome
from kodo.evaluation.interval import difference_interval
from kodo.evaluation.score import per_person, score
from kodo.evaluation.split import LeakySplit
from kodo.experiments.evidence.audit.results import Giveaway
from kodo.experiments.health import data_checks
from kodo.models.model import MODELS
from kodo.training.trainer import TRAINERS, Recipe, silent
from kodo.windows.cut import Windows

BINS = 20
"""Parts that a recording is cut into where only the place in it is known."""

GAIN = 0.1
"""Macro-F1 that the place must add, surely more than nothing, before it is an issue."""

TREES = 50
"""Of the forest that is asked who somebody is."""

MOST = 4000
"""Windows that this forest sees, training and test together; more make it slow, not better."""

KNOWN = 0.5
"""How far from chance to always right a sensor may tell who somebody is before that is an issue."""


def giveaways(recordings: Recordings, windows: Windows) -> list[Giveaway]:
    """Everything that is looked for.

    Args:
        recordings: as loaded.
        windows: cut from them, as a run has them.
    """
    return [
        copied(recordings),
        ordered(windows),
        *recognised(windows),
        told(data_checks(recordings, windows)),
    ]


def copied(recordings: Recordings) -> Giveaway:
    """Whether the same samples stand under two names: a split may put one on each side.

    Args:
        recordings: as loaded.
    """
    found = copies(recordings)
    # Rows that repeat the one before are another matter: kodo inspect tells of them.
    said = copy_findings(found | {"repeated_rows": 0.0}, recordings.card.subjects)
    if said:
        return Giveaway("copies", "issue", " ".join(said))
    return Giveaway("copies", "passed", "No stretch of samples stands in two places.")


def ordered(windows: Windows) -> Giveaway:
    """Whether the place of a window in its recording tells the activity: everybody did the same in turn.

    Each person's windows are named by what the others did most in the same twentieth of their recordings,
    and the score is held against naming what the others did most at all.

    Args:
        windows: of everybody.
    """
    rows = np.flatnonzero(windows.label != UNLABELLED)
    one, many = windows.called
    label, subject = windows.label[rows].astype(np.int64), windows.subject[rows].astype(np.int64)
    recording = windows.recording[rows].astype(np.int64)
    classes, people = len(windows.activities), len(windows.subjects)
    kinds = len(np.unique(recording * classes + label))
    if kinds == len(np.unique(recording)):
        said = "Every recording holds one activity, and in which order they were made is not known."
        return Giveaway("order", "not applicable", said)
    if len(np.unique(subject)) < 3:
        return Giveaway("order", "skipped", f"The order is looked at with 3 {many} or more.")
    first, after = windows.bounds[recording].T
    middle = windows.start[rows] + windows.length[rows] // 2
    place = np.minimum((middle - first) * BINS // np.maximum(after - first, 1), BINS - 1)
    count = np.zeros((people, BINS, classes), np.int64)
    np.add.at(count, (subject, place, label), 1)
    others = count.sum(0) - count
    usual = others.sum(1).argmax(1)
    # Where nobody else has a window so far into a recording, only the usual activity is left to say.
    at_place = np.where(others.sum(2) > 0, others.argmax(2), usual[:, None])
    names = list(windows.subjects)
    from_place, from_nothing = (
        score("macro_f1", per_person("macro_f1", label, said, subject, classes, people), names)
        for said in (at_place[subject, place], usual[subject])
    )
    gain = difference_interval(from_place.values - from_nothing.values)
    told = (
        f"from its place in the recording alone, an activity is named with macro-F1 {from_place.mean:.2f} "
        f"(always the same one: {from_nothing.mean:.2f}, {len(from_place.people)} "
        f"{one if len(from_place.people) == 1 else many})"
    )
    if gain.estimate > GAIN and (gain.low is None or gain.low > 0):
        beyond = "What looks beyond one window, such as smoothing over time, can profit from it."
        return Giveaway("order", "issue", f"The order gives activities away: {told}. {beyond}")
    return Giveaway("order", "passed", f"The order does not give activities away: {told}.")


def recognised(windows: Windows) -> list[Giveaway]:
    """Whether single sensors tell who somebody is, on recordings that were not learned from.

    A small random forest on `features` of one sensor names the person, and is tested on every other recording
    of each person. More than half of the way from chance to always right is an issue: with these people on
    both sides of a split, a model can know the person instead of the activity.

    Args:
        windows: of everybody.

    Returns:
        one for each sensor, or one that says why none was looked at.
    """
    one, many = windows.called
    division = _other_recordings(windows)
    if division is None:
        said = f"Fewer than two {many} have two recordings: nobody can be looked for in another one."
        return [Giveaway("person", "not applicable", said)]
    if windows.cutting.seconds is None or windows.longest < MODELS.get("features").smallest:
        said = "Features need windows of one length, long enough for a spectrum."
        return [Giveaway("person", "skipped", said)]
    found = []
    people = len(np.unique(windows.subject[division.test]))
    chance = 1 / people
    for group in sensors(windows.channels):
        channel = windows.channels[group[0]]
        name = " ".join(f"{channel.place} {channel.quantity} {channel.device}".split()).replace("_", " ")
        part = _named_right(windows, group, division)
        told = (
            f"{name} alone names the right {one} in {100 * part:.0f} % of the windows of another recording "
            f"(chance {100 * chance:.0f} %, {people} {many})."
        )
        outcome: Outcome = "issue" if part - chance > KNOWN * (1 - chance) else "passed"
        found.append(Giveaway("person", outcome, told[0].upper() + told[1:]))
    return found


def told(checks: Sequence[Check]) -> Giveaway:
    """Whether a place, device, rate or session follows from the activity (KODO07).

    Args:
        checks: of the data, that one among them.
    """
    (check,) = (check for check in checks if check.code == "KODO07")
    return Giveaway("place", check.outcome, check.says)


def _other_recordings(windows: Windows) -> LeakySplit | None:
    """Every second recording of each person to learn from, the others to test.

    People with one recording take no part; None where fewer than two are left.
    """
    rows = np.flatnonzero(windows.label != UNLABELLED)
    train, test = [], []
    for person in np.unique(windows.subject[rows]):
        own = np.unique(windows.recording[rows[windows.subject[rows] == person]])
        if len(own) > 1:
            train.append(own[::2])
            test.append(own[1::2])
    if len(train) < 2:
        return None
    sides = [rows[np.isin(windows.recording[rows], np.concatenate(own))] for own in (train, test)]
    kept = [side[:: -(-2 * len(side) // MOST)] for side in sides]
    return LeakySplit(
        "every second recording", kept[0], kept[1][:0], kept[1], "The people tested are learned from."
    )


def _named_right(windows: Windows, channels: Sequence[int], division: LeakySplit) -> float:
    """Mean over people of the part of their windows in which a forest on these channels names them."""
    asked = replace(
        windows,
        signal=np.ascontiguousarray(windows.signal[:, list(channels)]),
        channels=tuple(windows.channels[position] for position in channels),
        label=windows.subject.astype(np.int16),
        activities=windows.subjects,
    )
    model = MODELS.get("features")
    trainer = TRAINERS.get(model.trainer)
    recipe = Recipe(
        model, model.parameters(trees=TREES), (("missing", {"policy": "zero"}),), trainer.settings()
    )
    said = trainer.train(recipe, asked, division, silent).log_probabilities(asked, division.test).argmax(1)
    who: NDArray[np.int64] = windows.subject[division.test].astype(np.int64)
    # A person is a class here: the mean over people of the part that is right is the mean recall.
    count = len(windows.subjects)
    values = per_person("accuracy", who, said, who, count, count)
    return float(np.nanmean(values))
