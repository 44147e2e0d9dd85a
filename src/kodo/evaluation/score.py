"""Scores: what is right, per person first, from stored predictions; four F1 scores with four names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError, near

Codes = NDArray[np.integer]
Counts = NDArray[np.int64]
Scores = NDArray[np.float64]

FEW = 3
"""A person's activity with fewer windows than this is marked: its recall says little."""

MEANINGS = {
    "macro_f1": "mean over people of the person's macro-F1 over the activities that person has",
    "balanced_accuracy": "mean over people of the person's mean recall over the activities that person has",
    "accuracy": "mean over people of the part of the person's windows that is right",
    "macro_f1_pooled": "macro-F1 of all test predictions together, over the activities that occur",
    "f1_arena": "per fold, macro-F1 over all declared activities, an absent one counts 0; mean over folds",
    "f1_present": "per fold, macro-F1 over the activities present in it; mean over folds",
}
"""Every score by its name, with its definition in one line."""


@dataclass(frozen=True, eq=False)
class Score:
    """One score of every person, under its name; made by `score`.

    Args:
        name: of the score, one of `PERSON_SCORES`.
        people: (person,) names.
        values: (person,) from 0 to 1, averaged over seeds.
    """

    name: str
    people: tuple[str, ...]
    values: Scores

    @property
    def mean(self) -> float:
        """The mean over people."""
        return float(np.mean(self.values))

    @property
    def worst(self) -> tuple[str, float]:
        """The person with the lowest value, and that value."""
        lowest = int(np.argmin(self.values))
        return self.people[lowest], float(self.values[lowest])


def confusions(label: Codes, predicted: Codes, group: Codes, classes: int, groups: int) -> Counts:
    """Confusion matrices of several groups (people, folds) at once.

    Args:
        label: (window,) true class.
        predicted: (window,) class.
        group: (window,) to which group a window belongs.
        classes: how many there are.
        groups: how many there are.

    Returns:
        (group, class, class) windows; rows are true, columns predicted.

    Raises:
        KodoError: the arrays differ in length, or a code lies outside its range (unlabelled windows too).
    """
    if not len(label) == len(predicted) == len(group):
        raise KodoError(
            f"A score needs as many labels as predictions and groups; got {len(label)}, {len(predicted)} and "
            f"{len(group)}."
        )
    for what, code, count in (
        ("label", label, classes),
        ("predicted", predicted, classes),
        ("group", group, groups),
    ):
        if len(code) and not (code.min() >= 0 and code.max() < count):
            raise KodoError(
                f"A score needs {what} codes from 0 to {count - 1}; got {code.min()} to {code.max()}."
            )
    cell = (group.astype(np.int64) * classes + label) * classes + predicted
    return np.bincount(cell, minlength=groups * classes**2).reshape(groups, classes, classes)


def confusion(label: Codes, predicted: Codes, classes: int) -> Counts:
    """(class, class) windows; rows are true, columns predicted.

    Args:
        label: (window,) true class.
        predicted: (window,) class.
        classes: how many there are.

    Raises:
        KodoError: as `confusions`.
    """
    matrix: Counts = confusions(label, predicted, np.zeros(len(label), np.int64), classes, 1)[0]
    return matrix


def f1(counts: Counts) -> Scores:
    """F1 of each class, 2 TP / (2 TP + FP + FN); 0 for a class neither true nor predicted.

    Args:
        counts: (..., class, class) confusion matrices.

    Returns:
        (..., class) from 0 to 1.
    """
    right = np.diagonal(counts, axis1=-2, axis2=-1)
    return _ratio(2.0 * right, counts.sum(-1) + counts.sum(-2), 0.0)


def recall(counts: Counts) -> Scores:
    """(..., class) part of each class that is right; NaN for a class that does not occur.

    Args:
        counts: (..., class, class) confusion matrices.
    """
    return _ratio(np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(-1), np.nan)


def f1_of_present(counts: Counts) -> Scores:
    """(...,) macro-F1 over the classes that occur; NaN where none does.

    Args:
        counts: (..., class, class) confusion matrices.
    """
    # A class that does not occur has an F1 of 0: nothing of it can be right.
    return _ratio(f1(counts).sum(-1), (counts.sum(-1) > 0).sum(-1), np.nan)


def recall_of_present(counts: Counts) -> Scores:
    """(...,) mean recall over the classes that occur; NaN where none does.

    Args:
        counts: (..., class, class) confusion matrices.
    """
    return _ratio(np.nansum(recall(counts), axis=-1), (counts.sum(-1) > 0).sum(-1), np.nan)


def part_right(counts: Counts) -> Scores:
    """(...,) part of the windows that is right; NaN where there is none.

    Args:
        counts: (..., class, class) confusion matrices.
    """
    return _ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum((-2, -1)), np.nan)


PERSON_SCORES: dict[str, Callable[[Counts], Scores]] = {
    "macro_f1": f1_of_present,
    "balanced_accuracy": recall_of_present,
    "accuracy": part_right,
}
"""Scores that every person has; they carry intervals over people."""


def per_person(
    score: str, label: Codes, predicted: Codes, subject: Codes, classes: int, people: int
) -> Scores:
    """One score of every person.

    Args:
        score: one of `PERSON_SCORES`.
        label: (window,) true class.
        predicted: (window,) class.
        subject: (window,) person.
        classes: how many there are.
        people: how many there are.

    Returns:
        (person,) from 0 to 1; NaN for a person without windows.

    Raises:
        KodoError: no such score, or as `confusions`.
    """
    if score not in PERSON_SCORES:
        raise KodoError(f"There is no score '{score}' of a person. {near(score, list(PERSON_SCORES))}")
    return PERSON_SCORES[score](confusions(label, predicted, subject, classes, people))


def score(name: str, values: Sequence[Scores] | Scores, people: Sequence[str]) -> Score:
    """A named score of every person, averaged over seeds first.

    Args:
        name: one of `PERSON_SCORES`.
        values: (seed, person), or (person,) where there is one seed; from `per_person`.
        people: (person,) names.

    Returns:
        without the people who have no windows (NaN at every seed).

    Raises:
        KodoError: no such score, nobody has one, a person has windows at some seeds only, or there are not
            as many values as people.
    """
    if name not in PERSON_SCORES:
        raise KodoError(f"There is no score '{name}' of a person. {near(name, list(PERSON_SCORES))}")
    table = np.atleast_2d(np.asarray(values, np.float64))
    if table.shape[1] != len(people):
        raise KodoError(
            f"A score needs a value of every person; got {table.shape[1]} for {len(people)} people."
        )
    absent = np.isnan(table)
    if (uneven := absent.any(0) & ~absent.all(0)).any():
        person = people[int(np.argmax(uneven))]
        raise KodoError(f"Person {person} was tested at some seeds only: repeat the run to finish it.")
    kept = np.flatnonzero(~absent.all(0))
    if len(kept) == 0:
        raise KodoError(f"Nobody has a score {name}: no person has a scored window.")
    names = tuple(people[i] for i in kept.tolist())
    return Score(name, names, table[:, kept].mean(0))


def macro_f1(label: Codes, predicted: Codes, subject: Codes, classes: int, people: int) -> float:
    """The headline: mean over people of the macro-F1 over the classes that the person has.

    Args: as `per_person`.
    """
    return _over_people("macro_f1", per_person("macro_f1", label, predicted, subject, classes, people))


def balanced_accuracy(label: Codes, predicted: Codes, subject: Codes, classes: int, people: int) -> float:
    """Mean over people of the mean recall over the classes that the person has.

    Args: as `per_person`.
    """
    return _over_people(
        "balanced_accuracy", per_person("balanced_accuracy", label, predicted, subject, classes, people)
    )


def accuracy(label: Codes, predicted: Codes, subject: Codes, classes: int, people: int) -> float:
    """Mean over people of the part of the person's windows that is right.

    Args: as `per_person`.
    """
    return _over_people("accuracy", per_person("accuracy", label, predicted, subject, classes, people))


def macro_f1_pooled(label: Codes, predicted: Codes, classes: int) -> float:
    """Macro-F1 of all predictions together, over the classes that occur in truth.

    Args:
        label: (window,) true class.
        predicted: (window,) class.
        classes: how many there are.
    """
    return float(f1_of_present(confusion(label, predicted, classes)))


def f1_arena(label: Codes, predicted: Codes, fold: Codes, classes: int, folds: int) -> float:
    """Per fold, macro-F1 over all declared classes, an absent one counting 0; mean over folds.

    Only for a place beside published numbers that were made so.

    Args:
        label: (window,) true class.
        predicted: (window,) class.
        fold: (window,) in which fold it was tested.
        classes: how many the dataset declares.
        folds: how many there are.
    """
    return float(f1(confusions(label, predicted, fold, classes, folds)).mean())


def f1_present(label: Codes, predicted: Codes, fold: Codes, classes: int, folds: int) -> float:
    """Per fold, macro-F1 over the classes present in it; mean over folds. Stands beside `f1_arena`.

    Args: as `f1_arena`.
    """
    return float(np.nanmean(f1_of_present(confusions(label, predicted, fold, classes, folds))))


def majority(learned: Counts, fold: Codes) -> Counts:
    """What somebody predicts who only knows which class the people learned from do most.

    Args:
        learned: (fold, class) windows that each fold was learned from.
        fold: (window,) in which fold it was tested.

    Returns:
        (window,) class.
    """
    said: Counts = learned.argmax(1)[fold]
    return said


def _over_people(name: str, values: Scores) -> float:
    if np.isnan(values).all():
        raise KodoError(f"Nobody has a score {name}: no person has a scored window.")
    return float(np.nanmean(values))


def _ratio(above: NDArray[np.generic], below: Counts, empty: float) -> Scores:
    """above / below, and `empty` where below is 0."""
    result: Scores = np.full(np.shape(below), empty)
    np.divide(above, below, out=result, where=np.asarray(below) > 0)
    return result
