"""The Pareto picture: scores against costs, the models that nothing beats in both named."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from kodo.reports.drawing.svg import BLUE, INK, picture, shortened

WIDTH, HEIGHT = 320, 232
"""Of the picture in px, where a letter is 10 px high."""
LONGEST = 22
"""Letters of a name that are shown."""
INSIDE = 0.84 * WIDTH, 0.78 * HEIGHT
"""About how large the part inside the axes is in px."""
LETTER, LINE, DOT = 6.2, 11.0, 4.0
"""Width of a letter, height of a line and half the width of a dot in px."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top in px."""


@dataclass(frozen=True)
class Point:
    """One model.

    Args:
        name: of the model.
        score: its mean.
        cost: above 0.
        front: whether nothing beats it in both.
    """

    name: str
    score: float
    cost: float
    front: bool


def pareto(points: Sequence[Point], axis: str, name: str) -> str:
    """Dots on a logarithmic axis of costs; those on the front filled, joined and named, the others numbered.

    Args:
        points: models; the others are numbered by their place here, from 1.
        axis: what the cost is, with its unit.
        name: of the picture, unique within the page.
    """

    costs, scores = [point.cost for point in points], [point.score for point in points]
    room = 0.18 * (max(scores) - min(scores)) or 0.02
    ends = (min(costs) / 1.8, max(costs) * 2.2), (min(scores) - room, max(scores) + room)
    labels = labelled(points, *ends)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set_xscale("log")
        best = sorted((point for point in points if point.front), key=lambda point: point.cost)
        if len(best) > 1:
            axes.step([p.cost for p in best], [p.score for p in best], color=BLUE, linewidth=1, where="post")
        for number, point in enumerate(points, 1):
            axes.plot(
                point.cost, point.score, "o", markersize=7, color=BLUE if point.front else INK,
                markerfacecolor=BLUE if point.front else "none",
            )  # fmt: skip
            label, across, up = labels[number - 1]
            axes.annotate(
                label, (point.cost, point.score), (5 * across, 3 * up), textcoords="offset points",
                ha="left" if across > 0 else "right", va="bottom" if up > 0 else "top",
                color=BLUE if point.front else INK,
            )  # fmt: skip
        axes.set_xlim(*ends[0])
        axes.set_ylim(*ends[1])
        axes.set_xlabel(axis)
        axes.set_ylabel("macro-F1")
        axes.yaxis.set_major_locator(MaxNLocator(5))
        wide = max(costs) / min(costs) > 30
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(lambda value, place: f"{value:,.10g}")
        axes.xaxis.set_minor_formatter(NullFormatter())

    return picture(draw, WIDTH, HEIGHT, name)


def labelled(
    points: Sequence[Point], costs: tuple[float, float], scores: tuple[float, float]
) -> list[tuple[str, int, int]]:
    """Each point's label, and on which side of it that lies: right or left (1, -1), above or below (1, -1).

    Names come first. A label takes the first corner where it covers no other dot and no label before it.

    Args:
        points: models.
        costs: ends of the axis, a logarithmic one.
        scores: ends of the axis.
    """
    places = [
        (
            INSIDE[0] * math.log(point.cost / costs[0]) / math.log(costs[1] / costs[0]),
            INSIDE[1] * (point.score - scores[0]) / (scores[1] - scores[0]),
        )
        for point in points
    ]
    dots = [(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in places]
    taken: list[Box] = []
    found = {}
    for index in sorted(range(len(points)), key=lambda index: not points[index].front):
        point, (x, y) = points[index], places[index]
        label = shortened(point.name, LONGEST) if point.front else f"{index + 1}"
        inwards = 1 if x < INSIDE[0] / 2 else -1
        others = [*taken, *dots[:index], *dots[index + 1 :]]
        corners = [(across, up) for across in (inwards, -inwards) for up in (1, -1)]
        boxes = [_box(x, y, LETTER * len(label), *corner) for corner in corners]
        free = [n for n, box in enumerate(boxes) if _inside(box) and not any(_meet(box, b) for b in others)]
        chosen = free[0] if free else 0
        taken.append(boxes[chosen])
        found[index] = (label, *corners[chosen])
    return [found[index] for index in range(len(points))]


def _box(x: float, y: float, width: float, across: int, up: int) -> Box:
    left = x + 5 if across > 0 else x - 5 - width
    bottom = y + 3 if up > 0 else y - 3 - LINE
    return left, bottom, left + width, bottom + LINE


def _inside(box: Box) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= INSIDE[0] and box[3] <= INSIDE[1]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
