"""A space divided into parts: the values that can be listed, or stretches of equal length."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from kodo.space import Choices, Linear, Log, Space, position_of, value_at, whole

PARTS = 5
"""Stretches of a range; whole numbers up to as many are listed one by one."""


@dataclass(frozen=True)
class Division:
    """The parts of a space.

    Args:
        space: what is divided.
        values: those of each part where they are listed; empty for stretches.
        ends: lowest and highest value of each stretch; empty where values are listed.
    """

    space: Space
    values: tuple[Any, ...]
    ends: tuple[tuple[float, float], ...]

    def __len__(self) -> int:
        """How many parts there are."""
        return len(self.values) or len(self.ends)

    @property
    def ordered(self) -> bool:
        """Whether neighbouring parts are alike: not so for choices that are no numbers."""
        return not isinstance(self.space, Choices) or all(map(number, self.space.values))

    def place(self, value: Any) -> int | None:
        """The part that a value lies in.

        Args:
            value: of the hyperparameter.

        Returns:
            None for a value that the space does not hold.
        """
        position = position_of(self.space, value)
        if position is None:
            return None
        if self.values:
            return self.values.index(value)
        return next((i for i, (_, high) in enumerate(self.ends) if value <= high), len(self.ends) - 1)

    def says(self, first: int, last: int) -> str:
        """Parts that lie side by side in words: "1e-4 to 1e-3", "6 to 8", "256".

        Args:
            first: position of the first part.
            last: of the last one.
        """
        if self.values:
            return ", ".join(shown(value) for value in self.values[first : last + 1])
        low, high = self.ends[first][0], self.ends[last][1]
        return shown(low) if low == high else f"{shown(low)} to {shown(high)}"


def divided(space: Space, parts: int = PARTS) -> Division:
    """A space in parts.

    Args:
        space: of a hyperparameter.
        parts: stretches of a range; choices are never put together.
    """
    if isinstance(space, Choices):
        return Division(space, space.values, ())
    if whole(space):
        if space.high - space.low < parts:
            return Division(space, tuple(range(int(space.low), int(space.high) + 1)), ())
        return Division(space, (), _whole(space, parts))
    edges = [value_at(space, part / parts) for part in range(parts)] + [float(space.high)]
    return Division(space, (), tuple(pairwise(edges)))


def number(value: Any) -> bool:
    """Whether a value is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """A value as people read it: "1e-5", "0.2", "256", "0.9, 0.999"."""
    if isinstance(value, float) and math.isfinite(value):
        text = f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
        if 0 < abs(float(text)) < 0.01:
            text = f"{value:.1e}"
        mantissa, mark, exponent = text.partition("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}" if mark else text
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"({', '.join(f'{part:g}' if number(part) else str(part) for part in value)})"
    return str(value)


def spanned(space: Space) -> str:
    """A space as people read it: "1e-5 to 0.1, log", "64 | 128 | 256".

    Args:
        space: of a hyperparameter.
    """
    if isinstance(space, Choices):
        return " | ".join(map(shown, space.values))
    return f"{shown(space.low)} to {shown(space.high)}{', log' if isinstance(space, Log) else ''}"


def _whole(space: Linear | Log, parts: int) -> tuple[tuple[float, float], ...]:
    """Stretches of whole numbers; one that would hold none is left out."""
    low, high = float(space.low), float(space.high)
    logarithmic = isinstance(space, Log)
    ratio, step = high / low if logarithmic else 1.0, (high - low) / parts
    edges = [low * ratio ** (i / parts) if logarithmic else low + i * step for i in range(1, parts)]
    last = [*(math.floor(edge) for edge in edges), int(space.high)]
    first = [int(space.low), *(end + 1 for end in last[:-1])]
    return tuple((a, b) for a, b in zip(first, last, strict=True) if a <= b)
