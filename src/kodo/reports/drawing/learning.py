"""The picture of a learning curve: the score over the number of people learned from, and what lies beyond."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from kodo.reports.drawing.svg import BLUE, INK, picture

WIDTH, HEIGHT = 430, 280
"""Of a picture in px, where a letter is 10 px high."""

APART = 0.22
"""Two sizes whose logarithms of two are nearer than this share a label."""


@dataclass(frozen=True)
class Size:
    """One size in a picture.

    Args:
        people: learned from.
        scores: of everybody tested.
        mean: over them.
        bar: ends of its interval; None where there is none.
    """

    people: float
    scores: tuple[float, ...]
    mean: float
    bar: tuple[float, float] | None


@dataclass(frozen=True)
class Beyond:
    """What is drawn past the last size.

    Args:
        people: extrapolated to.
        score: there.
        bar: ends of its interval.
        at: `at(people)` is the fitted curve.
    """

    people: float
    score: float
    bar: tuple[float, float]
    at: Callable[[float], float]


def limits(curves: Sequence[Sequence[Size]]) -> tuple[float, float]:
    """The ends of the one score axis of all pictures.

    Args:
        curves: the sizes of each picture.
    """
    heights = [score for sizes in curves for size in sizes for score in size.scores]
    room = 0.05 * max(max(heights) - min(heights), 0.1)
    return min(heights) - room, min(1.0, max(heights)) + room


def learned(sizes: Sequence[Size], beyond: Beyond | None, ends: tuple[float, float], name: str) -> str:
    """A light dot for every person, means with intervals, the fitted curve dashed beyond what was measured.

    Args:
        sizes: ascending.
        beyond: what is extrapolated; None where nothing can be told.
        ends: of the score axis, as `limits` gives.
        name: of the picture, unique within the page.
    """

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set_xscale("log", base=2)
        for size in sizes:
            axes.plot([size.people] * len(size.scores), size.scores, "o", color=BLUE, alpha=0.3, markersize=4)
            _mean(axes, size.people, size.mean, size.bar, BLUE)
        last = sizes[-1].people
        if beyond is not None:
            _line(axes, beyond, sizes[0].people, last, "-")
            _line(axes, beyond, last, beyond.people, (0, (4, 3)))
            _mean(axes, beyond.people, beyond.score, beyond.bar, INK, hollow=True)
        furthest = beyond.people if beyond else last
        axes.set_xlim(sizes[0].people / 1.25, furthest * 1.25)
        axes.set_ylim(*ends)
        shown = [*_apart([size.people for size in sizes]), *([beyond.people] if beyond else [])]
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xticks(shown, [f"{place:.3g}" for place in shown])
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_formatter(lambda value, place: f"{value:.2f}")

    return picture(draw, WIDTH, HEIGHT, name)


def _mean(
    axes: Axes, people: float, mean: float, bar: tuple[float, float] | None, colour: str, hollow: bool = False
) -> None:
    if bar is not None:
        axes.vlines(people, *bar, color=colour, linewidth=1.6)
        for end in bar:
            axes.plot(people, end, "_", color=colour, markersize=8, markeredgewidth=1.6, clip_on=False)
    axes.plot(people, mean, "D", color=colour, markersize=6, markerfacecolor="none" if hollow else colour)


def _line(axes: Axes, beyond: Beyond, first: float, last: float, style: object) -> None:
    places = np.geomspace(first, last, 60)
    heights = [beyond.at(float(place)) for place in places]
    axes.plot(places, heights, color=INK, linewidth=1.2, linestyle=style)


def _apart(people: Sequence[float]) -> list[float]:
    """The last size, and those whose labels do not touch a later one."""
    kept: list[float] = []
    for place in reversed(people):
        if not kept or np.log2(kept[-1] / place) > APART:
            kept.append(place)
    return kept[::-1]
