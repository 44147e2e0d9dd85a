"""Where the search concentrated and where the score was high: the parts of each space that stand out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from kodo.evaluation.compare import holm
from kodo.tuning.answers.division import Division, divided, spanned

if TYPE_CHECKING:
    from kodo.tuning.study import Arm
    from kodo.tuning.trial import Trial

LEVEL = 0.05
"""A part stands out where fewer than this of all shufflings would fill it so much, by Holm over all parts."""

BEST = 0.1
"""Share of the trials whose score counts as high."""

FEWEST = 3
"""Of the best trials, at least; and of the guided points before anything is said of them."""


@dataclass(frozen=True)
class Where:
    """A part of a space that one group of points prefers.

    Args:
        says: its values in words.
        inside: points of the group in it.
        points: of the group.
        share: of the group in it.
        rest: share of the other points in it.
        p: of the exact test that the group fills it no more than the others do, by Holm over all parts.
    """

    says: str
    inside: int
    points: int
    share: float
    rest: float
    p: float

    @property
    def chance(self) -> bool:
        """Whether that much may be chance."""
        return self.p >= LEVEL


@dataclass(frozen=True)
class Concentration:
    """One hyperparameter: the source's row.

    Args:
        key: of the hyperparameter.
        space: its range in words.
        searched: where the guided points went, against the quasi-random ones; empty where there are too few.
        high: where the best tenth of all trials lies, against the rest, pruned and failed ones included.
        best: the value of the best trial; None where it meant nothing there.
    """

    key: str
    space: str
    searched: tuple[Where, ...]
    high: tuple[Where, ...]
    best: Any


def concentrations(arm: Arm, trials: Sequence[Trial]) -> tuple[Concentration, ...]:
    """The source's table: per hyperparameter, where the search went and where the score was high.

    Args:
        arm: what was searched.
        trials: of the arm, one complete at least.

    Source: Nakagawa, HumanActivityRecognitionImplement-Transformer3.
    """
    top = best_tenth(trials)
    best = top[0]
    chosen = {trial.number for trial in top}
    rest = [trial for trial in trials if trial.number not in chosen]
    guided = [trial for trial in trials if trial.phase == "exploit"]
    random = [trial for trial in trials if trial.phase == "explore"]
    made = []
    for one in arm.searched:
        if one.space is None:
            continue
        parts = divided(one.space)
        made.append(
            Concentration(
                key=one.key,
                space=spanned(one.space),
                searched=where(parts, counts(parts, one.key, guided), counts(parts, one.key, random)),
                high=where(parts, counts(parts, one.key, top), counts(parts, one.key, rest)),
                best=best.point.get(one.key),
            )
        )
    return tuple(made)


def best_tenth(trials: Sequence[Trial]) -> list[Trial]:
    """The best trials, best first: a tenth of all, `FEWEST` at least where so many are complete.

    Args:
        trials: in any state.
    """
    complete = [trial for trial in trials if trial.outcome.state == "complete"]
    ranked = sorted(complete, key=lambda trial: (-trial.outcome.score, trial.number))
    return ranked[: max(FEWEST, math.ceil(BEST * len(trials)))]


def counts(parts: Division, key: str, trials: Sequence[Trial]) -> NDArray[np.int64]:
    """How many trials lie in each part.

    Args:
        parts: of the hyperparameter's space.
        key: of the hyperparameter.
        trials: those in which it meant nothing are left out.

    Returns:
        (part,) trials.
    """
    places = [parts.place(trial.point[key]) for trial in trials if key in trial.point]
    return np.bincount([place for place in places if place is not None], minlength=len(parts))


def where(parts: Division, group: NDArray[np.int64], others: NDArray[np.int64]) -> tuple[Where, ...]:
    """The parts that a group fills more than others do, neighbours taken together.

    Args:
        parts: of a space.
        group: (part,) points of the group.
        others: (part,) points of the others.

    Returns:
        those beyond chance; without any, the one that is nearest to it; empty with fewer than `FEWEST`
        points on either side.
    """
    size, rest = int(group.sum()), int(others.sum())
    if min(size, rest) < FEWEST or len(parts) < 2:
        return ()
    tested = holm(
        [float(hypergeom.sf(a - 1, size + rest, a + b, size)) for a, b in zip(group, others, strict=True)]
    )
    out = [part for part, p in enumerate(tested) if p < LEVEL]
    if not out:
        lift = group / size - others / rest
        out = [min(range(len(tested)), key=lambda part: (tested[part], -lift[part]))]
    made = []
    for first, last in _runs(out, parts.ordered):
        inside = slice(first, last + 1)
        a, b = int(group[inside].sum()), int(others[inside].sum())
        made.append(Where(parts.says(first, last), a, size, a / size, b / rest, max(tested[inside])))
    return tuple(sorted(made, key=lambda found: -found.share))


def _runs(places: Sequence[int], together: bool) -> Iterator[tuple[int, int]]:
    """First and last of each row of neighbours."""
    start = 0
    for i, place in enumerate(places):
        if i + 1 == len(places) or not together or places[i + 1] != place + 1:
            yield places[start], place
            start = i + 1
