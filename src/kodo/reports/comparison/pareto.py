"""The Pareto picture: scores against costs, the models that nothing beats in both named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from kodo.reports.drawing.svg import BLUE, INK, picture, shortened

WIDTH, HEIGHT = 320, 232
"""Of the picture in px, where a letter is 10 px high."""
LONGEST = 22
"""Letters of a name that are shown."""


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

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set_xscale("log")
        best = sorted((point for point in points if point.front), key=lambda point: point.cost)
        if len(best) > 1:
            axes.step([p.cost for p in best], [p.score for p in best], color=BLUE, linewidth=1, where="post")
        costs = [point.cost for point in points]
        low, high = min(costs), max(costs)
        for number, point in enumerate(points, 1):
            # Names grow towards the middle of the picture.
            right = point.cost**2 > low * high
            words = shortened(point.name, LONGEST)
            axes.plot(
                point.cost, point.score, "o", markersize=7, color=BLUE if point.front else INK,
                markerfacecolor=BLUE if point.front else "none",
            )  # fmt: skip
            axes.annotate(
                words if point.front else f"{number}", (point.cost, point.score), (-5 if right else 5, 4),
                textcoords="offset points", ha="right" if right else "left",
                color=BLUE if point.front else INK,
            )  # fmt: skip
        axes.set_xlim(low / 1.8, high * 2.2)
        axes.margins(y=0.18)
        axes.set_xlabel(axis)
        axes.set_ylabel("macro-F1")
        axes.yaxis.set_major_locator(MaxNLocator(5))
        wide = high / low > 30
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0,) if wide else (1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(lambda value, place: f"{value:,.10g}")
        axes.xaxis.set_minor_formatter(NullFormatter())

    return picture(draw, WIDTH, HEIGHT, name)
