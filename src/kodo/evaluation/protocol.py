"""Protocols: who is tested when, who chooses, who is learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import UNLABELLED
from kodo.errors import KodoError, near
from kodo.evaluation.split import LeakySplit, Rows, Split, shared_samples, split
from kodo.registry import Registry
from kodo.space import setting
from kodo.windows.cut import Windows

People = NDArray[np.int64]

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


@dataclass(frozen=True)
class Folding:
    """Settings of a protocol; each protocol says which of them it reads."""

    folds: int = setting(5, "folds over people")
    validation: float = setting(0.2, "validation people, as a part of those who are not tested")
    seed: int = setting(0, "of the order in which people are dealt to folds")
    reserved: tuple[str, ...] = setting(
        (), "people who take no part in any fold; the protocol reserved tests them and nobody else"
    )
    people: int = setting(
        0, "people to learn from in each fold, drawn by the seed, fewer always among more; 0 = all there are"
    )


@dataclass(frozen=True)
class Protocol:
    """An entry of the protocol registry.

    Args:
        name: as typed on the command line.
        says: one line.
        count: `count(windows, folding)` is the number of folds.
        fold: `fold(windows, number, folding)` gives the fold of that number, counted from 0.
        defaults: experiment settings that belong to the protocol, by section ("window", "prepare").
    """

    name: str
    says: str
    count: Callable[[Windows, Folding], int]
    fold: Callable[[Windows, int, Folding], Split | LeakySplit]
    defaults: Mapping[str, Any] = field(default_factory=dict)


def people_of(windows: Windows) -> People:
    """(person,) positions in `windows.subjects` of everybody with a labelled window, in counting order."""
    return np.unique(windows.subject[windows.label != UNLABELLED]).astype(np.int64)


def taking_part(windows: Windows, folding: Folding) -> People:
    """(person,) positions in `windows.subjects` of everybody with a labelled window who is not reserved.

    Args:
        windows: what is divided.
        folding: reads `reserved`.

    Raises:
        KodoError: somebody is reserved whom the data do not hold.
    """
    for name in folding.reserved:
        if name not in windows.subjects:
            raise KodoError(
                f"{windows.dataset} has no {windows.called[0]} {name} to reserve. "
                f"{near(name, windows.subjects)}"
            )
    codes = [windows.subjects.index(name) for name in folding.reserved]
    return np.setdiff1d(people_of(windows), np.array(codes, np.int64))


def everybody(windows: Windows, folding: Folding) -> Split:
    """A split that tests nobody: all people are learned from, but those who choose the epoch.

    Args:
        windows: what the rows are positions of.
        folding: reads `validation` and `seed`; below 4 people nobody is held out.

    Raises:
        KodoError: no window is labelled, or a setting is out of range.
    """
    _check(folding)
    order = _shuffled(people_of(windows), folding.seed)
    held = 0 if len(order) < 4 else _validation_people(len(order), folding.validation)
    return split(
        windows,
        "everybody",
        _rows(windows, order[held:]),
        _rows(windows, order[:held]),
        np.zeros(0, np.int64),
    )


def missing_activities(windows: Windows, division: Split | LeakySplit) -> list[str]:
    """Activities that labelled windows have, but none of the windows to learn from.

    Args:
        windows: what the rows are positions of.
        division: one fold.
    """
    somewhere = np.unique(windows.label[windows.label != UNLABELLED])
    lost = np.setdiff1d(somewhere, windows.label[division.train])
    return [windows.activities[code] for code in lost]


def _count_kfold(windows: Windows, folding: Folding) -> int:
    _check(folding)
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
    count = _numbered("kfold", number, _count_kfold(windows, folding))
    order = _shuffled(taking_part(windows, folding), folding.seed)
    chunks = np.array_split(np.arange(len(order)), count)
    return _held_out(windows, f"fold {number + 1} of {count}", order, chunks[number], folding)


def _count_loso(windows: Windows, folding: Folding) -> int:
    _check(folding)
    return len(_enough(windows, folding))


def _fold_loso(windows: Windows, number: int, folding: Folding) -> Split:
    count = _numbered("loso", number, _count_loso(windows, folding))
    order = taking_part(windows, folding)
    name = f"fold {number + 1} of {count}, {windows.called[0]} {windows.subjects[order[number]]}"
    return _held_out(windows, name, order, np.array([number]), folding)


def _count_arena(windows: Windows, folding: Folding) -> int:
    people = len(taking_part(windows, folding))
    if people < 2:
        raise KodoError(
            f"arena needs at least 2 {windows.called[1]} with windows; {windows.dataset} has {people}."
        )
    return min(ARENA_FOLDS, people)


def _fold_arena(windows: Windows, number: int, folding: Folding) -> LeakySplit:
    count = _numbered("arena", number, _count_arena(windows, folding))
    people = taking_part(windows, folding)
    # One stream for all folds: the earlier folds' draws are repeated to reach this one's.
    random = np.random.RandomState(0)
    for earlier in range(number + 1):
        tested = np.isin(np.arange(len(people)), range(earlier, len(people), count))
        drawn = random.permutation(_rows(windows, people[~tested]))
    held = int(ARENA_VALIDATION * len(drawn))
    leak = ARENA_LEAK.format(many=windows.called[1])
    name = f"fold {number + 1} of {count}"
    # The guard of honest splits still holds for the test people.
    honest = split(windows, name, drawn[held:], np.zeros(0, np.int64), _rows(windows, people[tested]))
    split(windows, name, drawn, np.zeros(0, np.int64), honest.test)
    return LeakySplit(name, np.sort(drawn[held:]), np.sort(drawn[:held]), honest.test, leak)


def _count_reserved(windows: Windows, folding: Folding) -> int:
    _check(folding)
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
    _numbered("reserved", number, _count_reserved(windows, folding))
    order = _shuffled(taking_part(windows, folding), folding.seed)
    held = _validation_people(len(order), folding.validation)
    tested = np.array([windows.subjects.index(name) for name in folding.reserved], np.int64)
    sides = (_learned_from(windows, order[held:], folding, 0), order[:held], tested)
    return split(windows, "reserved people", *(_rows(windows, people) for people in sides))


def _count_dealt(windows: Windows, folding: Folding, dealt: str) -> int:
    _check(folding)
    things = np.unique(_things(windows, _rows(windows, taking_part(windows, folding)), dealt))
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
    count = _numbered(f"random_{dealt}", number, _count_dealt(windows, folding, dealt))
    rows = _rows(windows, taking_part(windows, folding))
    thing = _things(windows, rows, dealt)
    sides = _sides(_shuffled(np.unique(thing), folding.seed), count, number, folding)
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
    return rest, _validation_people(len(rest), folding.validation)


def _held_out(windows: Windows, name: str, order: People, tested: Rows, folding: Folding) -> Split:
    """Test the people at these neighbouring positions of the order; the next ones, round the end, choose."""
    rest = np.arange(tested[-1] + 1, tested[0] + len(order)) % len(order)
    held = _validation_people(len(rest), folding.validation)
    learned = _learned_from(windows, order[rest[held:]], folding, int(tested[0]))
    sides = (learned, order[rest[:held]], order[tested])
    return split(windows, name, *(_rows(windows, people) for people in sides))


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


def _validation_people(people: int, part: float) -> int:
    return min(people - 1, max(1, round(part * people)))


def _rows(windows: Windows, people: People) -> Rows:
    """The labelled windows of these people, ascending."""
    return np.flatnonzero(np.isin(windows.subject, people) & (windows.label != UNLABELLED))


def _shuffled(people: People, seed: int) -> People:
    # RandomState, because numpy promises that its numbers never change between versions.
    return np.random.RandomState(seed).permutation(people)


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


def _check(folding: Folding) -> None:
    if not 0 <= folding.validation < 1:
        raise KodoError(f"validation is a part from 0 to below 1; got {folding.validation:g}.")
    if folding.people < 0:
        raise KodoError(f"folding.people is 0 (all there are) or more; got {folding.people}.")
    if not 0 <= folding.seed < 2**32:
        raise KodoError(f"The seed of the folds is a whole number from 0 to 2^32 - 1; got {folding.seed}.")


def _numbered(protocol: str, number: int, count: int) -> int:
    if not 0 <= number < count:
        raise KodoError(f"{protocol} has the folds 0 to {count - 1} here; got {number}.")
    return count


KFOLD = Protocol(
    "kfold",
    "folds over people, shuffled by the seed; reads folds, validation, people, seed",
    _count_kfold,
    _fold_kfold,
)
"""Source: grouped k-fold cross-validation; validation people are those after the test people in the order."""

LOSO = Protocol(
    "loso", "one fold per person, in counting order; reads validation, people", _count_loso, _fold_loso
)
"""Source: leave-one-subject-out; the people after the tested one in counting order validate."""

ARENA = Protocol(
    "arena",
    "WHAR Arena v1: up to 10 folds over people, validation on 20 % of windows (leaky); reads no setting",
    _count_arena,
    _fold_arena,
    {
        "window": {"seconds": 3.0, "overlap": 0.5, "label": "pure", "end": "arena", "short": "drop"},
        "prepare": (("missing", {"policy": "zero"}), ("standardise", {"decimals": 6})),
    },
)
"""Source: arXiv 2606.13194, its published code: round-robin test people, one random stream over all folds."""

RESERVED = Protocol(
    "reserved",
    "one fold: the people of folding.reserved are tested; reads reserved, validation, people, seed",
    _count_reserved,
    _fold_reserved,
)
"""How a study ends: its winner on people that were put aside before it began."""

RANDOM_WINDOWS = Protocol(
    "random_windows",
    "windows dealt at random (leaky; of kodo audit); reads folds, validation, seed",
    partial(_count_dealt, dealt="windows"),
    partial(_fold_dealt, dealt="windows"),
)
"""How much of published work divides; here only so that `kodo audit` can say what it is worth."""

RANDOM_RECORDINGS = Protocol(
    "random_recordings",
    "recordings dealt at random (leaky; of kodo audit); reads folds, validation, seed",
    partial(_count_dealt, dealt="recordings"),
    partial(_fold_dealt, dealt="recordings"),
)
"""As `RANDOM_WINDOWS`, one step more honest: no recording is on two sides, people are."""

PROTOCOLS: Registry[Protocol] = Registry(
    "protocol",
    (
        ("kfold", "kodo.evaluation.protocol:KFOLD"),
        ("loso", "kodo.evaluation.protocol:LOSO"),
        ("arena", "kodo.evaluation.protocol:ARENA"),
        ("reserved", "kodo.evaluation.protocol:RESERVED"),
        ("random_windows", "kodo.evaluation.protocol:RANDOM_WINDOWS"),
        ("random_recordings", "kodo.evaluation.protocol:RANDOM_RECORDINGS"),
    ),
    group="kodo.protocols",
)

DEFAULT_PROTOCOL = "kfold"
"""What `kodo run` follows when none is named."""
