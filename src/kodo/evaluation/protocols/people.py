"""Protocols over people: nobody who is tested is learned from or chooses."""

from __future__ import annotations

import numpy as np

from kodo.errors import KodoError
from kodo.evaluation.protocol import (
    Folding,
    People,
    Protocol,
    check,
    labelled_rows,
    numbered,
    shuffled,
    taking_part,
    validation_people,
)
from kodo.evaluation.split import Rows, Split, split
from kodo.windows.cut import Windows

TRAIN, TEST = "train", "test"
"""What a recording's fact `split` says where its publisher divided the people."""


def _count_kfold(windows: Windows, folding: Folding) -> int:
    check(folding)
    people, (one, many) = len(_enough(windows, folding)), windows.called
    if folding.folds < 2:
        raise KodoError(f"kfold needs at least 2 folds; got {folding.folds}.")
    if people < folding.folds:
        raise KodoError(
            f"{windows.dataset} has {people} {many} with windows{_free(folding)}, fewer than the "
            f"{folding.folds} folds asked for: take the protocol loso, or at most {people} folds."
        )
    if people - -(-people // folding.folds) < 2:
        raise KodoError(
            f"{windows.dataset} has {people} {many} with windows{_free(folding)}; {folding.folds} folds "
            f"leave one {one} to learn from and to choose the epoch: take the protocol loso, or more folds."
        )
    return folding.folds


def _fold_kfold(windows: Windows, number: int, folding: Folding) -> Split:
    count = numbered("kfold", number, _count_kfold(windows, folding))
    order = shuffled(taking_part(windows, folding), folding.seed)
    chunks = np.array_split(np.arange(len(order)), count)
    return _held_out(windows, f"fold {number + 1} of {count}", order, chunks[number], folding)


def _count_loso(windows: Windows, folding: Folding) -> int:
    check(folding)
    return len(_enough(windows, folding))


def _fold_loso(windows: Windows, number: int, folding: Folding) -> Split:
    count = numbered("loso", number, _count_loso(windows, folding))
    order = taking_part(windows, folding)
    name = f"fold {number + 1} of {count}, {windows.called[0]} {windows.subjects[order[number]]}"
    return _held_out(windows, name, order, np.array([number]), folding)


def _count_reserved(windows: Windows, folding: Folding) -> int:
    check(folding)
    if not folding.reserved:
        raise KodoError(
            f"The protocol reserved tests the {windows.called[1]} that folding.reserved names; it names none."
        )
    if len(taking_part(windows, folding)) < 2:
        raise KodoError(
            f"All but one {windows.called[0]} of {windows.dataset} are reserved: one is needed to learn from "
            "and one to choose the epoch."
        )
    return 1


def _fold_reserved(windows: Windows, number: int, folding: Folding) -> Split:
    numbered("reserved", number, _count_reserved(windows, folding))
    order = shuffled(taking_part(windows, folding), folding.seed)
    held = validation_people(len(order), folding.validation)
    tested = np.array([windows.subjects.index(name) for name in folding.reserved], np.int64)
    sides = (_learned_from(windows, order[held:], folding, 0), order[:held], tested)
    return split(windows, "reserved people", *(labelled_rows(windows, people) for people in sides))


def _count_official(windows: Windows, folding: Folding) -> int:
    check(folding)
    _published_sides(windows)
    return 1


def _fold_official(windows: Windows, number: int, folding: Folding) -> Split:
    numbered("official", number, _count_official(windows, folding))
    tests = [windows.subjects.index(name) for name, side in _published_sides(windows).items() if side == TEST]
    people = taking_part(windows, folding)
    tested = np.intersect1d(people, tests)
    order = shuffled(np.setdiff1d(people, tests), folding.seed)
    if not len(tested) or len(order) < 2:
        raise KodoError(
            f"The publisher's split of {windows.dataset} tests {len(tested)} and leaves {len(order)} of the "
            f"{windows.called[1]} that are here; 1 and 2 are needed at least."
        )
    held = validation_people(len(order), folding.validation)
    sides = (_learned_from(windows, order[held:], folding, 0), order[:held], tested)
    return split(windows, "the publisher's split", *(labelled_rows(windows, people) for people in sides))


def _published_sides(windows: Windows) -> dict[str, str]:
    """Side of every person by the publisher's own lists."""
    found: dict[str, str] = {}
    for recording in windows.recorded or ():
        side = recording.facts.get("split")
        if side not in (TRAIN, TEST):
            raise KodoError(
                f"{windows.dataset} has no official split: recording {recording.name} does not say on which "
                f"side of one, {TRAIN} or {TEST}, it is (its fact 'split'): take the protocol kfold or loso."
            )
        if found.setdefault(recording.subject, side) != side:
            raise KodoError(
                f"The publisher's split of {windows.dataset} has {windows.called[0]} {recording.subject} on "
                f"both sides, so it says nothing about new {windows.called[1]}: take kfold or loso."
            )
    if not found:
        raise KodoError(
            f"{windows.dataset} has no official split: these windows do not know their recordings, which say "
            "on which side of one they are; cut them from recordings."
        )
    return found


def _held_out(windows: Windows, name: str, order: People, tested: Rows, folding: Folding) -> Split:
    """Test the people at these neighbouring positions of the order; the next ones, round the end, choose."""
    rest = np.arange(tested[-1] + 1, tested[0] + len(order)) % len(order)
    held = validation_people(len(rest), folding.validation)
    learned = _learned_from(windows, order[rest[held:]], folding, int(tested[0]))
    sides = (learned, order[rest[:held]], order[tested])
    return split(windows, name, *(labelled_rows(windows, people) for people in sides))


def _learned_from(windows: Windows, people: People, folding: Folding, fold: int) -> People:
    """Everybody, or the first of them in a random order of the fold's own: fewer are always among more."""
    if not folding.people:
        return people
    if folding.people > len(people):
        raise KodoError(
            f"folding.people asks for {folding.people} {windows.called[1]} to learn from; a fold of "
            f"{windows.dataset} has {len(people)} besides those who choose the epoch and those tested."
        )
    return np.random.RandomState([folding.seed, fold]).permutation(np.sort(people))[: folding.people]


def _enough(windows: Windows, folding: Folding) -> People:
    people = taking_part(windows, folding)
    if len(people) < 3:
        raise KodoError(
            f"A fold needs at least 3 {windows.called[1]} (one each to learn from, to choose the epoch and "
            f"to test); {windows.dataset} has {len(people)} with windows"
            f"{_free(folding)}."
        )
    return people


def _free(folding: Folding) -> str:
    return " who are not reserved" if folding.reserved else ""


KFOLD = Protocol(
    "kfold",
    "folds over people, shuffled by the seed",
    _count_kfold,
    _fold_kfold,
    reads=("reserved", "folds", "validation", "people", "seed"),
)
"""Source: grouped k-fold cross-validation; validation people are those after the test people in the order."""

LOSO = Protocol(
    "loso",
    "one fold per person, in counting order",
    _count_loso,
    _fold_loso,
    reads=("reserved", "validation", "people", "seed"),
)
"""Source: leave-one-subject-out; the people after the tested one in counting order validate."""

RESERVED = Protocol(
    "reserved",
    "one fold: the people of folding.reserved are tested",
    _count_reserved,
    _fold_reserved,
    reads=("reserved", "validation", "people", "seed"),
)
"""How a study ends: its winner on people that were put aside before it began."""

OFFICIAL = Protocol(
    "official",
    "one fold: the people whom the publisher's own split tests",
    _count_official,
    _fold_official,
    reads=("reserved", "validation", "people", "seed"),
)
"""For figures beside those of others who followed the publisher's lists."""
