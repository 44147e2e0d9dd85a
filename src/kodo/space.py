"""What a setting may be and where a search may look for it, declared beside its default."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from numbers import Real
from typing import Any, Literal, get_args, get_origin, get_type_hints

from kodo.errors import KodoError


@dataclass(frozen=True)
class Linear:
    """All values from `low` to `high`, evenly; whole numbers when both ends are whole numbers."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


@dataclass(frozen=True)
class Log:
    """All values from `low` to `high`, evenly in the logarithm; whole numbers when both ends are."""

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}, log"


@dataclass(frozen=True)
class Choices:
    """One of the listed values."""

    values: tuple[Any, ...]

    def __str__(self) -> str:
        return " | ".join(map(str, self.values))


Space = Linear | Log | Choices


@dataclass(frozen=True)
class Range:
    """The numbers that a setting may be; NaN and the infinities are never among them.

    Args:
        least: the smallest.
        above: every number is larger.
        most: the largest.
        below: every number is smaller.
    """

    least: float = -math.inf
    above: float = -math.inf
    most: float = math.inf
    below: float = math.inf

    def __contains__(self, value: Any) -> bool:
        if not isinstance(value, Real):
            return False
        number: Any = value
        return bool(self.least <= number <= self.most and self.above < number < self.below)

    def __str__(self) -> str:
        ends = {"at least": self.least, "above": self.above, "at most": self.most, "below": self.below}
        said = [f"{word} {end:g}" for word, end in ends.items() if math.isfinite(end)]
        return " and ".join(said) or "a finite number"


COUNT = Range(least=1)
"""What a whole number may be where nothing else is declared."""

NOT_NEGATIVE = Range(least=0)
"""What has no smaller value than none."""

SHARE = Range(least=0, below=1)
"""What may be left out of a whole."""

PART = Range(least=0, most=1)
"""A part of a whole, nothing and everything included."""

When = Mapping[str, tuple[Any, ...]]
"""Under which values of the settings beside it a hyperparameter means anything: {"form": ("cosine",)}."""


def setting(
    default: Any,
    says: str,
    space: Space | None = None,
    when: When | None = None,
    allowed: Range | None = None,
) -> Any:
    """A dataclass field with its default, one line of meaning, and where a search may look.

    Args:
        default: the value when the user says nothing (a tuple or scalar, never a list).
        says: the meaning and unit in one line; shown by the command line and in the docs.
        space: where `kodo tune` may search; None means that it is not searched.
        when: it is searched only where the settings beside it, in the same dataclass, have these values.
        allowed: the numbers that it may be; None = as `limits` says.
    """
    return field(
        default=default, metadata={"says": says, "space": space, "when": when or {}, "allowed": allowed}
    )


def spaces(settings: type) -> dict[str, Space]:
    """The search space of every field of a settings dataclass that declares one."""
    return {f.name: f.metadata["space"] for f in fields(settings) if f.metadata.get("space") is not None}


def conditions(settings: type) -> dict[str, When]:
    """Under which values of its neighbours a field of a settings dataclass means anything; {} = always."""
    return {f.name: f.metadata.get("when", {}) for f in fields(settings)}


def limits(settings: type) -> dict[str, Range | Choices]:
    """What the settings of a dataclass may be, by name.

    Args:
        settings: a dataclass. Of a `Literal` it is its values, of a number what its `setting` allows; where
            that says nothing, a whole number is at least 1 and any other finite. The rest may be anything.
    """
    hints = get_type_hints(settings)
    found: dict[str, Range | Choices] = {}
    for f in fields(settings):
        hint, declared = hints[f.name], f.metadata.get("allowed")
        if declared is not None:
            found[f.name] = declared
        elif get_origin(hint) is Literal:
            found[f.name] = Choices(get_args(hint))
        elif hint in (int, float):
            found[f.name] = COUNT if hint is int else Range()
    return found


def faults(settings: Any) -> list[str]:
    """What is not as it may be, setting by setting: "width is at least 1; got 0".

    Args:
        settings: an instance of a dataclass.
    """
    found = []
    for name, allowed in limits(type(settings)).items():
        value = getattr(settings, name)
        if isinstance(allowed, Range) and value not in allowed:
            wanted = Range() if isinstance(value, float) and not math.isfinite(value) else allowed
            found.append(f"{name} is {wanted}; got {value!r}")
        if isinstance(allowed, Choices) and value not in allowed.values:
            found.append(f"{name} is one of {allowed}; got {value!r}")
    return found


def check_settings(settings: Any, called: str) -> None:
    """Refuse settings that are not as they may be.

    Args:
        settings: an instance of a dataclass.
        called: what the user calls them ("train.schedule").

    Raises:
        KodoError: a number out of its range, or a word that means nothing; every fault is named.
    """
    if found := faults(settings):
        raise KodoError(" ".join(f"{called}.{fault}." for fault in found))


def meanings(settings: type) -> dict[str, tuple[Any, str]]:
    """Default and one-line meaning of every field of a settings dataclass."""
    return {
        f.name: (None if f.default is MISSING else f.default, str(f.metadata.get("says", "")))
        for f in fields(settings)
    }


def whole(space: Linear | Log) -> bool:
    """Whether only whole numbers are meant: both ends are."""
    return isinstance(space.low, int) and isinstance(space.high, int)


def value_at(space: Space, position: float) -> Any:
    """The value at a position of a space.

    Args:
        space: where.
        position: from 0 (the low end, or the first choice) to below 1.

    Returns:
        a value inside the space; equal shares of positions give each choice and each whole number of a
        `Linear` (of a `Log`, shares by the logarithm).
    """
    if isinstance(space, Choices):
        return space.values[min(int(position * len(space.values)), len(space.values) - 1)]
    low, high = float(space.low), float(space.high)
    if whole(space):
        # Half a unit on either side, so that the two ends get their share.
        low, high = low - 0.5, high + 0.5
    if isinstance(space, Log):
        value = math.exp(math.log(low) + position * (math.log(high) - math.log(low)))
    else:
        value = low + position * (high - low)
    value = min(max(value, float(space.low)), float(space.high))
    return min(max(math.floor(value + 0.5), int(space.low)), int(space.high)) if whole(space) else value


def position_of(space: Space, value: Any) -> float | None:
    """Where a value lies in a space, 0 at the low end and 1 at the high end.

    Args:
        space: where.
        value: of the hyperparameter.

    Returns:
        None for a value that the space does not hold.
    """
    if isinstance(space, Choices):
        if value not in space.values:
            return None
        return space.values.index(value) / max(len(space.values) - 1, 1)
    if isinstance(value, bool) or not isinstance(value, int | float) or not space.low <= value <= space.high:
        return None
    if space.low == space.high:
        return 0.0
    if isinstance(space, Log):
        return (math.log(value) - math.log(space.low)) / (math.log(space.high) - math.log(space.low))
    return (value - space.low) / (space.high - space.low)
