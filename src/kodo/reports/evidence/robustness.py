"""The page of a run's robustness: what altered recordings cost its models, over people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kodo.experiments.evidence.robustness.results import FOLDER, Cost, Costs
from kodo.experiments.summary import Run
from kodo.files import write_text
from kodo.reports.field import Dot, heights
from kodo.reports.page import cell, colours, counted, place, render

PAGE = "report.html"


@dataclass(frozen=True)
class Strip:
    """One alteration's row: a dot per person on an axis of differences.

    Args:
        cost: of the alteration.
        mean: place of the mean, 0 to 1 along the axis.
        low: of its interval; None where there is none.
        high: of its interval.
        dots: people, their places in `score`.
        people: what each dot says.
    """

    cost: Cost
    mean: float
    low: float | None
    high: float | None
    dots: tuple[Dot, ...]
    people: tuple[str, ...]


@dataclass(frozen=True)
class Field:
    """One model's picture.

    Args:
        tested: the model.
        colour: the model's.
        strips: a row for each alteration, the most expensive first.
        answer: in a sentence.
    """

    tested: Costs
    colour: str
    strips: tuple[Strip, ...]
    answer: str


@dataclass(frozen=True)
class Axis:
    """The one axis of differences of a page.

    Args:
        low: its left end.
        high: its right end.
    """

    low: float
    high: float

    def at(self, difference: float) -> float:
        """Where a difference lies, 0 to 1.

        Args:
            difference: altered minus unaltered.
        """
        return (difference - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[float]:
        """Tenths, or fifths where there are many."""
        step = 0.1 if self.high - self.low < 0.65 else 0.2
        first, last = np.ceil(self.low / step), np.floor(self.high / step)
        return [float(round(step * number, 1)) for number in range(int(first), int(last) + 1)]


def write_page(run: Run, found: Sequence[Costs]) -> Path:
    """Write the page into the run's folder `robustness`: one HTML file with everything inside.

    Args:
        run: the run.
        found: its models.

    Returns:
        where the page lies.

    Raises:
        KodoError: the page cannot be written.
    """
    path = run.folder / FOLDER / PAGE
    write_text(path, compose(run, found))
    return path


def compose(run: Run, found: Sequence[Costs]) -> str:
    """The page as text; the same folder gives the same bytes.

    Args:
        run: the run.
        found: its models.
    """
    axis = axis_of(found)
    given = colours(list(run.experiment["models"]))
    fields = [
        Field(tested, given[tested.model], tuple(_strips(tested, axis)), answer(tested)) for tested in found
    ]
    return render(
        "evidence/robustness.html.jinja",
        run=run,
        one=run.subjects[0],
        many=run.subjects[1],
        fields=fields,
        axis=axis,
        first=max(found, key=lambda tested: tested.interval.estimate),
        answer=answer,
        held=held,
        place=place(run.folder),
        leak=found[0].leak,
        costs=list(cost_data(found)),
        scores=list(score_data(run, found)),
    )


def answer(tested: Costs) -> str:
    """What costs a model most, in one sentence.

    Args:
        tested: the model.
    """
    worst = min(tested.costs, key=lambda cost: cost.comparison.difference)
    lost = sum(cost.comparison.outcome == "worse" for cost in tested.costs)
    many = counted(len(tested.unaltered.people), *worst.comparison.subjects)
    if worst.comparison.difference >= 0:
        return f"None of {len(tested.costs)} alterations lowers the macro-F1 of `{tested.model}` over {many}."
    return (
        f"{worst.name.capitalize()} costs `{tested.model}` most: macro-F1 {worst.interval.estimate:.2f} "
        f"instead of {tested.interval.estimate:.2f}, {worst.comparison.sentence}; {lost} of "
        f"{len(tested.costs)} alterations make it worse."
    )


def held(tested: Costs) -> str:
    """Whether the fits done again are those of the run.

    Args:
        tested: the model.
    """
    fits = counted(tested.fits, "fit")
    if tested.furthest == 0:
        return f"`{tested.model}`: {fits} done again gave the very predictions that the run holds."
    return (
        f"`{tested.model}`: {fits} done again gave probabilities up to {tested.furthest:.2g} away from those "
        "that the run holds (another machine, library or number of threads); all rows here are of the fits "
        "done again."
    )


def axis_of(found: Sequence[Costs]) -> Axis:
    """The axis that holds every person and interval of a page, and 0.

    Args:
        found: the models.
    """
    ends = [0.0]
    for tested in found:
        for cost in tested.costs:
            interval = cost.comparison.interval
            ends += [
                *tested.differences(cost).tolist(),
                *(e for e in (interval.low, interval.high) if e is not None),
            ]
    room = 0.02 + 0.02 * (max(ends) - min(ends))
    return Axis(min(ends) - room, max(ends) + room)


def cost_data(found: Sequence[Costs]) -> Iterator[list[object]]:
    """One line per model and alteration, head first.

    Args:
        found: the models.
    """
    yield ["model", "alteration", "macro_f1", "difference", "low", "high", "p", "p_holm", "outcome"]
    for tested in found:
        yield [tested.model, "unaltered", f"{tested.interval.estimate:.6f}", *[""] * 6]
        for cost in tested.costs:
            one = cost.comparison
            numbers = [cost.interval.estimate, one.difference, one.interval.low, one.interval.high, one.p]
            yield [tested.model, cost.name, *map(cell, [*numbers, one.adjusted]), one.outcome]


def score_data(run: Run, found: Sequence[Costs]) -> Iterator[list[object]]:
    """One line per model, alteration and person, head first.

    Args:
        run: the run.
        found: its models.
    """
    yield ["model", "alteration", run.subjects[0], "macro_f1"]
    for tested in found:
        named = [("unaltered", tested.unaltered), *((cost.name, cost.score) for cost in tested.costs)]
        for name, score in named:
            for person, value in zip(score.people, score.values, strict=True):
                yield [tested.model, name, person, f"{value:.6f}"]


def _strips(tested: Costs, axis: Axis) -> Iterator[Strip]:
    for cost in sorted(tested.costs, key=lambda cost: cost.comparison.difference):
        interval = cost.comparison.interval
        differences = tested.differences(cost).tolist()
        places = np.array([axis.at(difference) for difference in differences])
        dots = tuple(
            Dot(person, float(where), height)
            for person, where, height in zip(cost.score.people, places, heights(places), strict=True)
        )
        yield Strip(
            cost,
            axis.at(cost.comparison.difference),
            None if interval.low is None else axis.at(interval.low),
            None if interval.high is None else axis.at(interval.high),
            dots,
            tuple(f"{d.person}: {v:+.2f}" for d, v in zip(dots, differences, strict=True)),
        )
