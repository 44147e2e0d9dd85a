"""Repeats: how much of the spread is the luck of the seed, how much is people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.errors import KodoError


@dataclass(frozen=True)
class Spread:
    """Where a score's spread comes from; standard deviations, None where there is one seed or person.

    Args:
        mean: over people of their means over seeds.
        seeds: how many.
        people: how many.
        over_seeds: of the mean over people, from seed to seed: what another seed alone would change.
        over_people: of the people's means over seeds: what another person would change.
        lowest: mean over people at the worst seed.
        highest: mean over people at the best seed.
    """

    mean: float
    seeds: int
    people: int
    over_seeds: float | None
    over_people: float | None
    lowest: float
    highest: float

    @property
    def sentence(self) -> str:
        """The line under a table."""
        if self.over_seeds is None:
            return "spread over seeds: not measured (one seed)"
        return f"spread over seeds: {self.over_seeds:.3f} ({self.seeds} seeds)"


def spread(scores: NDArray[np.float64]) -> Spread:
    """Spread over seeds, apart from the spread over people.

    Args:
        scores: (seed, person) of one model; people without windows are NaN at every seed.

    Raises:
        KodoError: nobody has a score, or a person has one at some seeds only.
    """
    absent = np.isnan(scores)
    if absent.all() or (absent.any(0) & ~absent.all(0)).any():
        raise KodoError("The spread over seeds needs the same people at every seed, at least one of them.")
    table = scores[:, ~absent.all(0)]
    by_seed, by_person = table.mean(1), table.mean(0)
    seeds, people = table.shape
    return Spread(
        mean=float(table.mean()),
        seeds=seeds,
        people=people,
        over_seeds=float(by_seed.std(ddof=1)) if seeds > 1 else None,
        over_people=float(by_person.std(ddof=1)) if people > 1 else None,
        lowest=float(by_seed.min()),
        highest=float(by_seed.max()),
    )
