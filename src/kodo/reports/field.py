"""The field of play: a row per model, a dot per person, mean and interval as a bar; legible at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kodo.experiments.summary import HEADLINE
from kodo.reports.results import Result, Results
from kodo.reports.sentences import with_interval

LEVELS = (0, -9, 9, -18, 18)
"""Heights of dots around the middle of a row (px), tried in this order."""
NARROW = 330
"""Width (px) at which no two dots of a row should overlap."""


@dataclass(frozen=True)
class Dot:
    """One person.

    Args:
        person: name.
        score: 0 to 1.
        height: px around the middle of the row.
    """

    person: str
    score: float
    height: int


@dataclass(frozen=True)
class Strip:
    """One model's row.

    Args:
        name: of the model.
        colour: the model's.
        estimate: the mean.
        low: of the interval; None where there is none.
        high: of the interval.
        dots: people.
        worst: the person with the lowest score; None with one person.
        says: the score in words.
    """

    name: str
    colour: str
    estimate: float
    low: float | None
    high: float | None
    dots: tuple[Dot, ...]
    worst: Dot | None
    says: str


def strips(results: Results) -> list[Strip]:
    """The rows of the field of play, best first.

    Args:
        results: of the models.
    """
    made = [_strip(model) for model in results.models]
    return sorted(made, key=lambda strip: -strip.estimate)


def field_data(results: Results) -> list[list[object]]:
    """The dots as a table, head first.

    Args:
        results: of the models.
    """
    rows: list[list[object]] = [["model", results.subjects[0], *HEADLINE]]
    for row in [*(model.row for model in results.models), results.majority]:
        for place, person in enumerate(row.people):
            rows.append([row.model, person, *(f"{row.scores[kind][place]:.4f}" for kind in HEADLINE)])
    return rows


def heights(scores: NDArray[np.float64], width: int = NARROW, apart: int = 9) -> list[int]:
    """Heights at which dots stand beside one another instead of on one another.

    Args:
        scores: (person,) 0 to 1.
        width: px of the whole axis.
        apart: px between the middles of two dots.
    """
    given: dict[int, int] = {}
    for person in np.argsort(scores, kind="stable"):
        near = {given[other] for other in given if abs(scores[other] - scores[person]) * width < apart}
        given[int(person)] = next((level for level in LEVELS if level not in near), 0)
    return [given[person] for person in range(len(scores))]


def _strip(model: Result) -> Strip:
    interval = model.row.intervals[HEADLINE[0]]
    dots = _dots(model.row.people, model.scores)
    return Strip(
        name=model.name,
        colour=model.colour,
        estimate=interval.estimate,
        low=interval.low,
        high=interval.high,
        dots=dots,
        worst=min(dots, key=lambda dot: dot.score) if len(dots) > 1 else None,
        says=with_interval(interval, *model.row.subjects),
    )


def _dots(people: Sequence[str], scores: NDArray[np.float64]) -> tuple[Dot, ...]:
    return tuple(
        Dot(person, float(score), height)
        for person, score, height in zip(people, scores, heights(scores), strict=True)
    )
