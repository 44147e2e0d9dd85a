"""The values of a hyperparameter that a sweep tries, and the axis they are drawn on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

from kodo.space import Choices, Linear, Log, Space, position_of, whole

Axis = Literal["linear", "log", "even"]
"""Of a picture; "even" puts each value one step beside the one before."""

WIDE = 4
"""Choices whose largest number is so many times the smallest are drawn on a logarithmic axis."""


def values_of(space: Space, default: Any, count: int) -> tuple[Any, ...]:
    """Values of a space: both ends and evenly between, or all choices; the default among them.

    The default takes the place of the nearest value between the ends; one outside the space is added.

    Args:
        space: where.
        default: of the hyperparameter.
        count: of values; choices are taken whole, and small spaces of whole numbers have fewer.

    Returns:
        numbers ascending, others as they are listed, a default that is not listed first.
    """
    if isinstance(space, Choices):
        values = list(space.values)
    else:
        steps = [step / (count - 1) for step in range(count)]
        values = [_between(space, step) for step in steps]
        here = position_of(space, default)
        if here is not None and default not in values and count > 2:
            nearest = min(range(1, count - 1), key=lambda step: abs(steps[step] - here))
            values[nearest] = default
    values = [value for place, value in enumerate(values) if value not in values[:place]]
    if default not in values:
        values.insert(0, default)
    return tuple(sorted(values)) if all(map(_number, values)) else tuple(values)


def axis_of(space: Space | None, values: Sequence[Any]) -> Axis:
    """The axis on which these values are read most easily.

    Args:
        space: from which they are.
        values: as tried.
    """
    if not all(map(_number, values)):
        return "even"
    above = min(values) > 0
    if isinstance(space, Log):
        return "log" if above else "even"
    return "log" if isinstance(space, Choices) and above and max(values) >= WIDE * min(values) else "linear"


def _between(space: Linear | Log, position: float) -> float:
    if position in (0, 1):
        return space.high if position else space.low
    if isinstance(space, Log):
        value = math.exp(math.log(space.low) + position * (math.log(space.high) - math.log(space.low)))
    else:
        value = space.low + position * (space.high - space.low)
    return math.floor(value + 0.5) if whole(space) else float(f"{value:.3g}")


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
