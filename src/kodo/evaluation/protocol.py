"""Protocols: who is tested when, who chooses, who is learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kodo.datasets.recording import UNLABELLED
from kodo.errors import KodoError, near
from kodo.evaluation.split import LeakySplit, Rows, Split, split
from kodo.registry import Registry
from kodo.space import setting
from kodo.windows.cut import Windows

People = NDArray[np.int64]


@dataclass(frozen=True)
class Folding:
    """Settings of a protocol; each protocol says which of them it reads."""

    folds: int = setting(5, "folds over people")
    validation: float = setting(
        0.2, "validation people, as a part of those who are not tested; 0 = nobody, the last epoch is kept"
    )
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
        reads: the settings of `Folding` that decide its folds; all of them where it does not say.
    """

    name: str
    says: str
    count: Callable[[Windows, Folding], int]
    fold: Callable[[Windows, int, Folding], Split | LeakySplit]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    reads: tuple[str, ...] = tuple(one.name for one in fields(Folding))


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
    check(folding)
    order = shuffled(people_of(windows), folding.seed)
    held = 0 if len(order) < 4 else validation_people(len(order), folding.validation)
    return split(
        windows,
        "everybody",
        labelled_rows(windows, order[held:]),
        labelled_rows(windows, order[:held]),
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


def labelled_rows(windows: Windows, people: People) -> Rows:
    """The labelled windows of these people, ascending.

    Args:
        windows: what the rows are positions of.
        people: (person,) positions in `windows.subjects`.
    """
    return np.flatnonzero(np.isin(windows.subject, people) & (windows.label != UNLABELLED))


def shuffled(people: People, seed: int) -> People:
    """An order that is the same wherever it is asked for.

    Args:
        people: (person,) positions, or whatever else is dealt to folds.
        seed: of the order.
    """
    # RandomState, because numpy promises that its numbers never change between versions.
    return np.random.RandomState(seed).permutation(people)


def validation_people(people: int, part: float) -> int:
    """How many of those who are not tested choose: nobody, or at least one and not all.

    Args:
        people: who are not tested.
        part: of them, from 0 to below 1; 0 = nobody, all are learned from.
    """
    return min(people - 1, max(1, round(part * people))) if part else 0


def check(folding: Folding) -> None:
    """Refuse settings that no protocol can follow.

    Args:
        folding: settings.

    Raises:
        KodoError: one of them is out of range.
    """
    if not 0 <= folding.validation < 1:
        raise KodoError(f"validation is a part from 0 to below 1; got {folding.validation:g}.")
    if folding.people < 0:
        raise KodoError(f"folding.people is 0 (all there are) or more; got {folding.people}.")
    if not 0 <= folding.seed < 2**32:
        raise KodoError(f"The seed of the folds is a whole number from 0 to 2^32 - 1; got {folding.seed}.")


def numbered(protocol: str, number: int, count: int) -> int:
    """The number of folds, after a look at whether this fold is among them.

    Args:
        protocol: its name.
        number: of the fold, counted from 0.
        count: folds that there are.

    Raises:
        KodoError: there is no such fold.
    """
    if not 0 <= number < count:
        raise KodoError(f"{protocol} has the folds 0 to {count - 1} here; got {number}.")
    return count


PROTOCOLS: Registry[Protocol] = Registry(
    "protocol",
    (
        ("kfold", "kodo.evaluation.protocols.people:KFOLD"),
        ("loso", "kodo.evaluation.protocols.people:LOSO"),
        ("official", "kodo.evaluation.protocols.people:OFFICIAL"),
        ("arena", "kodo.evaluation.protocols.leaky:ARENA"),
        ("arena_people", "kodo.evaluation.protocols.leaky:ARENA_PEOPLE"),
        ("reserved", "kodo.evaluation.protocols.people:RESERVED"),
        ("random_windows", "kodo.evaluation.protocols.leaky:RANDOM_WINDOWS"),
        ("random_recordings", "kodo.evaluation.protocols.leaky:RANDOM_RECORDINGS"),
    ),
    group="kodo.protocols",
)

DEFAULT_PROTOCOL = "kfold"
"""What `kodo run` follows when none is named."""
