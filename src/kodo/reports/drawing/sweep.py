"""The picture of a hyperparameter swept: the score over its values, all pictures on one score axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from kodo.reports.drawing.svg import BLUE, INK, picture

WIDTH, HEIGHT = 300, 210
"""Of a picture in px, where a letter is 10 px high."""

LETTER = 6.5
"""Width of a letter of an axis in px, room beside it included."""


AXIS = 0.72
"""From the first value to the last, as a part of the width."""


@dataclass(frozen=True)
class Mark:
    """One value in a picture.

    Args:
        place: on the axis; the number itself, or its position where values stand evenly.
        label: below the axis.
        seeds: the score of each seed; empty where the training failed.
        bar: ends of the interval over people; None = not drawn.
        name: written beside it ("default", "best"), or "".
    """

    place: float
    label: str
    seeds: tuple[float, ...]
    bar: tuple[float, float] | None = None
    name: str = ""

    @property
    def mean(self) -> float:
        """Over seeds."""
        return sum(self.seeds) / len(self.seeds)


def limits(panels: Sequence[Sequence[Mark]]) -> tuple[float, float]:
    """The ends of the one score axis of all pictures.

    Args:
        panels: marks of each picture.
    """
    heights = [height for marks in panels for mark in marks for height in (*mark.seeds, *(mark.bar or ()))]
    low, high = min(heights), max(heights)
    room = 0.12 * max(high - low, 0.02)  # for the words above and below the marks
    return low - room, high + room


def swept(marks: Sequence[Mark], axis: str, ends: tuple[float, float], name: str) -> str:
    """A line through the means, a band from the lowest to the highest seed, two marks with their intervals.

    Values that stand evenly have a bar each instead of line and band.

    Args:
        marks: in the order of the axis.
        axis: "linear", "log" or "even".
        ends: of the score axis, as `limits` gives.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        there = [mark for mark in marks if mark.seeds]
        places = [mark.place for mark in there]
        lowest, highest = [min(mark.seeds) for mark in there], [max(mark.seeds) for mark in there]
        if axis == "even":  # nothing lies between values without an order
            axes.vlines(places, lowest, highest, color=BLUE, alpha=0.3, linewidth=9)
        else:
            axes.fill_between(places, lowest, highest, color=BLUE, alpha=0.22, linewidth=0)
            axes.plot(places, [mark.mean for mark in there], color=BLUE, linewidth=2)
        for mark in marks:
            _draw(axes, mark, ends)
        if axis == "log":
            axes.set_xscale("log")
        axes.margins(x=0.09)
        axes.set_ylim(*ends)
        _ticks(axes, marks, axis)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(lambda value, place: f"{value:.2f}")

    return picture(draw, WIDTH, HEIGHT, name)


def _draw(axes: Axes, mark: Mark, ends: tuple[float, float]) -> None:
    if not mark.seeds:
        axes.plot(mark.place, ends[0], "x", color=INK, markersize=7, clip_on=False)
        return
    best = "best" in mark.name
    colour = BLUE if best else INK
    if mark.bar is not None:
        axes.vlines(mark.place, *mark.bar, color=colour, linewidth=1.4)
        for end in mark.bar:
            axes.plot(mark.place, end, "_", color=colour, markersize=7, markeredgewidth=1.4)
    if mark.name:
        shape, fill = ("D", BLUE) if best else ("o", "none")
        axes.plot(mark.place, mark.mean, shape, color=colour, markerfacecolor=fill, markersize=7)
        top = (mark.bar or (0, mark.mean))[1] if best else (mark.bar or (mark.mean, 0))[0]
        axes.annotate(
            mark.name, (mark.place, top), (0, 6 if best else -6), textcoords="offset points", ha="center",
            va="bottom" if best else "top", color=colour,
        )  # fmt: skip
    else:
        axes.plot(mark.place, mark.mean, "o", color=BLUE, markersize=4)


def _ticks(axes: Axes, marks: Sequence[Mark], axis: str) -> None:
    """The values themselves below the axis; of those that would touch, the named ones and the ends first."""
    long = axis == "even" and sum(len(mark.label) + 1 for mark in marks) * LETTER > 0.85 * WIDTH
    shown = list(marks) if axis == "even" else _apart(marks, axis)
    axes.xaxis.set_major_locator(NullLocator())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks([mark.place for mark in shown], [mark.label for mark in shown])
    if long:
        axes.tick_params(axis="x", labelrotation=30)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
            label.set_rotation_mode("anchor")


def _apart(marks: Sequence[Mark], axis: str) -> list[Mark]:
    where = [math.log(mark.place) if axis == "log" else mark.place for mark in marks]
    wide = AXIS * WIDTH / ((where[-1] - where[0]) or 1.0)
    order = sorted(range(len(marks)), key=lambda n: (not marks[n].name, n not in (0, len(marks) - 1)))
    kept: list[int] = []
    for here in order:
        gaps = [
            abs(where[here] - where[other]) * wide
            - LETTER * (len(marks[here].label) + len(marks[other].label)) / 2
            for other in kept
        ]
        if all(gap > 0 for gap in gaps):
            kept.append(here)
    return [marks[n] for n in kept]
