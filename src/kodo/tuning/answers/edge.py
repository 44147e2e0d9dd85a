"""Whether the best point lies near the edge of its range, and the range to try next."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from kodo.space import Choices, Linear, Log, Space, position_of, whole
from kodo.tuning.answers.concentration import best_tenth
from kodo.tuning.answers.division import number

if TYPE_CHECKING:
    from kodo.tuning.hyperparameters import Hyperparameter
    from kodo.tuning.study import Arm
    from kodo.tuning.trial import Trial

OUTER = 0.1
"""A best value within this share of its range from an end is near the edge."""

NARROW = 0.5
"""Where the best tenth lies within less than this share of the range, the range to try next is narrower."""

Side = Literal["low", "high", ""]


@dataclass(frozen=True)
class Edge:
    """One hyperparameter at the best point.

    Args:
        key: of the hyperparameter.
        value: of the best trial.
        position: of the value in its range, 0 to 1.
        side: the end that it lies near to, or "".
        next: what to search next, as it is typed ("train.rate=1e-4..1e-2"); "" = the same again.
    """

    key: str
    value: Any
    position: float
    side: Side
    next: str


def edges(arm: Arm, trials: Sequence[Trial]) -> tuple[Edge, ...]:
    """Every hyperparameter that has an order, at the best point of an arm.

    Args:
        arm: what was searched.
        trials: of the arm, one complete at least.
    """
    top = best_tenth(trials)
    made = []
    for one in arm.searched:
        space, value = one.space, top[0].point.get(one.key)
        if space is None or value is None or not _in_order(space):
            continue
        position = position_of(space, value)
        if position is not None:
            made.append(_edge(one, space, value, position, top))
    return tuple(made)


def _edge(one: Hyperparameter, space: Space, value: Any, position: float, top: Sequence[Trial]) -> Edge:
    side: Side = "low" if position <= OUTER else "high" if position >= 1 - OUTER else ""
    if isinstance(space, Choices):
        typed = _more(space.values, side) if side else ""
    elif side:
        typed = _around(space, position)
    else:
        typed = _closer(space, [trial.point[one.key] for trial in top if one.key in trial.point])
    return Edge(one.key, value, position, side, f"{one.key}={typed}" if typed else "")


def _in_order(space: Space) -> bool:
    values = space.values if isinstance(space, Choices) else (0, 1)
    rising = all(map(number, values)) and list(values) == sorted(values)
    return rising and len(values) > 1


def _around(space: Linear | Log, position: float) -> str:
    """As wide as before, with the best value in the middle; what began at 0 does not go below it."""
    return _typed(space, position - 0.5, position + 0.5)


def _closer(space: Linear | Log, values: Sequence[Any]) -> str:
    """What holds the best tenth with a tenth of the range on either side; "" where that is most of it."""
    places = [place for value in values if (place := position_of(space, value)) is not None]
    low, high = max(min(places) - OUTER, 0.0), min(max(places) + OUTER, 1.0)
    return _typed(space, low, high) if high - low < NARROW else ""


def _typed(space: Linear | Log, first: float, last: float) -> str:
    """A range between two positions, as it is typed; positions may lie outside of 0 to 1."""
    low, high = float(space.low), float(space.high)
    if isinstance(space, Log):
        ends = [low * (high / low) ** place for place in (first, last)]
    else:
        ends = [low + place * (high - low) for place in (first, last)]
        if low >= 0:
            ends[0] = max(ends[0], 0.0)
    if not whole(space):
        return f"{ends[0]:.2g}..{ends[1]:.2g}"
    smallest = 1 if isinstance(space, Log) or space.low > 0 else math.floor(ends[0])
    return f"{max(math.floor(ends[0] + 0.5), smallest)}..{math.floor(ends[1] + 0.5)}"


def _more(values: Sequence[Any], side: Side) -> str:
    """The last two choices and one beyond, by the same ratio, or by the same step where there is none."""
    near, end = (values[1], values[0]) if side == "low" else (values[-2], values[-1])
    beyond = end * end / near if near and end and near * end > 0 else 2 * end - near
    if isinstance(end, int) and isinstance(near, int):
        beyond = int(beyond + 0.5) if beyond > 0 else 2 * end - near
    if beyond in (near, end) or (end >= 0 and beyond < 0):
        return ""
    return ",".join(f"{value:g}" for value in sorted((near, end, beyond)))
