"""Protocols that share people or raw samples between sides, each with the sentence that says so; and the
honest counterpart of the published one."""

from __future__ import annotations

from functools import partial

import numpy as np

from kodo.errors import KodoError
from kodo.evaluation.protocol import (
    Folding,
    Protocol,
    check,
    labelled_rows,
    numbered,
    shuffled,
    taking_part,
    validation_people,
)
from kodo.evaluation.split import LeakySplit, Rows, Split, shared_samples, split
from kodo.windows.cut import Windows

ARENA_FOLDS = 10
ARENA_VALIDATION = 0.2
ARENA_LEAK = (
    "Validation is a random 20 % of the windows of the training {many}, so it shares {many} and raw samples "
    "with training."
)
DEALT_LEAK = (
    "{Dealt} are dealt to the folds at random, so training holds other {dealt} of the {many} it is tested "
    "on{more}."
)


def _count_arena(windows: Windows, folding: Folding) -> int:
    people = len(taking_part(windows, folding))
    if people < 2:
        raise KodoError(
            f"arena needs at least 2 {windows.called[1]} with windows; {windows.dataset} has {people}."
        )
    return min(ARENA_FOLDS, people)


def _fold_arena(windows: Windows, number: int, folding: Folding) -> LeakySplit:
    count = numbered("arena", number, _count_arena(windows, folding))
    people = taking_part(windows, folding)
    # One stream for all folds: the earlier folds' draws are repeated to reach this one's.
    random = np.random.RandomState(0)
    for earlier in range(number + 1):
        tested = np.isin(np.arange(len(people)), range(earlier, len(people), count))
        drawn = random.permutation(labelled_rows(windows, people[~tested]))
    held = int(ARENA_VALIDATION * len(drawn))
    leak = ARENA_LEAK.format(many=windows.called[1])
    name = f"fold {number + 1} of {count}"
    # The guard of honest splits still holds for the test people.
    honest = split(windows, name, drawn[held:], np.zeros(0, np.int64), labelled_rows(windows, people[tested]))
    split(windows, name, drawn, np.zeros(0, np.int64), honest.test)
    return LeakySplit(name, np.sort(drawn[held:]), np.sort(drawn[:held]), honest.test, leak)


def _fold_arena_people(windows: Windows, number: int, folding: Folding) -> Split:
    check(folding)
    count = numbered("arena_people", number, _count_arena(windows, folding))
    people = taking_part(windows, folding)
    tested = np.isin(np.arange(len(people)), range(number, len(people), count))
    order = shuffled(people[~tested], folding.seed)
    if len(order) < 2:
        raise KodoError(
            f"arena_people needs at least 3 {windows.called[1]} with windows; {windows.dataset} has "
            f"{len(people)}."
        )
    held = validation_people(len(order), folding.validation)
    sides = (order[held:], order[:held], people[tested])
    return split(windows, f"fold {number + 1} of {count}", *(labelled_rows(windows, s) for s in sides))


def _count_dealt(windows: Windows, folding: Folding, dealt: str) -> int:
    check(folding)
    things = np.unique(_things(windows, labelled_rows(windows, taking_part(windows, folding)), dealt))
    one, many = windows.called
    if dealt == "recordings" and len(np.unique(windows.owner[things])) == len(things):
        raise KodoError(
            f"Every {one} of {windows.dataset} has one recording: a split over recordings is one over {many}."
        )
    if not 2 <= folding.folds <= len(things) or len(things) < 3:
        raise KodoError(
            f"random_{dealt} needs from 2 folds to as many as there are {dealt}, and 3 {dealt} at least; got "
            f"{folding.folds} folds of {len(things)} {dealt}."
        )
    return folding.folds


def _fold_dealt(windows: Windows, number: int, folding: Folding, dealt: str) -> LeakySplit:
    count = numbered(f"random_{dealt}", number, _count_dealt(windows, folding, dealt))
    rows = labelled_rows(windows, taking_part(windows, folding))
    thing = _things(windows, rows, dealt)
    sides = _sides(shuffled(np.unique(thing), folding.seed), count, number, folding)
    train, validation, test = (rows[np.isin(thing, side)] for side in sides)
    same = shared_samples(windows, train, test) > 0
    leak = DEALT_LEAK.format(
        dealt=dealt, Dealt=dealt.capitalize(), many=windows.called[1],
        more=", and raw samples of the tested windows" if same else "",
    )  # fmt: skip
    return LeakySplit(f"fold {number + 1} of {count}", train, validation, test, leak)


def _things(windows: Windows, rows: Rows, dealt: str) -> Rows:
    """(row,) what is dealt to folds: the windows themselves, or their recordings."""
    return windows.recording[rows].astype(np.int64) if dealt == "recordings" else rows


def _sides(order: Rows, count: int, number: int, folding: Folding) -> tuple[Rows, Rows, Rows]:
    """Training, validation and test of a fold, as `kfold` takes them from people in an order."""
    tested = np.array_split(np.arange(len(order)), count)[number]
    rest, held = _others(len(order), tested, folding)
    return order[rest[held:]], order[rest[:held]], order[tested]


def _others(length: int, tested: Rows, folding: Folding) -> tuple[Rows, int]:
    """Positions of an order that are not tested, the next ones first; how many of those validate."""
    rest = np.arange(tested[-1] + 1, tested[0] + length) % length
    return rest, validation_people(len(rest), folding.validation)


ARENA = Protocol(
    "arena",
    "WHAR Arena v1: up to 10 folds over people, validation on 20 % of windows (leaky)",
    _count_arena,
    _fold_arena,
    {
        "window": {"seconds": 3.0, "overlap": 0.5, "label": "pure", "end": "arena", "short": "drop"},
        "prepare": (("missing", {"policy": "zero"}), ("standardise", {"decimals": 6})),
    },
    reads=("reserved",),
)
"""Source: arXiv 2606.13194, its published code: round-robin test people, one random stream over all folds."""

ARENA_PEOPLE = Protocol(
    "arena_people",
    "folds and windows of arena, but people validate, so that nothing leaks",
    _count_arena,
    _fold_arena_people,
    ARENA.defaults,
    reads=("reserved", "validation", "seed"),
)
"""What validation by window is worth: the same test people, the epoch chosen by people instead."""

RANDOM_WINDOWS = Protocol(
    "random_windows",
    "windows dealt at random (leaky; of kodo audit)",
    partial(_count_dealt, dealt="windows"),
    partial(_fold_dealt, dealt="windows"),
    reads=("reserved", "folds", "validation", "seed"),
)
"""How much of published work divides; here only so that `kodo audit` can say what it is worth."""

RANDOM_RECORDINGS = Protocol(
    "random_recordings",
    "recordings dealt at random (leaky; of kodo audit)",
    partial(_count_dealt, dealt="recordings"),
    partial(_fold_dealt, dealt="recordings"),
    reads=("reserved", "folds", "validation", "seed"),
)
"""As `RANDOM_WINDOWS`, one step more honest: no recording is on two sides, people are."""
